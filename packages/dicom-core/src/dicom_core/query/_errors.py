"""The one error of a query that cannot be understood."""

from dicom_dict import DicomError

__all__ = ["QueryError"]


class QueryError(DicomError, ValueError):
    """A query breaks a rule of PS3.4 or PS3.18.

    ``rule`` is a short stable name (``level``, ``value``, ``unique-key``, ``repeated``, ``unknown-attribute``,
    ``paging``, ``limit`` ...), ``key`` the attribute as a path of tags or the parameter's name, ``text``
    what is asked for. The value of a key is patient data and is never told.
    """

    def __init__(self, rule: str, text: str, key: str = "") -> None:
        super().__init__(rule, text, key)
        self.rule = rule
        self.text = text
        self.key = key

    def __str__(self) -> str:
        place = f" in {self.key}" if self.key else ""
        return f"{self.text}{place} (rule {self.rule})"


# Tracebacks, reprs and pickles name the place that users import from
QueryError.__module__ = "dicom_core.query"
