"""VR and VM against the tables of PS3.5, transcribed here by hand."""

import pytest

import dicom_dict as dd
from dicom_dict import VM, VR

# PS3.5 table 6.2-1: VR, length, unit, fixed, repertoire (- none, d default, x extended by (0008,0005));
# tables 7.1-1 and 7.1-2: bytes of the length field; 6.2: padding; 6.4: whether several values are possible.
TABLE_6_2_1 = """
AE 16 bytes max   d 2 space many
AS 4  bytes fixed d 2 space many
AT 4  bytes fixed - 2 nul   many
CS 16 bytes max   d 2 space many
DA 8  bytes fixed d 2 space many
DS 16 bytes max   d 2 space many
DT 26 bytes max   d 2 space many
FD 8  bytes fixed - 2 nul   many
FL 4  bytes fixed - 2 nul   many
IS 12 bytes max   d 2 space many
LO 64 chars max   x 2 space many
LT 10240 chars max x 2 space one
OB -  -     -     - 4 nul   one
OD 4294967288 bytes max - 4 nul one
OF 4294967292 bytes max - 4 nul one
OL -  -     -     - 4 nul   one
OV -  -     -     - 4 nul   one
OW -  -     -     - 4 nul   one
PN 64 chars max   x 2 space many
SH 16 chars max   x 2 space many
SL 4  bytes fixed - 2 nul   many
SQ -  -     -     - 4 nul   one
SS 2  bytes fixed - 2 nul   many
ST 1024 chars max x 2 space one
SV 8  bytes fixed - 4 nul   many
TM 14 bytes max   d 2 space many
UC 4294967294 bytes max x 4 space many
UI 64 bytes max   d 2 nul   many
UL 4  bytes fixed - 2 nul   many
UN -  -     -     - 4 nul   one
UR 4294967294 bytes max d 4 space one
US 2  bytes fixed - 2 nul   many
UT 4294967294 bytes max x 4 space one
UV 8  bytes fixed - 4 nul   many
"""
ROWS = [line.split() for line in TABLE_6_2_1.strip().splitlines()]


def test_all_34_are_there() -> None:
    assert [str(vr) for vr in VR] == [row[0] for row in ROWS]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_the_standard_says_of_each(row: list[str]) -> None:
    name, length, unit, fixed, repertoire, field, padding, values = row
    vr = VR(name)
    assert vr == name
    assert vr.max_length == (None if length == "-" else int(length))
    assert vr.length_unit == unit.replace("-", "")
    assert vr.fixed_length is (fixed == "fixed")
    assert vr.is_text is (repertoire != "-")
    assert vr.uses_character_set is (repertoire == "x")
    assert vr.length_field_size == int(field)
    assert vr.padding == {"space": b" ", "nul": b"\0"}[padding]
    assert vr.may_have_several is (values == "many")
    assert vr.full_name


VM_CASES = {
    "1": ([1], [0, 2]),
    "1-2": ([1, 2], [0, 3]),
    "1-n": ([1, 2, 999], [0]),
    "2-2n": ([2, 4, 6], [1, 3, 5]),
    "3-3n": ([3, 6], [1, 2, 4, 5]),
    "2-n": ([2, 3], [1]),
    "1-n or 1": ([1, 2], [0]),
    "6-n": ([6, 7], [5]),
    "16": ([16], [15, 17]),
}


@pytest.mark.parametrize(
    ("text", "allowed", "refused"), [(text, *cases) for text, cases in VM_CASES.items()]
)
def test_counts_that_a_multiplicity_allows(
    text: str, allowed: list[int], refused: list[int]
) -> None:
    vm = VM.parse(text)
    assert [count for count in allowed if not vm.allows(count)] == []
    assert [count for count in refused if vm.allows(count)] == []
    assert str(vm) == text
    assert vm.is_single is (text == "1")


@pytest.mark.parametrize("text", sorted({str(entry.vm) for entry in dd.elements()}))
def test_every_multiplicity_of_the_dictionary(text: str) -> None:
    vm = VM.parse(text)
    assert vm.allows(vm.least)
    assert not vm.allows(vm.least - 1)
    if vm.most is None:
        assert vm.allows(vm.least + 1000 * vm.step)
    else:
        assert vm.allows(vm.most)
        assert not vm.allows(vm.most + 1)


@pytest.mark.parametrize("bad", ["", "n", "1-", "-1", "a-b", "1 or"])
def test_a_malformed_multiplicity_names_the_forms(bad: str) -> None:
    with pytest.raises(ValueError, match="is not a value multiplicity; write '1'"):
        VM.parse(bad)
