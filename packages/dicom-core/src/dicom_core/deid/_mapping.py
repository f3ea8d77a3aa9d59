"""What stands for what: new UIDs, new identifiers and the shift of dates, the same wherever they are asked for."""

from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["IdentityMapping", "KeyedMapping", "MemoryMapping"]

_LEAST_KEY: Final = 16
_ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without what reads like another: I O 0 1
_TOKEN_DIGITS: Final = 12
MOST_DAYS: Final = 3650


@runtime_checkable
class IdentityMapping(Protocol):
    """Where replacements come from. Asked twice for the same, it answers the same."""

    def uid(self, original: str) -> str:
        """The UID that stands for this one; different originals have different ones."""
        ...

    def token(self, kind: str, original: str) -> str:
        """At most 14 capital letters and digits that stand for an identifier of this kind."""
        ...

    def shift(self, patient: str) -> int:
        """By how many days the dates of this patient move; never 0."""
        ...


class KeyedMapping:
    """Replacements computed from a secret key: no store, and the same in every process that has the key.

    Each is a part of HMAC-SHA-256 of the original. Without the key nobody can compute or guess them; who
    has the key can test a guess, so guard it like the originals, and delete it when nothing may be
    connected any more. ``root`` puts the UIDs under your own root instead of 2.25.
    """

    __slots__ = ("_key", "_root")

    def __init__(self, key: bytes, *, root: str | None = None) -> None:
        if len(key) < _LEAST_KEY:
            raise ValueError(
                f"the key has {len(key)} bytes; give at least {_LEAST_KEY} random ones"
            )
        self._key = bytes(key)
        self._root = checked_root(root)

    def _digest(self, kind: str, original: str) -> bytes:
        from hmac import digest

        text = f"{kind}\0{original}".encode("utf-8", "surrogatepass")
        return digest(self._key, text, "sha256")

    def uid(self, original: str) -> str:
        """The UID that stands for this one."""
        return uid_of(self._digest("uid", original), self._root)

    def token(self, kind: str, original: str) -> str:
        """12 characters that stand for an identifier."""
        return token_of(self._digest(f"token {kind}", original))

    def shift(self, patient: str) -> int:
        """1 to 3650 days into the past."""
        return shift_of(self._digest("shift", patient))

    def __repr__(self) -> str:
        return "<KeyedMapping>"  # the key never shows


class MemoryMapping:
    """Random replacements that last as long as this object: nothing can be connected afterwards.

    It cannot be pickled: copies in several processes would give different answers. Several workers
    share a `KeyedMapping` or a `StoredMapping`.
    """

    __slots__ = ("_known", "_root")

    def __init__(self, *, root: str | None = None) -> None:
        self._root = checked_root(root)
        self._known: dict[tuple[str, str], str] = {}

    def _get(self, kind: str, original: str, make: "Callable[[bytes], str]") -> str:
        known = self._known.get((kind, original))
        if known is None:
            from os import urandom

            # Of two threads that come here at once, the first one counts.
            known = self._known.setdefault((kind, original), make(urandom(32)))
        return known

    def uid(self, original: str) -> str:
        """The UID that stands for this one."""
        return self._get("uid", original, lambda bits: uid_of(bits, self._root))

    def token(self, kind: str, original: str) -> str:
        """12 characters that stand for an identifier."""
        return self._get(f"token {kind}", original, token_of)

    def shift(self, patient: str) -> int:
        """1 to 3650 days into the past."""
        return int(self._get("shift", patient, lambda bits: str(shift_of(bits))))

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a MemoryMapping is of one process; use a KeyedMapping or a StoredMapping")

    def __repr__(self) -> str:
        return f"<MemoryMapping of {len(self._known)} entries>"


def checked_root(root: str | None) -> str:
    """The root with its last dot, or nothing; room for a suffix of 20 digits is needed (PS3.5 9.1)."""
    if root is None:
        return ""
    from ..values import UID

    text = str(UID(root.rstrip(".")))
    if len(text) > 43:
        raise ValueError("a root of at most 43 characters leaves room for what makes a UID unique")
    return text + "."


def uid_of(bits: bytes, root: str = "") -> str:
    """A UID of 16 random bytes: under 2.25 a proper UUID (PS3.5 B.2; RFC 9562, version 8)."""
    number = int.from_bytes(bits[:16], "big")
    if root:
        return f"{root}{number % 10 ** min(64 - len(root), 38)}"
    number = number & ~(0xF << 76) | 8 << 76
    number = number & ~(3 << 62) | 2 << 62
    return f"2.25.{number}"


def token_of(bits: bytes) -> str:
    """60 bits as 12 letters and digits."""
    number = int.from_bytes(bits[16:24], "big")
    return "".join(_ALPHABET[number >> 5 * at & 31] for at in range(_TOKEN_DIGITS))


def shift_of(bits: bytes) -> int:
    """A number of days, -1 to -3650: shifted dates are never in the future."""
    return -1 - int.from_bytes(bits[24:32], "big") % MOST_DAYS


# Tracebacks, reprs and pickles name the place that users import from
IdentityMapping.__module__ = KeyedMapping.__module__ = "dicom_core.deid"
MemoryMapping.__module__ = "dicom_core.deid"
