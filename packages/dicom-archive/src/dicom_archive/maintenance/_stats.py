"""What an archive holds."""

import os
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ..blobs import FolderBlobs
from ..index._columns import given_text
from ..index._schema import instance, metadata, patient, study
from ._types import Stats, StudySize

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from .._archive import Archive

__all__ = ["stats"]


def stats(archive: "Archive", most: int = 10) -> Stats:
    """Counts, bytes, and the ``most`` studies that hold most bytes; looks at every row of the index once."""
    counts = archive.index.counts()
    with archive.index.connection() as connection:
        biggest = _biggest(connection, most)
        index_size = _index_size(connection)
    quarantine = archive.quarantine
    return Stats(
        patients=counts.patients,
        studies=counts.studies,
        series=counts.series,
        instances=counts.instances,
        size=counts.size,
        modalities=dict(counts.modalities),
        biggest=biggest,
        index_size=index_size,
        quarantine=sum(1 for _ in quarantine.entries()) if quarantine is not None else 0,
        free=archive.blobs.free() if isinstance(archive.blobs, FolderBlobs) else None,
    )


def _biggest(connection: "Connection", most: int) -> tuple[StudySize, ...]:
    sizes = select(instance.c.study, func.sum(instance.c.size).label("size"))
    ranked = sizes.group_by(instance.c.study).order_by(func.sum(instance.c.size).desc()).limit(most)
    top = ranked.subquery()
    columns = (
        study.c.uid, patient.c.label, study.c.study_date, study.c.modalities, study.c.series, study.c.instances,
        top.c.size,
    )  # fmt: skip
    joined = top.join(study, study.c.id == top.c.study).join(
        patient, patient.c.id == study.c.patient
    )
    rows = connection.execute(
        select(*columns).select_from(joined).order_by(top.c.size.desc(), study.c.head)
    )
    return tuple(
        StudySize(
            study=uid,
            patient=given_text(label),
            date=date or "",
            modalities=tuple(modalities.split("\\")[1:-1]),
            series=series,
            instances=instances,
            size=int(size),
        )
        for uid, label, date, modalities, series, instances, size in rows
    )


def _index_size(connection: "Connection") -> int | None:
    if connection.dialect.name == "postgresql":
        names = ", ".join(f"pg_total_relation_size('{name}')" for name in metadata.tables)
        found = connection.exec_driver_sql(f"SELECT {names}").fetchone()
        return None if found is None else sum(found)
    path = connection.engine.url.database
    if not path:
        return None
    parts = (f"{path}{end}" for end in ("", "-wal", "-shm"))
    return sum(os.path.getsize(part) for part in parts if os.path.exists(part))


# Tracebacks, reprs and pickles name the place that users import from
stats.__module__ = "dicom_archive.maintenance"
