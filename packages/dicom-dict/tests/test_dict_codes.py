"""Coded concepts, DCM codes and the small tables beside them."""

import importlib
import keyword
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicom_dict import codes
from dicom_dict._codes import (
    Code,
    body_parts,
    coding_scheme,
    coding_schemes,
    dcm_code,
    dcm_codes,
    srt_to_sct,
)
from dicom_dict._errors import UnknownEntry

TEXTS = st.text(max_size=6)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_the_meaning_does_not_identify(value: str, scheme: str, one: str, two: str) -> None:
    assert Code(value, scheme, one) == Code(value, scheme, two)
    assert hash(Code(value, scheme, one)) == hash(Code(value, scheme, two))
    assert Code(value, scheme, one) != Code(value + "x", scheme, one)
    assert Code(value, scheme, one) != Code(value, scheme + "x", one)


def test_a_code_is_no_tuple() -> None:
    assert Code("1", "UCUM", "no units") != ("1", "UCUM", "no units")


def test_a_code_does_not_change() -> None:
    code = Code("CT", "DCM")
    with pytest.raises(AttributeError, match="does not change"):
        code.value = "MR"
    with pytest.raises(AttributeError, match="does not change"):
        del code.value


def test_a_code_reads_as_in_the_standard() -> None:
    code = Code("25-1", "NCDR", "Cardiac", "2.0b")
    assert str(code) == '(25-1, NCDR [2.0b], "Cardiac")'
    assert repr(code) == "Code('25-1', 'NCDR', 'Cardiac', '2.0b')"
    copy = pickle.loads(pickle.dumps(code))
    assert (copy, copy.meaning, copy.version) == (code, "Cardiac", "2.0b")
    match code:
        case Code(value, scheme, meaning):
            assert (value, scheme, meaning) == ("25-1", "NCDR", "Cardiac")


def test_counts() -> None:
    rows = list(dcm_codes())
    assert len(rows) == len({row.value for row in rows}) == 5146
    assert sum(row.retired for row in rows) == 356
    assert sum(not row.definition for row in rows) == 46


@pytest.mark.parametrize("key", ["121058", 121058, "ProcedureReported", "Procedure reported"])
def test_one_code_by_each_of_its_names(key: str | int) -> None:
    row = dcm_code(key)
    assert row == ("121058", "Procedure reported", "ProcedureReported", False)
    assert row.definition == "The imaging procedure whose results are reported."
    assert row.code == Code("121058", "DCM")


def test_a_meaning_of_two_codes_gives_the_one_in_use() -> None:
    assert not dcm_code("Irradiation Event UID").retired


def test_definitions_begin_with_words() -> None:
    assert dcm_code("109001").definition.startswith("A signal transmitted")


@pytest.mark.parametrize(
    ("key", "hint"), [("1210589", "121058"), ("ProcedureReportd", "ProcedureReported")]
)
def test_an_unknown_code_names_near_ones(key: str, hint: str) -> None:
    with pytest.raises(UnknownEntry, match=hint):
        dcm_code(key)


def test_every_keyword_is_a_different_name_and_leads_to_its_code() -> None:
    rows = list(dcm_codes())
    names = [row.keyword for row in rows]
    assert len(set(names)) == len(names)
    assert sorted(names) == dir(codes)
    for row in rows:
        assert row.keyword.isidentifier()
        assert not keyword.iskeyword(row.keyword)
        assert not row.keyword.startswith("_")
        assert getattr(codes, row.keyword) == row.code
        assert dcm_code(row.keyword) == row


def test_the_module_of_names() -> None:
    assert codes.ProcedureReported.meaning == "Procedure reported"
    assert codes.ComputedTomography == Code("CT", "DCM")
    with pytest.raises(AttributeError, match="ProcedureReported"):
        getattr(codes, "ProcedureReportd")  # noqa: B009 - a type checker would refuse the name
    with pytest.raises(AttributeError):
        getattr(codes, "__wrapped__")  # noqa: B009


def test_the_stub_names_what_the_module_has() -> None:
    from pathlib import Path

    stub = Path(str(importlib.import_module("dicom_dict").__file__)).with_name("codes.pyi")
    lines = [line for line in stub.read_text("utf-8").splitlines() if ": Final[Code]" in line]
    assert [line.partition(":")[0] for line in lines] == dir(codes)


def test_srt_to_sct() -> None:
    assert srt_to_sct("T-B7000") == "111002"
    assert srt_to_sct("T-04000") == "76752008"  # Breast
    assert srt_to_sct("no such code") is None


def test_body_parts() -> None:
    terms = body_parts()
    assert len(terms) == 345
    assert terms["ABDOMEN"] == "Abdomen"
    assert all(len(term) <= 16 and term == term.upper() for term in terms)  # CS


@pytest.mark.parametrize("key", ["DCM", "1.2.840.10008.2.16.4", "DICOM Controlled Terminology"])
def test_coding_scheme(key: str) -> None:
    assert coding_scheme(key).designator == "DCM"
    assert len(coding_schemes()) == 15


def test_an_unknown_coding_scheme_names_near_ones() -> None:
    with pytest.raises(UnknownEntry, match="RADELEMENT"):
        coding_scheme("RADELEMNT")
