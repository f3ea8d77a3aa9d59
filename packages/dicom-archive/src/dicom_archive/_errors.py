"""What can go wrong in an archive, beside the errors of every store (`dicom_core.store`)."""

from dicom_core.store import StoreError

__all__ = [
    "ArchiveBusy",
    "ArchiveDamaged",
    "ArchiveError",
    "CommitInDoubt",
    "QueryTooBroad",
    "SchemaTooNew",
]


class ArchiveError(StoreError):
    """Something about an archive; ``retryable`` says whether the same call may work later."""


class ArchiveBusy(ArchiveError):
    """The index is locked by somebody else for longer than we wait, or its server cannot be reached."""

    retryable = True

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"{self.what}; nothing was changed, try again later"


class CommitInDoubt(ArchiveBusy):
    """The server of the index was lost while it was committing, and does not say whether it did.

    What the call put or removed may be there or not; the blobs it speaks of must stay until that is known.
    """

    def __str__(self) -> str:
        return f"{self.what}; whether the change was made shows when the server is back"


class ArchiveDamaged(ArchiveError):
    """A part of the archive is missing, or is not what it was when it was opened."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what}; {self.remedy}"


class QueryTooBroad(ArchiveError):
    """So many entities would have to be looked at one by one that the query is not answered (HOSTILE N19)."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        return (
            f"more than {self.limit} entities would have to be looked at one by one; "
            "add a key with an index, such as Patient ID, Study Date or the beginning of a name"
        )


class SchemaTooNew(ArchiveError):
    """The index was made by a later version of this program."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(found, known)
        self.found = found
        self.known = known

    def __str__(self) -> str:
        return (
            f"the index has schema version {self.found}, this program knows up to {self.known}; use a newer "
            "dicom-archive"
        )


# Tracebacks, reprs and pickles name the place that users import from
ArchiveBusy.__module__ = ArchiveDamaged.__module__ = ArchiveError.__module__ = "dicom_archive"
CommitInDoubt.__module__ = QueryTooBroad.__module__ = SchemaTooNew.__module__ = "dicom_archive"
