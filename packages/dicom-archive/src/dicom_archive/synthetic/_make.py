"""`studies`: files from the plan."""

from typing import TYPE_CHECKING, Final

from ._plan import CASES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dicom_core import Dataset, DicomFile
    from dicom_core.transcoding import Transcoder

    from ._frame import Series
    from ._plan import Case

__all__ = ["detail_of", "make_study", "need_numpy", "planned", "studies"]

_EXPLICIT_LITTLE: Final = "1.2.840.10008.1.2.1"
_SETS: Final = {"demo": 1, "small": 4}


def studies(
    count: int | None = None,
    *,
    seed: int | str = 1,
    named: str = "demo",
    modalities: "Iterable[str] | None" = None,
) -> "Iterator[DicomFile]":
    """The files of so many studies, in turn; by default of the whole set once.

    ``named``: ``demo``, what `dicom serve --demo` shows, some 65 MB; ``small``, the same studies with a quarter of the
    rows, columns and slices. ``modalities`` leaves out the series of others. Beyond the set its studies begin anew with
    other patients. The same seed gives the same UIDs and texts everywhere, and the same pixels with the same numpy.
    Where something that compresses is installed (dicom-imaging), some series are kept compressed.
    """
    need_numpy()
    detail = detail_of(named)
    wanted = None if modalities is None else frozenset(modalities)
    for number in range(len(CASES) if count is None else count):
        yield from make_study(number, seed=seed, detail=detail, modalities=wanted)


def detail_of(named: str) -> int:
    """How coarse a set is drawn."""
    if named not in _SETS:
        raise ValueError(
            f"there is no set {named!r} of synthetic studies; give one of: {', '.join(_SETS)}"
        )
    return _SETS[named]


def planned(number: int) -> "Case":
    """The study of a number, counted from 0."""
    return CASES[number % len(CASES)]


def make_study(
    number: int, *, seed: int | str, detail: int = 1, modalities: "frozenset[str] | None" = None
) -> "Iterator[DicomFile]":
    """The files of the study of a number."""
    need_numpy()
    from ._frame import Series

    case, turn = planned(number), number // len(CASES)
    transcoder = _transcoder()
    for at, part in enumerate(case.parts, 1):
        if modalities is None or _modality(part.kind) in modalities:
            series = Series(case, part, seed, number, at, turn, detail)
            for dataset in _drawn(series):
                yield _file(dataset, part.syntax, transcoder)


def _modality(kind: str) -> str:
    return "SR" if kind == "report" else kind[:2].upper()


def _drawn(series: "Series") -> "Iterator[Dataset]":
    kind = series.part.kind
    if kind in ("cr-chest", "us-heart", "us-flow"):
        from . import _pictures

        makers = {
            "cr-chest": _pictures.cr_chest,
            "us-heart": _pictures.us_heart,
            "us-flow": _pictures.us_flow,
        }
        return makers[kind](series)
    if kind in ("ct-enhanced", "mr-enhanced"):
        from . import _enhanced

        return {"ct-enhanced": _enhanced.ct_enhanced, "mr-enhanced": _enhanced.mr_enhanced}[kind](
            series
        )
    if kind == "report":
        from ._report import report

        return report(series)
    from . import _slices

    return {
        "ct-chest": _slices.ct_chest, "ct-abdomen": _slices.ct_abdomen, "ct-head": _slices.ct_head,
        "mr-head": _slices.mr_head,
    }[kind](series)  # fmt: skip


def _file(dataset: "Dataset", syntax: str, transcoder: "Transcoder | None") -> "DicomFile":
    from dicom_core import DicomFile

    file = DicomFile.new(dataset, _EXPLICIT_LITTLE)
    if not syntax or transcoder is None:
        return file
    from dicom_core.transcoding import Fidelity, TranscodeOptions

    options = TranscodeOptions(workers=1)  # the frames are small: threads cost more than they bring
    if transcoder.predict(file, syntax, options).fidelity is Fidelity.IMPOSSIBLE:
        return file
    return transcoder.transcode(file, syntax, options).file


def _transcoder() -> "Transcoder | None":
    from dicom_core.transcoding import NoTranscoder, find_transcoder

    try:
        return find_transcoder()
    except NoTranscoder:
        return None


def need_numpy() -> None:
    """Say what to install, once and in one sentence, before anything is drawn."""
    from importlib.util import find_spec

    if find_spec("numpy") is None:
        from dicom_core.interop import MissingExtra

        raise MissingExtra(("numpy",), ("dicom-archive[demo]",))


# Tracebacks, reprs and pickles name the place that users import from
studies.__module__ = "dicom_archive.synthetic"
