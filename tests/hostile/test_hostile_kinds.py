"""What is no DICOM file, and what is labelled as something else (F09, F10, F12, F13)."""

import dicom_core as dc

from .make import (
    EXPLICIT,
    EXPLICIT_BE,
    IMPLICIT,
    element,
    file,
    implicit,
    item,
    meta,
)
from .sandbox import SECRET, hostile, over_budget, reads, refused, strictly

NAME = element(0x00100010, "PN", SECRET.encode())


@hostile(memory=32, seconds=10)
def test_F09_lengths_and_vrs_that_are_odd() -> None:
    after = element(0x00200013, "IS", b"7 ")
    cases = {
        "odd text": (element(0x00100020, "LO", b"odd"), "odd-length"),
        "odd UID": (element(0x00080018, "UI", b"1.2.3"), "odd-length"),
        "odd unsigned short": (element(0x00280010, "US", b"\1\2\3"), "length-multiple"),
        "VR ??": (element(0x00091001, b"??", b"1234"), "vr-unknown"),
        "VR of two bytes that are no letters": (
            element(0x00091001, b"\0\xff", b"1234"),
            "vr-unknown",
        ),
        "VR in lower case": (element(0x00100020, b"lo", b"1234"), "vr-unknown"),
        "VR of spaces": (element(0x00100020, b"  ", b"1234"), "vr-unknown"),
    }
    for case, (body, rule) in cases.items():
        data = file(body + after)
        found = reads(data)
        assert rule in {one.rule for one in found.findings}, (case, found.findings)
        assert found.dataset.InstanceNumber == 7, case
        error = strictly(data)
        assert error.rule in {one.rule for one in found.findings}, case
    swapped = element(0x00100020, "LO", b"1234", 0x0400)  # a length in the other byte order
    found = reads(file(swapped + after))
    assert "truncated" in {one.rule for one in found.findings}
    assert isinstance(strictly(file(swapped + after)), dc.TruncatedElement)


def many(write: "object" = None, *, big: bool = False, plain: bool = False) -> bytes:
    parts = []
    for tag, vr, value in (
        (0x00080005, "CS", b"ISO_IR 100"),
        (0x00080060, "CS", b"CT"),
        (0x00100010, "PN", SECRET.encode()),
        (0x00100020, "LO", b"4711"),
    ):
        parts.append(implicit(tag, value) if plain else element(tag, vr, value, big=big))
    return b"".join(parts)


@hostile(memory=16, seconds=5)
def test_F10_data_sets_labelled_as_something_else() -> None:
    truth = {IMPLICIT: many(plain=True), EXPLICIT: many(), EXPLICIT_BE: many(big=True)}
    for label in truth:
        for real, body in truth.items():
            if real == label:
                continue
            data = file(body, label)
            with over_budget(1):
                found = reads(data)
            assert found.dataset.PatientID == "4711", (label, real)
            assert "encoding-mislabelled" in {one.rule for one in found.findings}, (label, real)
            assert strictly(data).rule == "encoding-mislabelled", (label, real)
            twin = dc.read(found.to_bytes())
            assert twin.dataset == found.dataset
            found.dataset.PatientID = "1"
            twin = dc.read(found.to_bytes())
            assert twin.dataset.PatientID == "1"
            assert "encoding-mislabelled" not in {one.rule for one in twin.findings}, (label, real)


@hostile(memory=16, seconds=5)
def test_F12_what_is_no_dicom_file() -> None:
    body = many()
    for case, data in {
        "nothing": b"",
        "131 bytes": bytes(131),
        "no preamble": b"DICM" + meta() + body,
        "no DICM": bytes(128) + meta() + body,
        "a bare data set": body,
        "DICM over and over": b"DICM" * 10_000,
        "DICM and random bytes": bytes(128) + b"DICM" + bytes(range(1, 256)) * 9,
        "a program": b"MZ" + bytes(500),
        "text": b"To be, or not to be. " * 50,
    }.items():
        with over_budget(1):
            error = refused(dc.read, data)
            assert isinstance(error, dc.NotDicom), f"{case}: {error!r}"
        if data:
            try:
                found = dc.read(data, force=True)
            except dc.DicomError:
                continue
            assert found.findings, case
            list(found.dataset.walk())
    for data in (b"DICM" + meta() + body, body, bytes(128) + meta() + body):
        if data[:4] != bytes(4):
            assert dc.read(data, force=True).dataset.PatientID == "4711"
    with over_budget(1):
        assert isinstance(refused(lambda: dc.read(file(b"")[:100])), dc.NotDicom)


@hostile(memory=16, seconds=5)
def test_F12_a_file_without_meta_information_is_still_one() -> None:
    found = reads(bytes(128) + b"DICM" + many())
    assert found.dataset.PatientID == "4711"
    assert {"no-meta"} <= {one.rule for one in found.findings}
    assert not len(reads(bytes(128) + b"DICM").dataset)


@hostile(memory=16, seconds=5)
def test_F13_preambles_that_are_something_else_too() -> None:
    kinds = {
        b"MZ\x90\0": "PE",
        b"\x7fELF": "ELF",
        b"\xcf\xfa\xed\xfe": "Mach-O",
        b"#!/bin/sh\n": "script",
        b"II*\0\x08\0\0\0": "TIFF",
        b"MM\0*\0\0\0\x08": "TIFF",
        b"": "",
    }
    for magic, kind in kinds.items():
        data = magic.ljust(128, b"\0") + file(many())[128:]
        found = reads(data)
        assert found.preamble_kind == kind
        assert found.preamble == data[:128]
        assert found.dataset.PatientID == "4711"
        assert found.to_bytes() == data  # what was not touched is written as it was
        dc.read(data, dc.ReadOptions(strict=True))  # PS3.10 7.1 lets a preamble be anything
    assert reads(file(item())).preamble_kind == ""
