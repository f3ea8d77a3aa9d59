"""Standardized uptake values of PET images (PS3.3 C.8.9.1, C.8.9.2; the formulas of PS3.16, DCM 126401 to 126406)."""

from datetime import datetime, timedelta
from math import exp2, isfinite
from typing import TYPE_CHECKING, Final

import numpy as np

from ._attributes import first_item, number, strings, text
from ._errors import UnknownUnits
from ._modality import Measured, UnitsKind

if TYPE_CHECKING:
    from dicom_core import Dataset

    from ._frame_source import FrameSource

__all__ = ["suv"]

_KINDS: Final = {
    "SUV": "SUVbw",
    "SUVBW": "SUVbw",
    "SUVLBM": "SUVlbm",
    "SUVLBM(JAMES128)": "SUVlbm(James128)",
    "SUVLBM(JANMA)": "SUVlbm(Janma)",
    "SUVBSA": "SUVbsa",
    "SUVIBW": "SUVibw",
}
# SUV Type (0054,1006) of values that are SUV already; absent means by body weight
_TYPES: Final = {
    "": "SUVbw",
    "BW": "SUVbw",
    "BSA": "SUVbsa",
    "LBM": "SUVlbm",
    "LBMJAMES128": "SUVlbm(James128)",
    "LBMJANMA": "SUVlbm(Janma)",
    "IBW": "SUVibw",
}
_PHILIPS: Final = "Philips PET Private Group"
_GE: Final = "GEMS_PETD_01"


def suv(source: "FrameSource", frame: int, wanted: str = "SUVbw") -> Measured:
    """Standardized uptake values of a frame; `UnknownUnits` names the attribute that is missing.

    From Bq/ml that are corrected for decay, with dose, half-life, times, weight (and height and sex where the kind needs
    them); from counts with the factors of Philips; or as they are, where the values are standardized uptake values already.
    """
    kind = _KINDS.get(wanted.upper())
    if kind is None:
        raise UnknownUnits(wanted, f"the known ones are {', '.join(sorted(set(_KINDS.values())))}")
    # as the rescaled units, not as a Real World Value Mapping
    from ._modality import modality, transformed

    found = transformed(source, frame, modality(source, frame))
    factor = _factor(source.dataset, kind)
    values = found.values if factor == 1 else np.multiply(found.values, factor)
    code = "cm2/ml" if kind == "SUVbsa" else "g/ml"
    return Measured(values, f"{{{kind}}}{code}", kind, UnitsKind.SUV, found.padding)


def _factor(ds: "Dataset", kind: str) -> float:
    """By what rescaled values are multiplied."""
    units = text(ds, "Units")
    if units in {"GML", "CM2ML"}:
        stored = "SUVbsa" if units == "CM2ML" else _TYPES.get(text(ds, "SUVType"), "")
        if stored == kind:
            return 1.0
        raise UnknownUnits(
            kind, "the values are standardized uptake values of another kind already"
        )
    if units == "CNTS":
        factor = _private(ds, 0x7053, _PHILIPS, 0x00)
        if factor and kind == "SUVbw":
            return factor
        activity = _private(ds, 0x7053, _PHILIPS, 0x09)
        if activity:
            return activity * _by_dose(ds, kind)
        raise UnknownUnits(kind, "the values are counts, and the file has no known factor for them")
    if units != "BQML":
        raise UnknownUnits(kind, f"Units (0054,1001) is {'absent' if not units else 'not BQML'}")
    return _by_dose(ds, kind)


def _by_dose(ds: "Dataset", kind: str) -> float:
    """From Bq/ml: body size over the activity that was left when the values were true (C.8.9.1.1.12)."""
    if not {"ATTN", "DECY"} <= set(strings(ds, "CorrectedImage")):
        raise UnknownUnits(kind, "Corrected Image (0028,0051) does not say ATTN and DECY")
    drug = first_item(ds, "RadiopharmaceuticalInformationSequence")
    if drug is None:
        raise UnknownUnits(kind, "Radiopharmaceutical Information Sequence (0054,0016) is absent")
    dose = _positive(drug, "RadionuclideTotalDose", kind)
    correction = text(ds, "DecayCorrection")
    if correction == "ADMIN":
        left = dose
    elif correction == "START":
        half_life = _positive(drug, "RadionuclideHalfLife", kind)
        left = dose * exp2(-_elapsed(ds, drug, kind) / half_life)
    else:
        raise UnknownUnits(kind, "Decay Correction (0054,1102) is neither START nor ADMIN")
    return _body(ds, kind) / left


def _body(ds: "Dataset", kind: str) -> float:
    """The patient size correction factor: in grams, or of SUVbsa in cm2."""
    weight = None if kind == "SUVibw" else _positive(ds, "PatientWeight", kind)
    if kind == "SUVbw" and weight is not None:
        return weight * 1000
    metres = _positive(ds, "PatientSize", kind)
    height = metres * 100
    if kind == "SUVbsa" and weight is not None:
        return 0.007184 * 10_000 * float(weight**0.425) * float(height**0.725)
    sex = text(ds, "PatientSex")
    if sex not in {"M", "F"}:
        raise UnknownUnits(kind, "Patient's Sex (0010,0040) is neither M nor F")
    male = sex == "M"
    if weight is None:
        return 1000 * (48.0 + 1.06 * (height - 152) if male else 45.5 + 0.91 * (height - 152))
    if kind == "SUVlbm(Janma)":
        index = weight / metres**2
        return 1000 * 9270 * weight / (6680 + 216 * index if male else 8780 + 244 * index)
    square = (weight / height) ** 2
    if male:
        return 1000 * (1.10 * weight - (128 if kind == "SUVlbm(James128)" else 120) * square)
    return 1000 * (1.07 * weight - 148 * square)


def _positive(ds: "Dataset", keyword: str, kind: str) -> float:
    value = number(ds, keyword)
    if value is None or not isfinite(value) or value <= 0:
        raise UnknownUnits(kind, f"{keyword} is absent or not positive")
    return value


def _elapsed(ds: "Dataset", drug: "Dataset", kind: str) -> float:
    """Seconds from the administration to the time for which decay was corrected, the start of the scan."""
    scan = _scan_start(ds, kind)
    given = _moment(drug.get("RadiopharmaceuticalStartDateTime"))
    if given is None:
        clock = text(drug, "RadiopharmaceuticalStartTime")
        if not clock:
            raise UnknownUnits(kind, "neither date nor time of the administration is there")
        given = _joined(scan.strftime("%Y%m%d"), clock)
        if given is not None and given > scan:  # given before midnight
            given -= timedelta(days=1)
    if given is None or given > scan:
        raise UnknownUnits(kind, "the administration is not before the scan")
    return (scan - given).total_seconds()


def _scan_start(ds: "Dataset", kind: str) -> datetime:
    """The start of the series. A series that was made after the acquisition does not say when the scan began."""
    series = _joined(text(ds, "SeriesDate"), text(ds, "SeriesTime"))
    acquired = _joined(
        text(ds, "AcquisitionDate") or text(ds, "SeriesDate"), text(ds, "AcquisitionTime")
    )
    if series is not None and (acquired is None or series <= acquired):
        return series
    private = _moment(_private_value(ds, 0x0009, _GE, 0x0D))
    if private is not None:
        return private
    raise UnknownUnits(
        kind, "the series is dated after the acquisition, so that the start of the scan is unknown"
    )


def _moment(value: object) -> datetime | None:
    """Date and time without a time zone: both times of one file are in the same one."""
    digits = "" if value is None else str(value).strip()
    return _joined(digits[:8], digits[8:].partition("+")[0].partition("-")[0])


def _joined(day: str, clock: str) -> datetime | None:
    """From the texts of a DA and a TM; None where they are no complete date and time."""
    digits, _, fraction = clock.partition(".")
    if len(day) != 8 or len(digits) < 4 or not (day + digits).isdecimal():
        return None
    try:
        moment = datetime.strptime(day + digits[:6].ljust(6, "0"), "%Y%m%d%H%M%S")  # noqa: DTZ007
    except ValueError:
        return None  # no such day: whoever needs it says that it is missing
    return moment + timedelta(
        microseconds=int(fraction[:6].ljust(6, "0")) if fraction.isdecimal() else 0
    )


def _private_value(ds: "Dataset", group: int, creator: str, offset: int) -> object:
    """A private element by its creator (PS3.5 7.8.1)."""
    for block in range(0x10, 0x100):
        tag = group << 16 | block
        if tag in ds and text(ds, tag) == creator:
            value = ds.get(group << 16 | block << 8 | offset)
            return value[0] if isinstance(value, tuple) and value else value
    return None


def _private(ds: "Dataset", group: int, creator: str, offset: int) -> float | None:
    """A private number; in implicit VR and without a private dictionary it is text in bytes."""
    value = _private_value(ds, group, creator, offset)
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace").strip(" \0")
    if isinstance(value, str | int | float):
        try:
            found = float(value)
        except ValueError:
            return None
        return found if isfinite(found) and found > 0 else None
    return None
