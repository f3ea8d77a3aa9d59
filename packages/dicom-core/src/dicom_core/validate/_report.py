"""Takes what the checks find."""

from dicom_dict import Tag

from ._config import Check, ValidationConfig
from ._issue import Severity, ValidationIssue
from ._scope import Scope

__all__ = ["Report"]


class Report:
    """The issues of one validation, and which checks run."""

    __slots__ = ("config", "issues")

    def __init__(self, config: ValidationConfig) -> None:
        self.config = config
        self.issues: list[ValidationIssue] = []

    def runs(self, check: Check) -> bool:
        """Whether a check is wanted."""
        return self.config.checks(check)

    def error(
        self, check: Check, rule: str, text: str, scope: Scope, tag: int, module: str = ""
    ) -> None:
        """A broken rule at an element."""
        self.add(check, rule, Severity.ERROR, text, scope, tag, module)

    def warning(
        self, check: Check, rule: str, text: str, scope: Scope, tag: int, module: str = ""
    ) -> None:
        """Something to be wary of at an element."""
        self.add(check, rule, Severity.WARNING, text, scope, tag, module)

    def info(
        self, check: Check, rule: str, text: str, scope: Scope, tag: int, module: str = ""
    ) -> None:
        """Something that was not decided at an element."""
        self.add(check, rule, Severity.INFO, text, scope, tag, module)

    def add(
        self,
        check: Check,
        rule: str,
        severity: Severity,
        text: str,
        scope: Scope,
        tag: int,
        module: str = "",
    ) -> None:
        """Take a finding, if its check is wanted."""
        if self.config.checks(check):
            path = scope.where(tag)
            self.issues.append(ValidationIssue(rule, severity, path, Tag(tag), text, module))
