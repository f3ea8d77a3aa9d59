"""Writing instances of an archive into a folder."""

import os
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Protocol

from attrs import evolve

from dicom_core import DicomError
from dicom_core.store import UnknownInstance
from dicom_core.store.files import Temporary, link, replace, sweep, takes_nameless, write_all
from dicom_net.services import Layout
from dicom_net.services._directory_layout import values_of

from .._errors import ArchiveError
from .._headers import unpack_header
from ._select import Wanted, kept_of, parts_of
from ._types import ExportProblem, ExportResult, Progress

if TYPE_CHECKING:
    from dicom_core import ByteSource, Dataset
    from dicom_core.dicomdir import FileSet
    from dicom_core.store import StoredInstance
    from dicom_net.services._directory_layout import Template

    from .._archive import Archive
    from .._records import Kept
    from ..index import Index

__all__ = ["NotExported", "export"]

_CHUNK: Final = 1 << 20
_EVERYTHING: Final = Wanted()


class NotExported(ArchiveError):
    """An instance cannot be written into the folder."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return self.text


def export(
    archive: "Archive",
    folder: "str | os.PathLike[str]",
    wanted: Wanted = _EVERYTHING,
    *,
    layout: Layout | str = Layout.STUDY,
    medium: bool = False,
    overwrite: bool = False,
) -> Generator[ExportProblem | Progress | ExportResult, None, None]:
    """Write copies of instances below a folder; the last thing that is told is an `ExportResult`.

    ``layout``: where a file goes, a `dicom_net.Layout` or a template of keywords; values become names by `safe_name`.
    ``medium``: names and a DICOMDIR as a medium has them instead (PS3.10 8).

    A file is there whole or not at all, and is compared with the digest in the index on its way: what is damaged is told
    and not written. Started again, it writes what is not there yet. Another file under the name stays, unless
    ``overwrite``.
    """
    root = os.fspath(folder)
    os.makedirs(root, exist_ok=True)
    target = _target(root, layout, medium=medium, overwrite=overwrite)
    with closing(target):
        yield from _written(archive, wanted, target)


def _target(root: str, layout: Layout | str, *, medium: bool, overwrite: bool) -> "_Target":
    if medium:
        return _Medium(root, overwrite=overwrite)
    return _Folder(root, Layout.template(layout), overwrite=overwrite)


def _written(
    archive: "Archive", wanted: Wanted, target: "_Target"
) -> Iterator[ExportProblem | Progress | ExportResult]:
    index = archive.index
    result = ExportResult()
    total = None if wanted else index.totals()[0]
    for part in parts_of(archive, wanted):
        for page in kept_of(index, part):
            headers = target.headers(index, page)
            for kept in page:
                uid = kept.instance.instance
                source = archive.blobs.read(kept.key, kept.instance.size)
                try:
                    written = target.put(kept.instance, source, headers.get(uid))
                except (DicomError, OSError) as wrong:
                    if not _is_there(index, kept):
                        continue  # deleted or replaced while we were at it
                    yield ExportProblem(instance=uid, text=_sentence(wrong))
                    result = evolve(result, failed=result.failed + 1)
                else:
                    size = kept.instance.size if written else 0
                    result = evolve(
                        result,
                        written=result.written + written,
                        present=result.present + (not written),
                        size=result.size + size,
                    )
                result = evolve(result, instances=result.instances + 1)
                if not result.instances % 50:
                    yield Progress(result.instances, total, result.size)
    yield result


def _is_there(index: "Index", kept: "Kept") -> bool:
    try:
        return index.find(kept.instance.instance).key == kept.key
    except UnknownInstance:
        return False


def _sentence(wrong: Exception) -> str:
    if isinstance(wrong, OSError) and wrong.strerror:
        return wrong.strerror
    return str(wrong)


class _Target(Protocol):
    """Where instances are written."""

    def headers(self, index: "Index", page: "list[Kept]") -> "dict[str, Dataset]":
        """What it needs to know of the instances of a page, by SOP Instance UID."""
        ...

    def put(
        self, instance: "StoredInstance", source: "ByteSource", header: "Dataset | None"
    ) -> bool:
        """Have the instance there; whether it had to be written."""
        ...

    def close(self) -> None:
        """Nothing more comes, whatever the reason."""
        ...


class _Folder:
    """Files by a layout."""

    def __init__(self, root: str, template: "Template", *, overwrite: bool) -> None:
        self._root = os.path.realpath(root)
        self._template = template
        self._overwrite = overwrite
        self._nameless = takes_nameless(self._root)
        self._made: set[str] = set()
        self._unknown = [name for name in template.keywords if name not in _KNOWN]
        sweep(self._root)

    def headers(self, index: "Index", page: "list[Kept]") -> "dict[str, Dataset]":
        if not self._unknown:
            return {}
        found = index.headers([kept.instance.instance for kept in page])
        return {uid: unpack_header(data) for uid, data in found.items()}

    def put(
        self, instance: "StoredInstance", source: "ByteSource", header: "Dataset | None"
    ) -> bool:
        values = {name: getattr(instance, field) for name, field in _KNOWN.items()}
        if header is not None:
            values |= values_of(self._unknown, header)
        *parts, name = self._template.path(values)
        place = os.path.join(self._root, *parts)
        path = os.path.join(place, name)
        if os.path.lexists(path):
            if _digest_of(path, instance.size) == instance.digest:
                return False
            if not self._overwrite:
                raise NotExported(f"another file is there: {path}; move it, or use --overwrite")
        if place not in self._made:
            os.makedirs(place, exist_ok=True)
            self._made.add(place)
        file = Temporary(self._root, nameless=self._nameless)
        try:
            _copy(source, instance, file.descriptor)
            if self._overwrite:
                replace(file, self._root, path)
            else:
                link(file, path)
        finally:
            file.close()
        return True

    def close(self) -> None:
        with suppress(OSError):  # it was not needed, or somebody else is at work
            os.rmdir(os.path.join(self._root, ".incoming"))


_KNOWN: Final = {
    "SOPInstanceUID": "instance",
    "SeriesInstanceUID": "series",
    "StudyInstanceUID": "study",
    "SOPClassUID": "sop_class",
    "PatientID": "patient",
}
"""Keywords that the index answers without the header of an instance, and where they stand."""


class _Medium:
    """A file-set: names of eight characters, and a DICOMDIR that is written at the end, be it an early one."""

    def __init__(self, root: str, *, overwrite: bool) -> None:
        from dicom_core import dicomdir

        self._overwrite = overwrite
        self._set: FileSet
        if os.path.exists(os.path.join(root, "DICOMDIR")):
            self._set = dicomdir.read(root)
        else:
            self._set = dicomdir.make(root)  # and what an export left there that was killed

    def headers(self, index: "Index", page: "list[Kept]") -> "dict[str, Dataset]":  # noqa: ARG002
        return {}

    def put(
        self,
        instance: "StoredInstance",
        source: "ByteSource",
        header: "Dataset | None",  # noqa: ARG002 -- a _Target
    ) -> bool:
        from dicom_core import read

        there = self._set.find(instance.instance)
        path = there.path if there is not None else None
        if path is not None:
            if _digest_of(path, instance.size) == instance.digest:
                return False
            if not self._overwrite:
                raise NotExported(f"another file is there: {path}; move it, or use --overwrite")
        _check(source, instance)
        self._set.add(read(source), replace=True)
        return True

    def close(self) -> None:
        if self._set.records:
            self._set.write()


def _pieces(source: "ByteSource", instance: "StoredInstance") -> Iterator[bytes]:
    """The bytes of an instance; `NotExported` at their end where they are not those that were stored."""
    digest = sha256()
    for at in range(0, source.size, _CHUNK):
        piece = source.read_range(at, min(_CHUNK, source.size - at))
        digest.update(piece)
        yield piece
    if digest.hexdigest() != instance.digest:
        raise NotExported(
            "the file in the archive is damaged: its digest is another; restore it from a backup"
        )


def _copy(source: "ByteSource", instance: "StoredInstance", descriptor: int) -> None:
    for piece in _pieces(source, instance):
        write_all(descriptor, [piece])


def _check(source: "ByteSource", instance: "StoredInstance") -> None:
    for _ in _pieces(source, instance):
        pass


def _digest_of(path: str, size: int) -> str:
    """The digest of a file, empty where it has another size or cannot be read."""
    digest = sha256()
    try:
        if os.stat(path).st_size != size:
            return ""
        with open(path, "rb") as file:
            while piece := file.read(_CHUNK):
                digest.update(piece)
    except OSError:
        return ""
    return digest.hexdigest()


# Tracebacks, reprs and pickles name the place that users import from
NotExported.__module__ = export.__module__ = "dicom_archive.maintenance"
