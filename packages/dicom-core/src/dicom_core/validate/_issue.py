"""What validation found, as data."""

from enum import StrEnum

from attrs import frozen

from dicom_dict import Tag

from .._errors import ValidationError

__all__ = ["Severity", "ValidationIssue", "ValidationResult"]


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    """A rule of the standard, or of the configuration, is broken."""
    WARNING = "warning"
    """Something that the standard discourages, or that others may stumble over."""
    INFO = "info"
    """Something that was looked at and could not be decided."""


@frozen
class ValidationIssue:
    """One finding. ``message`` never holds a value of the data set."""

    rule: str
    """A short stable name, such as ``type-1-missing``; the guide lists them."""
    severity: Severity
    path: str
    """The element, such as ``(0040,A730)[2].(0008,0100)``; empty for the whole object."""
    tag: Tag | None
    """The tag at the end of the path."""
    message: str
    module: str = ""
    """The module or macro of PS3.3 that asks for it, or empty."""

    def __str__(self) -> str:
        place = f" {self.path}" if self.path else ""
        name = f" {self.tag.keyword}" if self.tag is not None and self.tag.keyword else ""
        return f"{self.severity}{place}{name}: {self.message} ({self.rule})"


@frozen
class ValidationResult:
    """Everything that one validation found, in the order of the checks."""

    issues: tuple[ValidationIssue, ...] = ()
    warnings_as_errors: bool = False
    """Whether a warning is enough to make the object invalid."""

    @property
    def errors(self) -> tuple[ValidationIssue, ...]:
        """The broken rules."""
        return self._of(Severity.ERROR)

    @property
    def warnings(self) -> tuple[ValidationIssue, ...]:
        """The warnings; they stay warnings also where they count as errors."""
        return self._of(Severity.WARNING)

    @property
    def infos(self) -> tuple[ValidationIssue, ...]:
        """What could not be decided, such as conditions about the world."""
        return self._of(Severity.INFO)

    def _of(self, severity: Severity) -> tuple[ValidationIssue, ...]:
        return tuple(issue for issue in self.issues if issue.severity is severity)

    @property
    def has_warnings(self) -> bool:
        """Whether there are warnings."""
        return bool(self.warnings)

    @property
    def is_valid(self) -> bool:
        """Whether there is no error, nor a warning where warnings count as errors."""
        return not self.errors and not (self.warnings_as_errors and self.warnings)

    def raise_if_invalid(self) -> None:
        """Raise `ValidationError` with all the issues, unless the object is valid."""
        if self.is_valid:
            return
        count = len(self.errors) + (len(self.warnings) if self.warnings_as_errors else 0)
        first = (self.errors or self.warnings)[0]
        text = f"the object breaks {count} rule{'' if count == 1 else 's'}; the first: {first}"
        raise ValidationError(text, self.issues)


# Tracebacks, reprs and pickles name the place that users import from
Severity.__module__ = ValidationIssue.__module__ = "dicom_core.validate"
ValidationResult.__module__ = "dicom_core.validate"
