"""What to check, as one value."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import ClassVar, Self

from attrs import asdict, evolve, field, frozen

from dicom_dict import Tag, UnknownEntry, element, find_uid

from .._settings import FromSettings, SettingsError

__all__ = ["Check", "ValidationConfig", "ValidationConfigError", "ValidationLevel"]


class ValidationConfigError(SettingsError):
    """A setting is unknown or has a wrong value; ``setting`` names it, ``allowed`` what there is."""

    table = "validation"


class ValidationLevel(StrEnum):
    """How much is checked; each level checks everything that the one before it does."""

    MINIMAL = "minimal"
    """What storing and sending needs: the four UIDs, the form of every UID, the transfer syntax."""
    STANDARD = "standard"
    """The IOD, values, multiplicity, VRs, pixel attributes; whether the file is all there."""
    STRICT = "strict"
    """Defined terms, padding, retired and foreign attributes, the structure of the file."""


class Check(StrEnum):
    """A group of rules that can be switched off alone."""

    REQUIRED_UIDS = "required_uids"
    UID_FORMAT = "uid_format"
    TRANSFER_SYNTAX = "transfer_syntax"
    FILE_META = "file_meta"
    SOP_CLASS = "sop_class"
    ADDITIONAL_TAGS = "additional_tags"
    IOD = "iod"
    ENUMERATED = "enumerated"
    VALUES = "values"
    MULTIPLICITY = "multiplicity"
    VR = "vr"
    PIXELS = "pixels"
    TERMS = "terms"
    ENCODING = "encoding"
    FOREIGN = "foreign"
    STRUCTURE = "structure"
    COMPLETE = "complete"


_MINIMAL = frozenset(
    (
        Check.REQUIRED_UIDS,
        Check.UID_FORMAT,
        Check.TRANSFER_SYNTAX,
        Check.SOP_CLASS,
        Check.ADDITIONAL_TAGS,
    )
)
_STANDARD = _MINIMAL | {
    Check.FILE_META, Check.IOD, Check.ENUMERATED, Check.VALUES, Check.MULTIPLICITY, Check.VR, Check.PIXELS,
    Check.COMPLETE,
}  # fmt: skip
_CHECKS: Mapping[ValidationLevel, frozenset[Check]] = {
    ValidationLevel.MINIMAL: _MINIMAL,
    ValidationLevel.STANDARD: _STANDARD,
    ValidationLevel.STRICT: frozenset(Check),
}


def _tags(given: Iterable[int | str]) -> tuple[Tag, ...]:
    if isinstance(given, str):
        raise ValidationConfigError("additional_required_tags", "is a list, not one text")
    found = []
    for key in given:
        try:
            text = isinstance(key, str) and key.isidentifier() and len(key) != 8
            found.append(element(key).tag if text else Tag(key))
        except (UnknownEntry, ValueError, TypeError) as error:
            raise ValidationConfigError(
                "additional_required_tags", f"has no tag: {error}"
            ) from error
    return tuple(found)


def _classes(given: Iterable[str] | None) -> frozenset[str] | None:
    if given is None:
        return None
    if isinstance(given, str):
        raise ValidationConfigError("allowed_sop_classes", "is a list, not one text")
    found = set()
    for key in given:
        entry = find_uid(key)
        if entry is None and not key.replace(".", "").isdigit():
            raise ValidationConfigError(
                "allowed_sop_classes", f"knows no {key!r}; give a UID, keyword or name"
            )
        found.add(entry.uid if entry is not None else key)
    return frozenset(found)


def _checks(given: Iterable[str]) -> frozenset[Check]:
    if isinstance(given, str):
        raise ValidationConfigError("disabled", "is a list, not one text")
    try:
        return frozenset(map(Check, given))
    except ValueError as error:
        names = ", ".join(Check)
        raise ValidationConfigError(
            "disabled", f"has an unknown check; there are {names}", Check
        ) from error


def _level(given: str) -> ValidationLevel:
    try:
        return ValidationLevel(given)
    except ValueError as error:
        names = ", ".join(ValidationLevel)
        raise ValidationConfigError("level", f"is one of {names}", ValidationLevel) from error


@frozen(kw_only=True)
class ValidationConfig(FromSettings):
    """How to validate. Immutable and compared by value; the two presets are `DEFAULT` and `STRICT`.

    >>> ValidationConfig(level="strict", disabled=["pixels"]).checks("pixels")
    False
    """

    _settings_error: ClassVar = ValidationConfigError

    DEFAULT: ClassVar["ValidationConfig"]
    """Level standard, nothing switched off."""
    STRICT: ClassVar["ValidationConfig"]
    """Level strict, and warnings count as errors."""

    level: ValidationLevel = field(default=ValidationLevel.STANDARD, converter=_level)
    check_transfer_syntax: bool = True
    check_pixels: bool = True
    warnings_as_errors: bool = False
    allowed_sop_classes: frozenset[str] | None = field(default=None, converter=_classes)
    """UIDs; keywords and names are taken too. None: every class."""
    additional_required_tags: tuple[Tag, ...] = field(default=(), converter=_tags)
    """Tags that must be there with a value; keywords are taken too."""
    disabled: frozenset[Check] = field(default=frozenset(), converter=_checks)
    """Checks that are switched off, whatever the level."""

    def checks(self, check: Check | str) -> bool:
        """Whether a check runs: its level is reached, and it is not switched off."""
        wanted = Check(check)
        if wanted is Check.TRANSFER_SYNTAX and not self.check_transfer_syntax:
            return False
        if wanted is Check.PIXELS and not self.check_pixels:
            return False
        return wanted in _CHECKS[self.level] and wanted not in self.disabled

    def without(self, *checks: Check | str) -> "ValidationConfig":
        """The same with more checks switched off."""
        return evolve(self, disabled=self.disabled | _checks(checks))

    @classmethod
    def from_mapping(cls, settings: Mapping[str, object]) -> Self:
        """Settings by the names of the fields; an unknown name or a wrong type raises `ValidationConfigError`.

        This and the three below need cattrs: ``pip install 'dicom-core[settings]'``.
        """
        from .._settings import structured
        from ._config_load import Plain

        return cls(**asdict(structured(Plain, settings, ValidationConfigError)))


ValidationConfig.DEFAULT = ValidationConfig()
ValidationConfig.STRICT = ValidationConfig(level=ValidationLevel.STRICT, warnings_as_errors=True)


# Tracebacks, reprs and pickles name the place that users import from
ValidationConfigError.__module__ = ValidationLevel.__module__ = "dicom_core.validate"
Check.__module__ = ValidationConfig.__module__ = "dicom_core.validate"
