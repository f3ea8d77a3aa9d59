"""The nearest names to one that does not exist; loaded only when somebody asked for such a name."""

from collections.abc import Iterable, Iterator

__all__ = ["nearest"]

LONGEST = 200  # characters; what is longer is like no name, and would be long compared


def nearest(asked: str, names: Iterable[str], most: int = 3) -> Iterator[str]:
    """The names most like the one asked for, best first; capitals do not count.

    Nothing is compared before the first is asked for.
    """
    if len(asked) > LONGEST:
        return
    from difflib import get_close_matches  # 5 ms, and only a mistake needs it

    by_lower = {name.lower(): name for name in names if name}
    lower = asked.lower()
    if lower in by_lower:
        yield by_lower[lower]
        return
    found = get_close_matches(lower, by_lower, n=most, cutoff=0.6)
    if not found:
        found = [name for name in by_lower if lower and lower in name][:most]
    yield from (by_lower[name] for name in found)
