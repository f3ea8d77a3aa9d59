"""How to read: values with defaults, handed to each call. There is no global switch."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ._private import PrivateDictionary

__all__ = ["Limits", "ReadOptions"]

MIB = 1 << 20


class Limits(NamedTuple):
    """What reading may cost at most. A breach raises `LimitExceeded`."""

    depth: int = 100
    """Sequences in sequences."""
    elements: int = 1_000_000
    """Data elements of one file, nested ones and items included, that are indexed."""
    value: int = 256 * MIB
    """Bytes of one value brought into memory; larger ones are read in ranges."""
    inflated: int | None = None
    """Bytes of an inflated data set in memory; None: 200 times the input, from 64 to 512 MiB."""
    findings: int = 10_000
    """Findings that are kept; of more, only the number. Reading goes on."""

    def inflated_from(self, size: int) -> int:
        """The bound for a deflated data set of so many bytes."""
        if self.inflated is not None:
            return self.inflated
        return min(max(64 * MIB, 200 * size), 512 * MIB)


class ReadOptions(NamedTuple):
    """How a file or data set is read; the default tolerates everything it can."""

    strict: bool = False
    """Raise the first structural finding as a `ParseError`."""
    limits: Limits = Limits()
    charset_fallback: str | None = None
    """What (0008,0005) would say, to use for bytes beyond ASCII where nothing known is declared."""
    charset_override: str | None = None
    """What (0008,0005) would say, to use whatever is declared."""
    private: "tuple[PrivateDictionary, ...]" = ()
    """Private dictionaries: see `PrivateDictionary`."""


# Tracebacks, reprs and pickles name the place that users import from
Limits.__module__ = ReadOptions.__module__ = "dicom_core"
