"""Records for the index, made of small files as a store would make them."""

from itertools import count
from typing import Final

import dicom_core as dc
from dicom_archive import Record, describe
from dicom_core.store.testing import sample

__all__ = ["Records"]


class Records:
    """Makes records, each with a key of its own."""

    def __init__(self, run: str = "run") -> None:
        self._run: Final = run
        self._numbers = count()

    def __call__(
        self,
        instance: str = "1.2.3.4",
        *,
        series: str = "1.2.3",
        study: str = "1.2",
        sender: str = "",
        **attributes: object,
    ) -> Record:
        data = sample(instance, series=series, study=study, pixels=64, **attributes)
        return self.of(data, sender)

    def of(self, data: bytes, sender: str = "") -> Record:
        """A record of a file."""
        found = describe(dc.BytesSource(data))
        number = next(self._numbers)
        return found.record(f"{self._run}/00000/{number:03d}-{found.instance.instance}.dcm", sender)
