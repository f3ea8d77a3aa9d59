"""What somebody new gets wrong first: each is answered in one sentence that says what to do instead."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest

import dicom_core as dc
from dicom_core import deid, interop

CT = Path(pydicom.__file__).parent / "data" / "test_files" / "CT_small.dcm"
AnyDoor: Any = dc  # what a checker would refuse, people without one do

WRONG: list[tuple[str, Callable[[], object], type[Exception], str]] = [
    ("read", lambda: AnyDoor.read(5), TypeError, "is read, not int"),
    ("read_header", lambda: AnyDoor.read_header(None), TypeError, "is read, not NoneType"),
    ("write", lambda: AnyDoor.write("a", "b"), TypeError, "is written, not str"),
    ("check", lambda: AnyDoor.check("a"), TypeError, "a DicomFile or a Dataset, not str"),
    ("scan", lambda: AnyDoor.scan([CT], "PatientID"), TypeError, r"list of tags: \['PatientID'\]"),
    ("rows", lambda: interop.rows(CT, "PatientID"), TypeError, r"as a list: \['PatientID'\]"),
    ("to_pydicom", lambda: AnyDoor.interop.to_pydicom("a"), TypeError, "not str"),
    (
        "deidentify",
        lambda: AnyDoor.deid.deidentify("a", deid.Profile.basic(), deid.MemoryMapping()),
        TypeError,
        "takes paths",
    ),
    ("options", lambda: deid.Profile.basic("uids"), ValueError, "there are clean_pixel_data"),
    ("file", lambda: AnyDoor.read(CT).PatientName, AttributeError, "file.dataset.PatientName"),
    ("keyword", lambda: AnyDoor.Dataset().PatientNmae, AttributeError, "did you mean PatientName"),
]


@pytest.mark.parametrize(
    ("call", "error", "words"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_a_first_mistake_is_answered(
    call: Callable[[], object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        call()


def test_a_file_is_still_copied_and_asked_for_what_it_lacks() -> None:
    import copy
    import pickle

    file = dc.read(CT)
    assert copy.copy(file).dataset == pickle.loads(pickle.dumps(file)).dataset
    assert not hasattr(file, "nothing")
