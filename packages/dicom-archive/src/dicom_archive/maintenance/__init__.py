"""Looking after an archive: importing, exporting, verifying, rebuilding, counting, deleting.

Each of these may take hours. They are generators that tell what they find and how far they are while they work, and
their result at last; closing one ends it in good order, and what is started again goes on where it was.
"""

from typing import TYPE_CHECKING

from dicom_dict.lazy import door

if TYPE_CHECKING:
    from ._crew import WorkerLost
    from ._delete import delete
    from ._export import NotExported, export
    from ._import import import_files
    from ._rebuild import rebuild
    from ._select import Wanted, count
    from ._stats import stats
    from ._types import (
        DeleteResult,
        ExportProblem,
        ExportResult,
        Fault,
        ImportProblem,
        ImportResult,
        Progress,
        RebuildResult,
        SameInstance,
        Stats,
        StudySize,
        VerifyResult,
    )
    from ._verify import verify
    from ._zip import ZipLimits

__all__ = [
    "DeleteResult",
    "ExportProblem",
    "ExportResult",
    "Fault",
    "ImportProblem",
    "ImportResult",
    "NotExported",
    "Progress",
    "RebuildResult",
    "SameInstance",
    "Stats",
    "StudySize",
    "VerifyResult",
    "Wanted",
    "WorkerLost",
    "ZipLimits",
    "count",
    "delete",
    "export",
    "import_files",
    "rebuild",
    "stats",
    "verify",
]

__getattr__, __dir__ = door(
    globals(),
    {
        "._crew": "WorkerLost",
        "._delete": "delete",
        "._export": "NotExported export",
        "._import": "import_files",
        "._rebuild": "rebuild",
        "._select": "Wanted count",
        "._stats": "stats",
        "._types": "DeleteResult ExportProblem ExportResult Fault ImportProblem ImportResult Progress RebuildResult "
        "SameInstance Stats StudySize VerifyResult",
        "._verify": "verify",
        "._zip": "ZipLimits",
    },
)
