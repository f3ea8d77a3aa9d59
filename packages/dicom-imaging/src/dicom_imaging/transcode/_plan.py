"""What a conversion would do, found from the header and from what is installed; nothing is decoded."""

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from dicom_core.transcoding import Fidelity, FidelityReport, TranscodeOptions
from dicom_dict import find_uid, transfer_syntax

from .._describe import describe, pixel_element
from .._errors import PixelDataError
from ._table import Rule, has_lost, loses, refusal, rule_of

if TYPE_CHECKING:
    from dicom_core import DicomFile

    from .._descriptor import PixelDescriptor
    from ..codecs import Registry

__all__ = ["GE_PRIVATE", "Plan", "Work", "plan"]

GE_PRIVATE: Final = "1.2.840.113619.5.2"
"""Implicit VR little endian with big endian pixels."""
# OW is swapped by words (PS3.5 6.2), the files that exist are swapped by whole cells
_UNCLEAR: Final = "pixels of {} bits have no agreed byte order in big endian"


class Work(Enum):
    """What must be done to the pixels."""

    NOTHING = 0
    """The data set is encoded in another way, or is the same."""
    DECOMPRESS = 1
    COMPRESS = 2


class Plan(NamedTuple):
    """What will be done."""

    work: Work
    report: FidelityReport
    descriptor: "PixelDescriptor | None" = None
    rule: Rule | None = None


def plan(file: "DicomFile", to: str, options: TranscodeOptions, registry: "Registry") -> Plan:
    """The plan of a conversion; the report of one that is not possible says why."""
    source = str(file.transfer_syntax)

    def refused(reason: str) -> Plan:
        return Plan(Work.NOTHING, FidelityReport(source, to, Fidelity.IMPOSSIBLE, reason))

    target, old = transfer_syntax(to), transfer_syntax(source)
    if not target.known:
        return refused(f"{to} is no transfer syntax of the standard")
    if source == to:
        return Plan(Work.NOTHING, FidelityReport(source, to, Fidelity.BIT_EXACT))
    if file.is_partial:
        return refused("only the header of this file was read; read it whole")
    if pixel_element(file.dataset) is None:
        if target.encapsulated:
            return refused("there are no pixels to compress; use an uncompressed transfer syntax")
        return Plan(Work.NOTHING, FidelityReport(source, to, Fidelity.BIT_EXACT))
    compressed = old.encapsulated and old.known
    if not compressed and not target.encapsulated and source != GE_PRIVATE:
        bits = file.dataset.BitsAllocated
        if old.little_endian != target.little_endian and isinstance(bits, int) and bits > 16:
            return refused(_UNCLEAR.format(bits))
        return Plan(Work.NOTHING, FidelityReport(source, to, Fidelity.BIT_EXACT))
    try:
        descriptor = describe(file.dataset)
    except PixelDataError as error:
        return refused(str(error))
    if compressed and source not in registry.decodes:
        return refused(f"no installed codec decodes {_name(source)}")
    if not target.encapsulated:
        if not target.little_endian and descriptor.bits_allocated > 16:
            return refused(_UNCLEAR.format(descriptor.bits_allocated))
        rounds = options.rgb and descriptor.photometric.is_ybr
        if rounds and not options.lossy and not has_lost(source):
            return refused(
                "converting YBR to RGB rounds, which lossy=True (--lossy) does not allow"
            )
        report = FidelityReport(
            source, to, Fidelity.LOSSY if rounds else Fidelity.LOSSLESS,
            "YBR becomes RGB" if rounds else "", descriptor.frames,
        )  # fmt: skip
        return Plan(Work.DECOMPRESS, report, descriptor)
    rule = rule_of(to)
    if rule is None or to not in registry.encodes:
        return refused(f"no installed codec encodes {_name(to)}")
    reason = refusal(rule, descriptor, options)
    if reason:
        return refused(reason)
    lossy = loses(rule, options)
    report = FidelityReport(
        source, to, Fidelity.LOSSY if lossy else Fidelity.LOSSLESS,
        f"{rule.name} loses detail" if lossy else "", descriptor.frames,
    )  # fmt: skip
    return Plan(Work.COMPRESS, report, descriptor, rule)


def _name(uid: str) -> str:
    entry = find_uid(uid)
    return f"{entry.name} ({uid})" if entry is not None else uid
