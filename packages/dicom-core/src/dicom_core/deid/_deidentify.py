"""De-identifying one object in memory."""

from typing import TYPE_CHECKING, Final

import attrs

from dicom_dict import DeidentificationOption as Option
from dicom_dict import UnknownEntry, find_uid, iod_of

from .._dataset import Dataset
from .._errors import DicomError
from .._file import DicomFile
from .._findings import Collector, Finding
from .._meta import syntax_of
from ._apply import patient_key
from ._errors import DeidentificationError, NotUnderstood, Quarantined, UnsupportedObject
from ._identifiers import survey
from ._pixels import pixel_risk, text_of
from ._record import codes_before, record
from ._report import Recorder, Report
from ._run import Run

if TYPE_CHECKING:
    from ._mapping import IdentityMapping
    from ._profile import Profile

__all__ = ["Deidentified", "deidentify"]


_DIRECTORY: Final = "1.2.840.10008.1.3.10"
_RECORDS: Final = 0x00041220
# Findings that leave no doubt about what the bytes are; every other one does
_HARMLESS: Final = frozenset(
    (
        # a deflated data set that is whole; what stands around it is not written again
        "deflate-header", "deflate-trailing",
        "encoding-mislabelled", "group-misplaced", "length-multiple", "meta-group-length", "meta-implicit",
        "no-meta", "no-preamble", "no-transfer-syntax", "odd-length", "private-creator-missing", "tag-order",
        "trailing-padding", "un-not-implicit",
    )
)  # fmt: skip


@attrs.frozen
class Deidentified:
    """What came out: a new object, and the report about it."""

    dataset: Dataset
    report: Report
    transfer_syntax: str
    """That of the source; of a data set that came without a file, explicit VR little endian."""

    @property
    def file(self) -> DicomFile:
        """The data set as a file, with file meta information and preamble of our own (PS3.15 E.1.1)."""
        return DicomFile.new(self.dataset, self.transfer_syntax)


def deidentify(
    source: DicomFile | Dataset, profile: "Profile", mapping: "IdentityMapping"
) -> Deidentified:
    """A de-identified copy; the source stays as it is, and large values are not read.

    Raises a `DeidentificationError` instead of letting anything pass that was not understood:
    `NotUnderstood` for bytes that cannot be read for certain, `UnsupportedObject` for a private SOP
    class or a DICOMDIR, `Quarantined` where somebody must look at the pixels first.
    """
    dataset = source.dataset if isinstance(source, DicomFile) else source
    if not isinstance(dataset, Dataset):
        raise TypeError(
            f"deidentify() takes a DicomFile or a Dataset, not {type(source).__name__}; "
            "deidentify_file() takes paths"
        )
    _check_structure(source)
    sop_class = text_of(dataset, 0x00080016)
    _check_class(dataset, sop_class)
    risk = pixel_risk(dataset, sop_class)
    if risk is not None and profile.burned_in == "quarantine" and not _removes(profile, risk[0]):
        raise Quarantined(*risk)

    recorder = Recorder()
    words = survey(dataset)
    copy = dataset.copy()
    before = codes_before(dataset)
    run = Run(profile, mapping, words, recorder)
    run.applier.patient = patient_key(dataset, profile.domain)
    run.run(copy, sop_class)
    _clean_pixels(copy, profile)
    record(copy, profile, before)
    for path in ("(0012,0062)", "(0012,0063)", "(0012,0064)", "(0028,0303)"):
        recorder.did(path, "added", "profile")
    _remark(recorder, copy, profile, risk)
    syntax = source.transfer_syntax if isinstance(source, DicomFile) else "1.2.840.10008.1.2.1"
    options = tuple(option.value for option in Option if option in profile.options)
    return Deidentified(
        copy, recorder.report(sop_class, text_of(copy, 0x00080018), options), syntax
    )


def _removes(profile: "Profile", risk: str) -> bool:
    """Whether one of the profile's functions takes the risk away."""
    if risk == "visual-features":
        return profile.has(Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES)
    return risk != "audio" and profile.has(Option.CLEAN_PIXEL_DATA)


def _check_structure(source: DicomFile | Dataset) -> None:
    """Nothing passes that anybody could read in two ways (fail closed)."""
    if isinstance(source, DicomFile):
        if source.is_partial:
            raise DeidentificationError("partial", "only the header was read; read the whole file")
        if not syntax_of(source.transfer_syntax).known:
            raise NotUnderstood(
                "unknown-transfer-syntax", "the transfer syntax is not in the dictionary"
            )
    try:
        findings = source.findings if isinstance(source, DicomFile) else _findings_of(source)
    except DicomError as error:
        raise NotUnderstood(
            "unreadable",
            "the structure cannot be read",
            path=getattr(error, "path", ""),
            offset=getattr(error, "offset", None),
        ) from None
    for finding in findings:
        if finding.rule not in _HARMLESS:
            raise NotUnderstood(
                finding.rule,
                "the structure is in doubt; mend the object, and read it again",
                path=finding.path,
                offset=finding.offset,
            )


def _findings_of(dataset: Dataset) -> tuple[Finding, ...]:
    """What the structure of a data set without its file shows: its bytes are read once more."""
    from .._reader import read

    reading = dataset._frame.reading
    if reading.source is not None:
        return read(reading.source, reading.options, force=True).findings
    from .._inspect import inspect

    return inspect(DicomFile(dataset, Dataset()), Collector())


def _check_class(dataset: Dataset, sop_class: str) -> None:
    if sop_class == _DIRECTORY or _RECORDS in dataset:
        raise UnsupportedObject("directory", "make a DICOMDIR anew from the de-identified files")
    if not sop_class:
        raise UnsupportedObject("no-sop-class", "the object does not say of what kind it is")
    if not text_of(dataset, 0x00080018):
        raise UnsupportedObject("no-instance-uid", "the object has no SOP Instance UID to replace")
    if find_uid(sop_class) is None:
        try:
            iod_of(sop_class)
        except UnknownEntry:
            raise UnsupportedObject(
                "private-sop-class", "the profile is not defined for private SOP classes"
            ) from None


def _clean_pixels(dataset: Dataset, profile: "Profile") -> None:
    for option, cleaner in (
        (Option.CLEAN_PIXEL_DATA, profile.pixel_cleaner),
        (Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES, profile.visual_cleaner),
    ):
        if option in profile.options and cleaner is not None:
            cleaner(dataset)


def _remark(
    recorder: Recorder, dataset: Dataset, profile: "Profile", risk: tuple[str, str] | None
) -> None:
    """What may be left, for whoever decides about passing the object on."""
    left = recorder.left
    if any(tag in dataset for tag in (0x7FE00010, 0x7FE00008, 0x7FE00009)):
        if not profile.has(Option.CLEAN_PIXEL_DATA):
            left("pixels", "nobody looked at the pixels")
        if risk is not None and not profile.has(Option.CLEAN_PIXEL_DATA):
            left(risk[0], risk[1])
        if 0x7FE00010 in dataset and dataset.element(0x7FE00010).vr == "OB":
            left("codestream", "compressed pixels may carry comments and metadata of their own")
    if 0x00282000 in dataset:
        left("icc-profile", "the ICC profile has texts of its own")
    if recorder.free_text:
        shown = sorted(recorder.free_text)
        more = f" and {len(shown) - 40} more" if len(shown) > 40 else ""
        left("free-text", f"text stayed in {', '.join(shown[:40])}{more}")
    for option, code, text in _KEPT:
        if profile.has(option):
            left(code, text)
    if profile.rules:
        kept = ", ".join(str(tag) for tag, rule in profile.rules if rule != "remove")
        if kept:
            left("rules", f"rules of your own decided about {kept}")


_KEPT: Final = (
    (Option.RETAIN_LONGITUDINAL_FULL_DATES, "dates", "all dates and times are the real ones"),
    (Option.RETAIN_LONGITUDINAL_MODIFIED_DATES, "moved-dates", "distances of dates and times of day are real"),
    (Option.RETAIN_UIDS, "uids", "the UIDs lead back to the originals"),
    (Option.RETAIN_DEVICE_IDENTITY, "device", "the device can be identified"),
    (Option.RETAIN_INSTITUTION_IDENTITY, "institution", "the institution can be identified"),
    (Option.RETAIN_PATIENT_CHARACTERISTICS, "characteristics", "age, sex, size and weight are real"),
    (Option.RETAIN_SAFE_PRIVATE, "private", "private elements that are thought to be safe stayed"),
)  # fmt: skip


# Tracebacks, reprs and pickles name the place that users import from
Deidentified.__module__ = deidentify.__module__ = "dicom_core.deid"
