"""Value multiplicity (PS3.5 6.4): how many values an element may have."""

from functools import lru_cache
from typing import NamedTuple

__all__ = ["VM"]


class VM(NamedTuple):
    """A value multiplicity of the dictionary, such as ``1``, ``1-3``, ``2-2n`` or ``1-n or 1``.

    >>> VM.parse("2-2n").allows(6)
    True
    """

    text: str
    least: int
    most: int | None
    """None where there is no upper bound."""
    step: int
    """The counts go up from ``least`` in steps of this."""

    @staticmethod
    @lru_cache(maxsize=256)
    def parse(text: str) -> "VM":
        """The multiplicity that a text of the standard says.

        A text of alternatives such as ``1-n or 1`` is the widest of them: in the dictionary
        one always contains the others.
        """
        alternatives = [_one(part.strip(), text) for part in text.split(" or ")]
        widest = max(alternatives, key=lambda vm: (vm.most is None, vm.most or 0))
        return widest._replace(text=text, least=min(vm.least for vm in alternatives))

    @property
    def is_single(self) -> bool:
        """Whether at most one value is allowed."""
        return self.most == 1

    def allows(self, count: int) -> bool:
        """Whether an element may have this many values. Zero is a matter of its type, not of VM."""
        if count < self.least or (self.most is not None and count > self.most):
            return False
        return (count - self.least) % self.step == 0

    def __str__(self) -> str:
        return self.text


def _one(part: str, whole: str) -> VM:
    first, dash, last = part.partition("-")
    try:
        least = int(first)
        if not dash:
            return VM(whole, least, least, 1)
        if last.endswith("n"):
            return VM(whole, least, None, int(last[:-1] or 1))
        return VM(whole, least, int(last), 1)
    except ValueError:
        raise ValueError(
            f"{whole!r} is not a value multiplicity; write '1', '1-3', '1-n', '2-2n' or '1-n or 1'"
        ) from None


# Tracebacks, reprs and pickles name the place that users import from
VM.__module__ = "dicom_dict"
