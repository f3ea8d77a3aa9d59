"""The door of validation: what is given, which checks run, and the result."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import frozen

from dicom_dict import UnknownEntry, iod_of

from .._dataset import Dataset
from .._file import DicomFile
from .._findings import LOSS
from ._config import Check, ValidationConfig
from ._elements import check_elements
from ._iod import IodCheck
from ._issue import Severity, ValidationIssue, ValidationResult
from ._pixels import check_pixels
from ._report import Report
from ._scope import Scope
from ._syntax import DIRECTORY, check_meta, check_transfer_syntax, encoding_of
from ._uids import check_required_uids
from ._view import DatasetView, View
from ._view_others import Accessors, AccessorsView, MappingView

if TYPE_CHECKING:
    from dicom_dict import Iod

__all__ = ["Target", "Validator", "validate"]

Target: TypeAlias = "DicomFile | Dataset | Mapping[str, object] | Mapping[int, object] | Accessors"
"""What can be validated."""

_CLASS = 0x00080016
_META_CLASS = 0x00020002


@frozen
class Validator:
    """Validates objects by one configuration; it keeps nothing between two of them.

    >>> Validator().validate({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}).is_valid
    False
    """

    config: ValidationConfig = ValidationConfig.DEFAULT

    def validate(self, target: "Target", *, transfer_syntax: str = "") -> ValidationResult:
        """Check one object. ``transfer_syntax`` is how its data set is encoded, where no file says it."""
        file = target if isinstance(target, DicomFile) else None
        root = Scope(_view(target))
        report = Report(self.config)
        encoding = encoding_of(file.transfer_syntax if file is not None else transfer_syntax)
        # A directory is a file of its own kind: neither SOP class nor study, and no IOD of Annex A.
        if file is None or DIRECTORY not in DatasetView(file.meta).texts(_META_CLASS):
            iod = self._sop_class(root, report)
            check_required_uids(root, iod, report)
        else:
            iod = None
        self._additional(root, report)
        check_transfer_syntax(root, file, encoding, report)
        if file is not None:
            check_meta(root, file, report)
        if {Check.UID_FORMAT, Check.VALUES, Check.VR, Check.MULTIPLICITY} & _running(self.config):
            check_elements(root, report)
            if file is not None:
                check_elements(Scope(DatasetView(file.meta)), report)
        if report.runs(Check.PIXELS):
            check_pixels(root, encoding, report)
        if iod is not None and (report.runs(Check.IOD) or report.runs(Check.ENUMERATED)):
            IodCheck(iod, report).run(root)
        if file is not None and (report.runs(Check.STRUCTURE) or report.runs(Check.COMPLETE)):
            _structure(file, report)
        return ValidationResult(tuple(report.issues), self.config.warnings_as_errors)

    def _sop_class(self, root: Scope, report: Report) -> "Iod | None":
        named = root.view.texts(_CLASS)
        if not named:
            return None  # the required UIDs tell it
        allowed = self.config.allowed_sop_classes
        if allowed is not None and named[0] not in allowed:
            text = "the SOP class is not among the allowed ones"
            report.error(Check.SOP_CLASS, "sop-class-not-allowed", text, root, _CLASS)
        try:
            return iod_of(named[0])
        except UnknownEntry:
            text = "no IOD is known for this SOP class; modules and types were not checked"
            report.warning(Check.SOP_CLASS, "sop-class-unknown", text, root, _CLASS)
            return None

    def _additional(self, root: Scope, report: Report) -> None:
        for tag in self.config.additional_required_tags:
            if root.view.is_empty(tag):
                what = "has no value" if root.view.has(tag) else "is absent"
                text = f"the configuration requires it; it {what}"
                report.error(Check.ADDITIONAL_TAGS, "required-tag", text, root, tag)


def validate(
    target: "Target",
    config: ValidationConfig = ValidationConfig.DEFAULT,
    *,
    transfer_syntax: str = "",
) -> ValidationResult:
    """Check one object: a file, a data set, a mapping, or an object of another library behind `Accessors`."""
    return Validator(config).validate(target, transfer_syntax=transfer_syntax)


def _running(config: ValidationConfig) -> set[Check]:
    return {check for check in Check if config.checks(check)}


def _view(target: "Target") -> View:
    if isinstance(target, DicomFile):
        return DatasetView(target.dataset)
    if isinstance(target, Dataset):
        return DatasetView(target)
    if isinstance(target, Accessors):
        return AccessorsView(target)
    if isinstance(target, Mapping):
        return MappingView(target)
    raise TypeError(
        f"a DicomFile, Dataset, mapping or Accessors is validated, not {type(target).__name__}"
    )


# Of what a reader notices, this leaves no doubt that something is missing
_CUT_OFF: Final = frozenset(("deflate", "item-overrun", "truncated", "truncated-header"))


def _structure(file: DicomFile, report: Report) -> None:
    """What reading found of the structure: errors where something is missing, else warnings."""
    for finding in file.findings:
        if not report.runs(Check.COMPLETE if finding.rule in LOSS else Check.STRUCTURE):
            continue
        severity = Severity.ERROR if finding.rule in _CUT_OFF else Severity.WARNING
        place = "" if finding.offset is None else f" at byte {finding.offset}"
        report.issues.append(
            ValidationIssue(
                f"structure-{finding.rule}", severity, finding.path, None, finding.text + place
            )
        )


# Tracebacks, reprs and pickles name the place that users import from
Validator.__module__ = validate.__module__ = "dicom_core.validate"
