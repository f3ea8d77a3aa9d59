"""PN: person names of up to three component groups with five components each (PS3.5 6.2.1)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from ._errors import InvalidValue

if TYPE_CHECKING:
    from ._name_group import NameGroup

__all__ = ["PersonName", "joined_groups"]

RULE = "at most 3 groups separated by =, each of at most 5 components separated by ^ and at most 64 characters"


class PersonName(str):
    """A person name; a ``str`` of its text, whose groups are taken apart when asked for.

    >>> PersonName("Adams^John Robert Quincy^^Rev.^B.A. M.Div.").formatted()
    'Rev. John Robert Quincy Adams, B.A. M.Div.'
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        self = str.__new__(cls, text.rstrip(" "))
        if not self.is_valid:
            raise InvalidValue("PN", text, RULE)
        return self

    @classmethod
    def unchecked(cls, text: str) -> Self:
        """Take the text as it is, without the rule of the VR."""
        return str.__new__(cls, text)

    @classmethod
    def of(
        cls,
        family: str = "",
        given: str = "",
        middle: str = "",
        prefix: str = "",
        suffix: str = "",
        *,
        ideographic: "NameGroup | str" = "",
        phonetic: "NameGroup | str" = "",
    ) -> Self:
        """A name from its components; the other two groups as a NameGroup or as text."""
        from ._name_group import NameGroup

        alphabetic = NameGroup(family, given, middle, prefix, suffix)
        for part in alphabetic:
            if "^" in part or "=" in part:
                raise InvalidValue("PN", part, "components without the delimiters ^ and =")
        groups = [alphabetic.text]
        groups += [
            group.text if isinstance(group, NameGroup) else group
            for group in (ideographic, phonetic)
        ]
        return cls(joined_groups(groups))

    @property
    def groups(self) -> "tuple[NameGroup, NameGroup, NameGroup]":
        """The alphabetic, the ideographic and the phonetic group; absent ones are empty."""
        from ._name_group import NameGroup

        parts = self.split("=", 2)
        parts += [""] * (3 - len(parts))
        return NameGroup.parse(parts[0]), NameGroup.parse(parts[1]), NameGroup.parse(parts[2])

    @property
    def alphabetic(self) -> "NameGroup":
        """The first group."""
        from ._name_group import NameGroup

        return NameGroup.parse(self.partition("=")[0])

    @property
    def ideographic(self) -> "NameGroup":
        """The second group, empty where there is none."""
        return self.groups[1]

    @property
    def phonetic(self) -> "NameGroup":
        """The third group, empty where there is none."""
        return self.groups[2]

    @property
    def family(self) -> str:
        """The family name complex of the alphabetic group."""
        return self.alphabetic.family

    @property
    def given(self) -> str:
        """The given names of the alphabetic group."""
        return self.alphabetic.given

    @property
    def middle(self) -> str:
        """The middle names of the alphabetic group."""
        return self.alphabetic.middle

    @property
    def prefix(self) -> str:
        """The name prefix of the alphabetic group."""
        return self.alphabetic.prefix

    @property
    def suffix(self) -> str:
        """The name suffix of the alphabetic group."""
        return self.alphabetic.suffix

    @property
    def is_valid(self) -> bool:
        """Whether groups, components and lengths keep the rule of the VR."""
        if self.count("=") > 2 or "\\" in self:
            return False
        groups = self.split("=")
        # The 64 characters of a group include its delimiter (PS3.5 6.2.1.2).
        last = len(groups) - 1
        return all(
            len(group) + (place != last) <= 64 and group.count("^") <= 4
            for place, group in enumerate(groups)
        )

    def formatted(self) -> str:
        """The name as a line for people, from the first group that has anything."""
        for group in self.groups:
            line = group.formatted()
            if line:
                return line
        return ""

    def same_name(self, other: "PersonName | str") -> bool:
        """Whether both say the same name: padding and delimiters that nothing follows do not count."""
        return self.groups == PersonName.unchecked(other).groups

    def __repr__(self) -> str:
        return f"PersonName({str.__repr__(self)})"

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self).unchecked, (str(self),))


def joined_groups(groups: Iterable[str]) -> str:
    """Component groups with = between; empty ones at the end are left out (PS3.5 6.2.1)."""
    texts = list(groups)
    while texts and not texts[-1]:
        texts.pop()
    return "=".join(texts)


# Tracebacks, reprs and pickles name the place that users import from
PersonName.__module__ = "dicom_core"
