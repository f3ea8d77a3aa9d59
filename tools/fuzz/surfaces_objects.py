"""dicom-core: values set from texts; whole objects validated and de-identified."""

import math
import random
from collections.abc import Sequence

import dicom_core as dc
from dicom_core import deid, validate

from .surface import Surface, polite
from .surfaces_core import EXPLICIT, IMPLICIT, TOLERANT, few_files, mutated_elements, small_files

__all__ = ["SURFACES"]

# An element of each VR
ELEMENTS = {
    "AE": "RetrieveAETitle", "AS": "SelectorASValue", "AT": "FrameIncrementPointer", "CS": "ImageType",
    "DA": "SelectorDAValue", "DS": "PixelSpacing", "DT": "SelectorDTValue", "FD": "SelectorFDValue", "FL": "SelectorFLValue",
    "IS": "ReferencedFrameNumber",
    "LO": "OtherPatientIDs", "LT": "PatientComments", "OB": "EncapsulatedDocument", "PN": "OtherPatientNames",
    "SH": "SelectorSHValue", "SL": "SelectorSLValue", "SS": "SelectorSSValue", "ST": "InstitutionAddress",
    "TM": "SelectorTMValue",
    "UC": "LongDeviceDescription", "UI": "RelatedGeneralSOPClassUID", "UL": "SelectorULValue", "UR": "RetrieveURL",
    "US": "SelectorUSValue", "UT": "TextValue",
}  # fmt: skip
VRS = tuple(ELEMENTS)
NUMBERS = (0, -1, 1.5, 1e308, 1 << 40, 1 << 80, True, None, b"\0", "", (), ("a", 1))


def feed_values(data: bytes) -> None:
    """A text as the value of an element: refused, or written and read as the same."""
    if not data:
        return
    vr = VRS[data[0] % len(VRS)]
    text = data[1:].decode("utf-8", "replace")
    # lone surrogates are characters of Python that no character set has
    odd = data[1:].decode("ascii", "surrogateescape")
    whole = [int(word) for word in text[:200].split("\\") if word.isdecimal()]
    for value in (text, odd, text.split("\\"), whole, data[1:], NUMBERS[data[-1] % len(NUMBERS)]):
        ds = dc.Dataset({"SpecificCharacterSet": "ISO_IR 192"})
        try:
            ds[ELEMENTS[vr]] = value
            found = ds[ELEMENTS[vr]]
            str(ds)
            for syntax in (EXPLICIT, IMPLICIT):
                again = dc.read_dataset(dc.write_dataset(ds, syntax), syntax)[ELEMENTS[vr]]
                if again != found and not nan(found):
                    raise AssertionError(f"{vr}: {found!r} is read as {again!r}")
        except dc.DicomError as error:
            polite(error)


def nan(value: object) -> bool:
    """Whether a number is in it that is equal to nothing."""
    several = value if isinstance(value, tuple) else (value,)
    return any(isinstance(one, float) and math.isnan(one) for one in several)


def value_seeds() -> Sequence[bytes]:
    texts = (
        b"1.5\\-2", b"20230101", b"120000.5", b"20230101120000.5+0100", b"030Y", b"A^B=\xe5\xb1\xb1", b"1.2.840", b"(0010,0010)",
        b"x\\y \\", b"\x1b$B", b"1e400", b"65536\\2",
    )  # fmt: skip
    return [bytes([number]) + text for number in range(len(VRS)) for text in texts]


def feed_validate(data: bytes) -> None:
    """Any object that can be read can be validated, and what is said of it printed."""
    file = changed(data)
    if file is None:
        return
    try:
        result = validate.validate(file)
    except dc.DicomError as error:
        polite(error)
        return
    for issue in result.issues:
        if not issue.message.isprintable():
            raise AssertionError(f"an issue that should not be printed: {issue!r}")


PROFILES = (
    (),
    ("retain_longitudinal_modified_dates", "clean_descriptors"),
    ("retain_uids", "retain_patient_characteristics", "clean_structured_content", "retain_safe_private"),
)  # fmt: skip


def feed_deid(data: bytes) -> None:
    """Any object that can be read is de-identified, or refused as documented; what comes out is read again."""
    file = changed(data)
    if file is None:
        return
    profile = deid.Profile.basic(*PROFILES[data[-1] % len(PROFILES)])
    try:
        done = deid.deidentify(file, profile, deid.KeyedMapping(bytes(32)))
        again = dc.read(done.file.to_bytes(), TOLERANT)
    except dc.DicomError as error:
        polite(error)
        return
    if again.dataset.get("PatientIdentityRemoved") != "YES":
        raise AssertionError("what was de-identified does not say so")
    names = [
        ds.element("PatientName").raw.strip(b" \0") if "PatientName" in ds else b""
        for ds in (file.dataset, again.dataset)
    ]
    if names[0] and names[0] == names[1]:
        raise AssertionError("the patient's name passed")


def changed(data: bytes) -> dc.DicomFile | None:
    """A file whose first bytes choose a mutation of a small one; larger inputs are files themselves."""
    if not data:
        return None
    if len(data) <= 16:
        seeds = small_files()
        chance = random.Random(data[:8])
        data = mutated_elements(seeds[chance.randrange(len(seeds))], chance)
    try:
        return dc.read(data, TOLERANT, force=True)
    except dc.DicomError as error:
        polite(error)
        return None


def object_seeds() -> Sequence[bytes]:
    return [*few_files(), *(bytes([number]) * 8 for number in range(16))]


CORE = ("dicom_core",)
SURFACES = (
    Surface("values", value_seeds, feed_values, CORE, 700),
    Surface("validate", object_seeds, feed_validate, CORE, 50),
    Surface("deid", object_seeds, feed_deid, CORE, 150),
)
