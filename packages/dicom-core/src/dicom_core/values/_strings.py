"""Values that are texts: code strings, AE titles, UIDs and URIs.

Each is a ``str`` with the padding removed. The constructor checks the rule of its VR, and
``unchecked`` takes whatever a file held: reading never refuses a text, it only flags it.
"""

from typing import TYPE_CHECKING, Self

from ._errors import InvalidValue
from ._pattern import Pattern

if TYPE_CHECKING:
    from urllib.parse import SplitResult

__all__ = ["UID", "AETitle", "CodeString", "UniversalResource"]

_CODE = Pattern(r"[A-Z0-9_ ]{0,16}")
_AE = Pattern(r"[ -\[\]-~]{1,16}")
_URI_CHARACTERS = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%"
)
_HEX = frozenset("0123456789ABCDEFabcdef")

# Two quotation marks stand for an empty key in a query (PS3.4 C.2.2.2.7).
EMPTY_KEY = '""'


def is_uid_form(text: str) -> bool:
    """Whether a text of any length is components of digits without leading zeros, one dot between (PS3.5 9.1)."""
    if not text.isascii():
        return False
    return all(part.isdigit() and (part[0] != "0" or len(part) == 1) for part in text.split("."))


def is_uri_form(text: str) -> bool:
    """Whether a text has only the characters of a URI, and two digits after each percent sign (RFC 3986 2.1)."""
    if not _URI_CHARACTERS.issuperset(text):
        return False
    return all(len(part) >= 2 and _HEX.issuperset(part[:2]) for part in text.split("%")[1:])


class _Text(str):
    """What the text values share: the door for what a file held, and a pickle that does not check again."""

    __slots__ = ()

    @classmethod
    def unchecked(cls, text: str) -> Self:
        """Take the text as it is, without the rule of the VR."""
        return str.__new__(cls, text)

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self).unchecked, (str(self),))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str.__repr__(self)})"


class CodeString(_Text):
    """CS: at most 16 upper-case letters, digits, spaces and underscores."""

    __slots__ = ()
    RULE = "at most 16 characters out of A-Z, 0-9, space and underscore"

    def __new__(cls, text: str) -> Self:
        text = text.strip(" ")
        if _CODE.fullmatch(text) is None and text != EMPTY_KEY:
            raise InvalidValue("CS", text, cls.RULE)
        return str.__new__(cls, text)

    @property
    def is_valid(self) -> bool:
        """Whether the text keeps the rule of its VR."""
        return _CODE.fullmatch(self) is not None or self == EMPTY_KEY


class AETitle(_Text):
    """AE: the name of an application entity, 1 to 16 characters that are not only spaces."""

    __slots__ = ()
    RULE = "1 to 16 ASCII characters, not only spaces, no backslash and no control character"

    def __new__(cls, text: str) -> Self:
        text = text.strip(" ")
        if _AE.fullmatch(text) is None:
            raise InvalidValue("AE", text, cls.RULE)
        return str.__new__(cls, text)

    @property
    def is_valid(self) -> bool:
        """Whether the text keeps the rule of its VR."""
        return _AE.fullmatch(self.strip(" ")) is not None

    @property
    def padded(self) -> str:
        """The title in 16 characters, as an association request carries it (PS3.8 9.3.2)."""
        return self.ljust(16)


class UID(_Text):
    """UI: a unique identifier (PS3.5 9.1)."""

    __slots__ = ()
    RULE = "1 to 64 characters: numbers without leading zeros, separated by single dots"

    def __new__(cls, text: str) -> Self:
        text = text.rstrip("\0 ")
        if len(text) > 64 or not is_uid_form(text):
            raise InvalidValue("UI", text, cls.RULE)
        return str.__new__(cls, text)

    @property
    def is_valid(self) -> bool:
        """Whether the text is a UID; only then may it become part of a path or a URL."""
        return len(self) <= 64 and is_uid_form(self)

    @property
    def is_private(self) -> bool:
        """Whether the UID lies outside the root that the standard itself assigns from."""
        return not self.startswith("1.2.840.10008.")

    @property
    def name(self) -> str:
        """The standard's name for it; the UID itself where it has none."""
        from dicom_dict import UnknownEntry, uid

        try:
            return uid(str(self)).name
        except UnknownEntry:
            return str(self)


class UniversalResource(_Text):
    """UR: a URI or URL, absolute or relative (RFC 3986); one value, never split at a backslash."""

    __slots__ = ()
    RULE = "a URI of RFC 3986, other characters percent-encoded, no leading space"

    def __new__(cls, text: str) -> Self:
        text = text.rstrip(" ")
        if not is_uri_form(text) and text != EMPTY_KEY:
            raise InvalidValue("UR", text, cls.RULE)
        return str.__new__(cls, text)

    @property
    def is_valid(self) -> bool:
        """Whether the text has only the characters of a URI."""
        return is_uri_form(self) or self == EMPTY_KEY

    @property
    def parts(self) -> "SplitResult":
        """Scheme, authority, path, query and fragment; raises InvalidValue where they cannot be told apart."""
        from urllib.parse import urlsplit

        try:
            return urlsplit(str(self))
        except ValueError:
            raise InvalidValue("UR", str(self), self.RULE) from None

    @property
    def scheme(self) -> str:
        """The scheme in lower case, empty for a relative reference."""
        return self.parts.scheme

    @property
    def host(self) -> str | None:
        """The host in lower case, or None."""
        return self.parts.hostname

    @property
    def port(self) -> int | None:
        """The port, or None where the text names none; raises InvalidValue where it is no number."""
        try:
            return self.parts.port
        except ValueError:
            raise InvalidValue("UR", str(self), "a port is a number from 0 to 65535") from None

    @property
    def path(self) -> str:
        """The path, percent-encoding kept."""
        return self.parts.path

    @property
    def query(self) -> str:
        """What follows the question mark, percent-encoding kept."""
        return self.parts.query

    @property
    def fragment(self) -> str:
        """What follows the number sign, percent-encoding kept."""
        return self.parts.fragment


# Tracebacks, reprs and pickles name the place that users import from
CodeString.__module__ = AETitle.__module__ = UID.__module__ = "dicom_core"
UniversalResource.__module__ = "dicom_core"
