"""From stored values to values with units: rescale, Modality LUT, real-world values (PS3.3 C.11.1, C.7.6.16.2.9)."""

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ._attributes import first_item, group_item, number, text
from ._errors import UnknownUnits
from ._lookup import LookupTable, has_table, lookup_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dicom_core import Dataset

    from ._frame_source import FrameSource
    from ._real_world import RealWorldMapping

__all__ = [
    "IDENTITY",
    "Measured",
    "Modality",
    "Rescale",
    "UnitsKind",
    "modality",
    "transformed",
    "units",
]


class UnitsKind(StrEnum):
    """Where measured values come from."""

    STORED = "stored"
    """The stored values: the file says nothing about units."""
    RESCALE = "rescale"
    """Rescale Slope and Intercept."""
    MODALITY_LUT = "modality lut"
    """The Modality LUT Sequence."""
    REAL_WORLD = "real world"
    """A Real World Value Mapping."""
    SUV = "suv"
    """Standardized uptake values, calculated."""
    DOSE = "dose"
    """Dose Grid Scaling."""


class Measured(NamedTuple):
    """Values of one frame with their units."""

    values: "NDArray[np.floating]"
    units: str
    """Their short name or UCUM code, such as ``HU`` or ``Bq/ml``; "" where the file says nothing."""
    name: str
    """The same in words."""
    kind: UnitsKind
    padding: "NDArray[np.bool_] | None" = None
    """Where the stored value is padding and no measurement; None where the file names no padding value."""


class Rescale(NamedTuple):
    """``slope * stored + intercept``."""

    slope: float = 1.0
    intercept: float = 0.0

    def __call__(self, values: "NDArray[np.generic]") -> "NDArray[np.float64]":
        """In float64; a stored value and its result may be scalars, too."""
        # Numbers that leave the range of float64 become infinite, and NaN where two of them cancel
        with np.errstate(over="ignore", invalid="ignore"):
            made = np.multiply(values, self.slope, dtype=np.float64)
            return np.asarray(np.add(made, self.intercept, dtype=np.float64))


IDENTITY: Final = Rescale()


class Modality(NamedTuple):
    """The modality transformation of a frame and the units that it gives."""

    apply: "Rescale | LookupTable"
    units: str
    name: str
    kind: UnitsKind

    def range_of(self, low: float, high: float) -> tuple[float, float]:
        """The smallest and the largest value that stored values from ``low`` to ``high`` can give."""
        if isinstance(self.apply, LookupTable):
            return 0.0, float(self.apply.top)  # C.11.1.1.1: the range of a Modality LUT
        ends = (low * self.apply.slope + self.apply.intercept,
                high * self.apply.slope + self.apply.intercept)  # fmt: skip
        return min(ends), max(ends)


def modality(source: "FrameSource", frame: int) -> Modality:
    """The modality transformation that holds for a frame; the identity where the file has none."""
    ds = group_item(
        source, frame, "PixelValueTransformationSequence", "RescaleSlope", "RescaleIntercept"
    )
    item = first_item(source.dataset, "ModalityLUTSequence")
    if item is not None and "RescaleSlope" not in ds and has_table(item):
        table = lookup_table(item, signed=source.descriptor.signed)
        units = _named(text(item, "ModalityLUTType"))
        return Modality(table, *units, UnitsKind.MODALITY_LUT)
    slope, intercept = number(ds, "RescaleSlope"), number(ds, "RescaleIntercept")
    if slope is None and intercept is None:
        return Modality(IDENTITY, "", "", UnitsKind.STORED)
    rescale = Rescale(1.0 if slope is None else slope, intercept or 0.0)
    return Modality(rescale, *_units_of_rescale(source.dataset, ds), UnitsKind.RESCALE)


def units(source: "FrameSource", frame: int, mapping: str | int | None = None) -> Measured:
    """The values of a frame in the units of the file.

    Without ``mapping``: rescale or Modality LUT where they name units, else the first Real World Value Mapping,
    else rescale without units, else the stored values. ``mapping`` picks a Real World Value Mapping by its number, label
    or unit code; or a standardized uptake value (``SUVbw``, ``SUVlbm``, ``SUVbsa``, or ``SUV`` for the first of them).
    """
    from ._real_world import find_mapping, real_world

    if isinstance(mapping, str) and mapping.upper().startswith("SUV"):
        from ._suv import suv

        found = find_mapping(source, frame, mapping)
        if found is None:
            return suv(source, frame, mapping)
        return transformed(source, frame, found)
    if mapping is not None:
        found = find_mapping(source, frame, mapping)
        if found is None:
            known = ", ".join(one.label or one.units for one in real_world(source, frame))
            raise UnknownUnits(
                repr(mapping),
                f"the frame has no such Real World Value Mapping (it has: {known or 'none'})",
            )
        return transformed(source, frame, found)
    made = modality(source, frame)
    if not made.units:
        mappings = real_world(source, frame)
        if mappings:
            return transformed(source, frame, mappings[0])
        scaling = number(source.dataset, "DoseGridScaling")
        if scaling is not None and made.kind is UnitsKind.STORED:
            made = Modality(
                Rescale(scaling), *_named(text(source.dataset, "DoseUnits")), UnitsKind.DOSE
            )
    return transformed(source, frame, made)


def transformed(source: "FrameSource", frame: int, how: "Modality | RealWorldMapping") -> Measured:
    from ._padding import padding_mask

    values: NDArray[np.floating]
    pixels = source.decoded(frame).pixels
    if source.descriptor.samples != 1:
        raise UnknownUnits(
            "a value with units", "the frame has several samples a pixel, which are colours"
        )
    mask = padding_mask(source, pixels)
    if isinstance(how.apply, Rescale) and how.apply == IDENTITY:
        values = pixels.astype(np.float32 if pixels.dtype == np.float32 else np.float64)
    else:
        values = how.apply(pixels)
    return Measured(values, how.units, how.name, how.kind, mask)


# Defined terms of Rescale Type and Modality LUT Type (C.11.1.1.2), of Units (0054,1001) and of Dose Units
_NAMES: Final = {
    "HU": ("HU", "Hounsfield Units"),
    "OD": ("OD", "thousandths of optical density"),
    "US": ("", ""),
    "HU_MOD": ("HU_MOD", "modified Hounsfield Units"),
    "MGML": ("mg/ml", "mg/ml"),
    "Z_EFF": ("Z_EFF", "effective atomic number"),
    "ED": ("10*23/ml", "electron density in 10^23 electrons/ml"),
    "EDW": ("EDW", "electron density normalized to water"),
    "PCT": ("%", "percent"),
    "GY": ("Gy", "gray"),
    "RELATIVE": ("RELATIVE", "relative dose"),
    "BQML": ("Bq/ml", "becquerels per millilitre"),
    "CNTS": ("{counts}", "counts"),
    "CPS": ("{counts}/s", "counts per second"),
    "PROPCNTS": ("{propcounts}", "proportional to counts"),
    "PROPCPS": ("{propcounts}/s", "proportional to counts per second"),
    "CM2": ("cm2", "square centimetres"),
    "CM2ML": ("cm2/ml", "square centimetres per millilitre"),
    "PCNT": ("%", "percent"),
    "MGMINML": ("mg/min/ml", "milligrams per minute per millilitre"),
    "UMOLMINML": ("umol/min/ml", "micromoles per minute per millilitre"),
    "MLMING": ("ml/min/g", "millilitres per minute per gram"),
    "MLG": ("ml/g", "millilitres per gram"),
    "1CM": ("/cm", "1/centimetre"),
    "UMOLML": ("umol/ml", "micromoles per millilitre"),
    "STDDEV": ("{std'dev}", "standard deviations"),
    "SUV": ("{SUV}", "standardized uptake value"),
    "GML": ("g/ml", "standardized uptake value by body weight"),
    "NONE": ("", ""),
}  # fmt: skip


def _named(term: str) -> tuple[str, str]:
    """Units and their name; a term that the standard does not define names itself."""
    return _NAMES.get(term.upper(), (term, term))


def _units_of_rescale(root: "Dataset", ds: "Dataset") -> tuple[str, str]:
    """What rescaled values are in."""
    kind = text(ds, "RescaleType")
    if text(root, "Modality") == "PT" and text(root, "Units"):
        return _named(
            text(root, "Units")
        )  # C.8.9.1.1.3: rescaled values are in the units of the series
    if not kind and text(root, "SOPClassUID") == _CT_IMAGE:
        return _named("HU")  # C.8.2.1.1: absent only where the units are HU
    return _named(kind)


_CT_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.2"


# Tracebacks, reprs and pickles name the place that users import from
Measured.__module__ = UnitsKind.__module__ = units.__module__ = "dicom_imaging"
