"""Making unique identifiers (PS3.5 9 and B.2)."""

from itertools import count
from os import urandom
from typing import Final

from .values._errors import InvalidValue
from .values._strings import UID

__all__ = ["UIDGenerator", "generate_uid"]

_UUID_ROOT: Final = "2.25"
# The suffix under a root of one's own has at least this many digits: 2**63 tries for an even chance of
# one collision in the worst case are out of reach, fewer digits are not.
_LEAST_DIGITS: Final = 20
_MOST_DIGITS: Final = 39

_new = str.__new__


class UIDGenerator:
    """Makes UIDs under 2.25, from random UUIDs, or under a root of one's own.

    Without ``seed`` every UID comes from the operating system's randomness: threads and forked
    processes may share a generator. With ``seed`` the same UIDs come in the same order every time, for
    tests; copies of such a generator in several processes repeat each other.
    """

    __slots__ = ("_counter", "_digits", "_root", "_seed")

    def __init__(self, root: str | None = None, *, seed: str | int | bytes | None = None) -> None:
        if root is None:
            self._root, self._digits = _UUID_ROOT + ".", 0
        else:
            self._root = UID(root.rstrip(".")) + "."
            self._digits = min(64 - len(self._root), _MOST_DIGITS)
            if self._digits < _LEAST_DIGITS:
                raise InvalidValue(
                    "UI",
                    root,
                    f"a root of at most {63 - _LEAST_DIGITS} characters leaves room for a suffix",
                )
        self._seed = None if seed is None else _seed_bytes(seed)
        # One step of a count is one step of the interpreter: threads never see the same number.
        self._counter = count()

    @property
    def root(self) -> str:
        """What every UID begins with, without the last dot."""
        return self._root[:-1]

    def uid(self) -> UID:
        """A new UID."""
        bits = urandom(16) if self._seed is None else self._seeded()
        number = int.from_bytes(bits, "big")
        if not self._digits:
            # Version 4, variant 1 (RFC 9562 5.4): the number is that of a proper UUID.
            number = number & ~(0xF << 76) | 4 << 76
            number = number & ~(3 << 62) | 2 << 62
            return _new(UID, f"{self._root}{number}")
        return _new(UID, f"{self._root}{number % 10**self._digits}")

    def study(self) -> UID:
        """A new Study Instance UID."""
        return self.uid()

    def series(self) -> UID:
        """A new Series Instance UID."""
        return self.uid()

    def instance(self) -> UID:
        """A new SOP Instance UID."""
        return self.uid()

    def transaction(self) -> UID:
        """A new Transaction UID, as storage commitment asks for."""
        return self.uid()

    def frame_of_reference(self) -> UID:
        """A new Frame of Reference UID."""
        return self.uid()

    def _seeded(self) -> bytes:
        from hashlib import blake2b

        return blake2b(b"%d" % next(self._counter), digest_size=16, key=self._seed or b"").digest()


def _seed_bytes(seed: str | int | bytes) -> bytes:
    """A key of the seed; 1 and "1" are different seeds."""
    from hashlib import blake2b

    data = seed if isinstance(seed, bytes) else repr(seed).encode()
    return blake2b(data, digest_size=32).digest()


def generate_uid(root: str | None = None) -> UID:
    """A new UID under 2.25, from a random UUID, or under a root of one's own."""
    return UIDGenerator(root).uid()


# Tracebacks, reprs and pickles name the place that users import from
UIDGenerator.__module__ = generate_uid.__module__ = "dicom_core"
