"""The work that bench_core measures, by side. Runs as a program of its own, so that the same code is measured with the
plain kernel, with the compiled one, and beside the peers:

    python -m benchmarks._core_tasks SIDE FOLDER     prints a JSON object: task -> CPU microseconds a unit, or MiB

SIDE is ours, pydicom or gdcm. FOLDER holds the files that bench_core wrote.
"""

import gc
import io
import json
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

TAGS = (0x0020000D, 0x0020000E, 0x00080018, 0x00200013, 0x00080060)
Task = Callable[[], object]


def best(task: Task, units: int = 1, enough: float = 0.4, rounds: int = 5) -> float:
    """The median of rounds, in CPU microseconds a unit; a round repeats the task until it took long enough."""
    task()
    once = time.process_time()
    task()
    taken = max(time.process_time() - once, 1e-7)
    repeats = max(1, int(enough / rounds / taken))
    found = []
    for _ in range(rounds if taken < 2 else 1):
        gc.collect()
        start = time.process_time()
        for _ in range(repeats):
            task()
        found.append((time.process_time() - start) / repeats / units * 1e6)
    return sorted(found)[len(found) // 2]


def memory(task: Callable[[], object]) -> float:
    """MiB that the result keeps."""
    task()
    gc.collect()
    tracemalloc.start()
    kept = task()
    gc.collect()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del kept
    return size / 2**20


class Ours:
    """dicom-core."""

    def __init__(self) -> None:
        import dicom_core as dc

        self.dc: Any = dc

    def read(self, data: Any) -> object:
        """To the end: what stands behind a long sequence of undefined length would be put off without `len`."""
        file = self.dc.read(data)
        len(file.dataset)
        return file

    def header(self, path: Path) -> object:
        """Every header up to the pixel data was looked at when this returns."""
        return self.dc.read_header(path)

    def touch(self, data: Any) -> object:
        """Read, and every value at every depth."""
        file = self.dc.read(data)
        for element in file.dataset.walk():
            element.value  # noqa: B018
        return file

    def few(self, paths: Sequence[Path]) -> object:
        return list(self.dc.scan(paths, tags=TAGS))

    def edit(self, data: bytes) -> object:
        file = self.dc.read(data)
        file.dataset.PatientName = "Nobody"
        file.dataset.PatientID = "1"
        return file.to_bytes()

    def values(self, data: bytes) -> list[Any]:
        return _ours_values(self.dc.read(data).dataset)

    def encode(self, values: list[Any]) -> object:
        return _ours_build(self.dc, values).to_bytes()

    def json(self, datas: Sequence[bytes]) -> Task:
        files = [self.dc.read(data) for data in datas]
        encode = self.dc.json.encode_array  # a new encoder a call: its memo is cold
        return lambda: encode(files, bulk="omit")

    def attribute(self, data: bytes) -> Task:
        ds = self.dc.read(data).dataset
        return lambda: [ds.PatientName for _ in range(1000)]


def _ours_values(ds: Any) -> list[Any]:
    found: list[Any] = []
    for element in ds.elements():
        value = element.value
        found.append(
            (
                int(element.tag),
                element.vr,
                [_ours_values(item) for item in value] if element.vr == "SQ" else value,
            )
        )
    return found


def _ours_build(dc: Any, values: list[Any]) -> Any:
    ds = dc.Dataset()
    for tag, vr, value in values:
        ds.set(tag, vr, [_ours_build(dc, item) for item in value] if vr == "SQ" else value)
    return ds


class Pydicom:
    """pydicom, as its documentation uses it."""

    def __init__(self) -> None:
        import warnings

        import pydicom

        warnings.simplefilter("ignore")
        self.pydicom = pydicom

    def _source(self, data: Any) -> Any:
        return io.BytesIO(data) if isinstance(data, bytes) else data

    def read(self, data: Any) -> object:
        return self.pydicom.dcmread(self._source(data))

    def header(self, path: Path) -> object:
        return self.pydicom.dcmread(path, stop_before_pixels=True)

    def touch(self, data: Any) -> object:
        ds = self.pydicom.dcmread(self._source(data))
        for element in ds.iterall():
            element.value  # noqa: B018
        return ds

    def few(self, paths: Sequence[Path]) -> object:
        return [
            self.pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(TAGS))
            for path in paths
        ]

    def edit(self, data: bytes) -> object:
        ds = self.pydicom.dcmread(io.BytesIO(data))
        ds.PatientName = "Nobody"
        ds.PatientID = "1"
        return self._bytes(ds)

    def _bytes(self, ds: Any) -> bytes:
        into = io.BytesIO()
        ds.save_as(into, implicit_vr=False, little_endian=True)
        return into.getvalue()

    def values(self, data: bytes) -> list[Any]:
        return _their_values(self.pydicom.dcmread(io.BytesIO(data)))

    def encode(self, values: list[Any]) -> object:
        ds = _their_build(self.pydicom.Dataset, values)
        return self._bytes(ds)

    def json(self, datas: Sequence[bytes]) -> Task:
        import json

        sets = [self.pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True) for data in datas]
        return lambda: json.dumps([ds.to_json_dict() for ds in sets])

    def attribute(self, data: bytes) -> Task:
        ds = self.pydicom.dcmread(io.BytesIO(data))
        return lambda: [ds.PatientName for _ in range(1000)]


def _their_values(ds: Any) -> list[Any]:
    found: list[Any] = []
    for element in ds:
        value = (
            [_their_values(item) for item in element.value] if element.VR == "SQ" else element.value
        )
        found.append((int(element.tag), element.VR, value))
    return found


def _their_build(kind: Callable[[], Any], values: list[Any]) -> Any:
    ds = kind()
    for tag, vr, value in values:
        ds.add_new(tag, vr, [_their_build(kind, item) for item in value] if vr == "SQ" else value)
    return ds


def measure(side: Ours | Pydicom, folder: Path) -> dict[str, float]:
    """Every task; the same calls for both sides."""
    from benchmarks._data import ct, enhanced, report

    data = ct()
    paths = sorted((folder / "ct").glob("*.dcm"))
    big = {
        "emf": enhanced(defined=True),
        "emf_u": enhanced(defined=False),
        "sr": report(defined=True),
        "sr_u": report(defined=False),
    }
    wheel = [path.read_bytes() for path in sorted((folder / "wheel").iterdir())]
    values, nested = side.values(data), side.values(big["emf"])
    series = [ct(number, pixels=64) for number in range(1, 501)]
    return {
        "header of a CT, file access included": best(lambda: side.header(paths[0])),
        "whole read, CT": best(lambda: side.read(data)),
        "whole read, 500 frames of undefined lengths": best(lambda: side.read(big["emf_u"])),
        "whole read, report of undefined lengths": best(lambda: side.read(big["sr_u"])),
        "read and every value, CT": best(lambda: side.touch(data)),
        "read and every value, the wheel's files, each": best(
            lambda: [side.touch(one) for one in wheel], len(wheel)
        ),
        **{
            f"read and every value, {name}": best(partial(side.touch, one))
            for name, one in big.items()
        },
        "five tags of 500 files, each": best(lambda: side.few(paths), len(paths)),
        "change two elements and write, CT": best(lambda: side.edit(data)),
        "change two elements and write, emf_u": best(lambda: side.edit(big["emf_u"])),
        "encode from Python values, CT": best(lambda: side.encode(values)),
        "encode from Python values, emf": best(lambda: side.encode(nested)),
        "second access to ds.PatientName": best(side.attribute(data), 1000),
        "DICOM JSON of 500 instances": best(side.json(series)),
        "memory of 500 touched CT headers, MiB": memory(
            lambda: [side.touch(one) for one in series]
        ),
        "memory of the touched emf, MiB": memory(lambda: side.touch(big["emf"])),
    }


def measure_gdcm(folder: Path) -> dict[str, float]:
    """GDCM through its Python door: it has no lazy values, so reading is the task."""
    import gdcm as _gdcm

    gdcm: Any = _gdcm

    def header(path: Path) -> object:
        reader = gdcm.Reader()
        reader.SetFileName(str(path))
        reader.ReadUpToTag(gdcm.Tag(0x7FE0, 0x0010))
        return reader

    def read(path: Path) -> object:
        reader = gdcm.Reader()
        reader.SetFileName(str(path))
        reader.Read()
        return reader

    first = min((folder / "ct").glob("*.dcm"))
    return {
        "header of a CT, file access included": best(lambda: header(first)),
        "whole read, CT": best(lambda: read(first)),
        "whole read, 500 frames of undefined lengths": best(lambda: read(folder / "emf_u.dcm")),
        "whole read, report of undefined lengths": best(lambda: read(folder / "sr_u.dcm")),
    }


def main(words: list[str]) -> int:
    side, folder = words[0], Path(words[1])
    sides: dict[str, Callable[[], Ours | Pydicom]] = {"ours": Ours, "pydicom": Pydicom}
    print(json.dumps(measure(sides[side](), folder) if side in sides else measure_gdcm(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
