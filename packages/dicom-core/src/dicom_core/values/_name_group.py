"""A component group of a person name (PS3.5 6.2.1)."""

from typing import NamedTuple, Self

__all__ = ["NameGroup"]


class NameGroup(NamedTuple):
    """One component group of a name; what is absent is an empty string."""

    family: str = ""
    given: str = ""
    middle: str = ""
    prefix: str = ""
    suffix: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The components of a text; what follows the fifth belongs to the suffix, delimiters included."""
        # Spaces around a component are not significant (PS3.5 6.2).
        return cls(*[part.strip(" ") for part in text.split("^", 4)])

    @property
    def text(self) -> str:
        """The group as it is written, without delimiters that nothing follows."""
        return "^".join(self).rstrip("^")

    def formatted(self) -> str:
        """The name as a line for people: prefix, given, middle and family name, then the suffix."""
        name = " ".join(
            part for part in (self.prefix, self.given, self.middle, self.family) if part
        )
        return f"{name}, {self.suffix}" if name and self.suffix else name or self.suffix


# Tracebacks, reprs and pickles name the place that users import from
NameGroup.__module__ = "dicom_core"
