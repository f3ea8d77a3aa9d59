"""UIDs that depend on nothing but the seed and the place of what they name."""

from uuid import NAMESPACE_OID, uuid5

__all__ = ["uid"]


def uid(seed: int | str, *place: int | str) -> str:
    """Under 2.25 (PS3.5 B.2), from a UUID of version 5 (RFC 9562 5.5)."""
    words = "/".join(["dicom-archive.synthetic", repr(seed), *map(str, place)])
    return f"2.25.{uuid5(NAMESPACE_OID, words).int}"
