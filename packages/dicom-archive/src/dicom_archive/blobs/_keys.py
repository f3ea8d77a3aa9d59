"""How blobs are named. One function makes every name (HOSTILE P02, P03)."""

from typing import Final

from dicom_core.store import safe_name

__all__ = ["SHARD", "blob_key", "folder_of", "number_of", "shard_name"]

SHARD: Final = 1000
"""Files in a folder."""


def blob_key(run: str, number: int, sop_instance: str) -> str:
    """The key of a blob: ``<run>/<00012>/<345>-<name>.dcm``.

    ``run`` is a process' own, and ``number`` counts the blobs of the run: no two blobs ever have the same key, whatever
    their UIDs are, so that the removal of an old blob never meets a new one.
    """
    return f"{run}/{shard_name(number // SHARD)}/{number % SHARD:03d}-{safe_name(sop_instance)}.dcm"


def shard_name(number: int) -> str:
    """The folder of a thousand files; names sort in the order of their numbers."""
    return f"{number:05d}"


def folder_of(key: str) -> str:
    """The folder of a key."""
    return key.rpartition("/")[0]


def number_of(key: str) -> int:
    """The number of a blob in its run."""
    _, shard, name = key.split("/")
    return int(shard) * SHARD + int(name[:3])


# Tracebacks, reprs and pickles name the place that users import from
blob_key.__module__ = "dicom_archive.blobs"
