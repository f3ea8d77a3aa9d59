"""The studies of ``dicom serve --demo``."""

from typing import TYPE_CHECKING

import anyio

from dicom_core.cli._progress import Bar

from ..synthetic import Filled
from ..synthetic import fill as fill_store

if TYPE_CHECKING:
    from .. import Archive

__all__ = ["fill"]


def fill(archive: "Archive") -> None:
    """Put them in, where they are not in it yet: before it listens, so that nobody meets half of them."""
    with Bar("drawing studies") as bar:

        def progress(done: Filled) -> None:
            bar.show(done.study, done.studies)

        anyio.run(fill_store, archive, progress)
