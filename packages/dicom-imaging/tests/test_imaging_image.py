"""`Image`: frames one by one and side by side, errors by class, slides, and what pickles."""

import pickle
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from imaging_datasets import JPEG, RLE, encapsulated, header, native, rle_frame

import dicom_core as dc
import dicom_imaging as di
from dicom_imaging.codecs import Bytes, Decoded, Registry, default_registry

LITTLE = "1.2.840.10008.1.2.1"
MPEG2 = "1.2.840.10008.1.2.4.100"
SR = "1.2.840.10008.5.1.4.1.1.88.11"


def rle_image(frames: int = 6, **options: object) -> di.Image:
    """An image whose frame N is all N."""
    dataset = encapsulated([rle_frame(at) for at in range(frames)], NumberOfFrames=frames)
    return di.open(dataset, transfer_syntax=RLE, **options)  # type: ignore[arg-type]


class TestFrames:
    def test_they_count_from_0_and_from_the_end(self) -> None:
        image = rle_image()
        assert len(image) == 6
        assert image.frame(2).tolist() == [[2] * 3] * 2
        assert image.frame(-1).max() == 5
        for wrong in (6, -7):
            for ask in (image.frame, image.encoded, image.decoded, image.min_max):
                with pytest.raises(IndexError):
                    ask(wrong)

    @pytest.mark.parametrize("workers", [1, 2, 5, None])
    def test_they_come_in_order(self, workers: int | None) -> None:
        image = rle_image(40)
        assert [one.max() for one in image.frames(workers=workers)] == list(range(40))
        assert [one.max() for one in image.frames([3, -1, 3], workers=workers)] == [3, 39, 3]
        assert list(image.frames([], workers=workers)) == []
        with pytest.raises(IndexError):
            image.frames([0, 40])

    def test_all_of_them_are_one_array(self) -> None:
        image = rle_image(3)
        array = image.array()
        assert array.shape == (3, 2, 3)
        assert array.dtype == np.uint8
        assert array[:, 0, 0].tolist() == [0, 1, 2]
        out = np.empty((3, 2, 3), np.uint8)
        assert image.array(out) is out
        for wrong in (np.empty((3, 2, 2), np.uint8), np.empty((3, 2, 3), np.int8)):
            with pytest.raises(ValueError, match="out"):
                image.array(wrong)

    def test_single_values(self) -> None:
        image = di.open(native(bytes(range(12)), "OB", NumberOfFrames=2))
        assert image.pixel(1, 2) == 5
        assert image.pixel(0, 1, frame=1) == 7
        assert image.min_max(1) == (6, 11)
        color = native(
            bytes(range(18)),
            "OB",
            SamplesPerPixel=3,
            PhotometricInterpretation="RGB",
            PlanarConfiguration=0,
        )
        assert di.open(color).pixel(0, 1) == (3, 4, 5)
        for place in ((2, 0), (0, 3), (-1, 0)):
            with pytest.raises(IndexError):
                image.pixel(*place)

    def test_planes_become_pixels(self) -> None:
        planes = native(
            bytes(range(18)),
            "OB",
            SamplesPerPixel=3,
            PhotometricInterpretation="RGB",
            PlanarConfiguration=1,
        )
        assert di.open(planes).frame()[0].tolist() == [[0, 6, 12], [1, 7, 13], [2, 8, 14]]


class Slow:
    """A codec that counts how many frames are decoded at once; frame data are a number and padding."""

    name = "slow"
    decodes = frozenset({JPEG})

    def __init__(self, together: int = 1) -> None:
        self.now = self.most = self.calls = 0
        self._lock = threading.Lock()
        self._meet = threading.Barrier(together) if together > 1 else None

    def decode(
        self, data: Bytes, descriptor: di.PixelDescriptor, limits: di.PixelLimits
    ) -> Decoded:
        with self._lock:
            self.now += 1
            self.calls += 1
            self.most = max(self.most, self.now)
        if self._meet is not None:
            self._meet.wait(30)
        if bytes(data) == b"bad!":
            raise di.DecodeError("it is bad", segment=1, offset=2)
        pixels = np.full(descriptor.shape, data[0], descriptor.dtype)
        with self._lock:
            self.now -= 1
        return Decoded(pixels, descriptor.photometric)


class Batched(Slow):
    """One that takes several frames at once."""

    def decode_batch(
        self, frames: "list[Bytes]", descriptor: di.PixelDescriptor, limits: di.PixelLimits
    ) -> list[Decoded]:
        if any(bytes(one) == b"bad!" for one in frames):
            raise di.DecodeError("one of them is bad")
        self.most = max(self.most, len(frames))
        return [
            Decoded(np.full(descriptor.shape, one[0]), descriptor.photometric) for one in frames
        ]


def slow_image(codec: Slow, frames: int, limits: di.PixelLimits, bad: int = -1) -> di.Image:
    data = [b"bad!" if at == bad else bytes((at, 0)) for at in range(frames)]
    return di.open(
        encapsulated(data, NumberOfFrames=frames), transfer_syntax=JPEG, limits=limits,
        registry=default_registry().register(codec),
    )  # fmt: skip


class TestSideBySide:
    def test_workers_really_work_at_the_same_time(self) -> None:
        codec = Slow(together=3)
        image = slow_image(codec, 9, di.PixelLimits())
        assert [one.max() for one in image.frames(workers=3)] == list(range(9))
        assert codec.most == 3

    def test_look_ahead_is_bounded(self) -> None:
        codec = Slow()
        frames = slow_image(codec, 50, di.PixelLimits()).frames(workers=2)
        next(frames)
        frames.close()  # type: ignore[attr-defined]
        assert codec.calls <= 5

    def test_X18_who_does_not_fit_into_the_budget_waits(self) -> None:
        codec = Slow()
        image = slow_image(codec, 40, di.PixelLimits(in_flight=2 * 6))  # two frames of 6 bytes
        got: dict[int, int] = {}

        def work(part: int) -> None:
            for at in range(part, 40, 8):
                got[at] = int(image.frame(at).max())

        threads = [threading.Thread(target=work, args=(part,)) for part in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert got == {at: at for at in range(40)}
        assert codec.most <= 2

    def test_a_budget_is_shared_and_a_giant_runs_alone(self) -> None:
        budget = di.DecodeBudget(10)
        with budget.hold(100):
            assert budget.used == 100
        assert budget.used == 0
        codec = Slow()
        images = [
            di.open(
                encapsulated([b"a\0"]), transfer_syntax=JPEG, budget=budget,
                registry=default_registry().register(codec),
            )
            for _ in range(4)
        ]  # fmt: skip
        threads = [threading.Thread(target=image.frame) for image in images]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (codec.calls, codec.most) == (4, 1)

    def test_batches_are_used_where_a_codec_takes_them(self) -> None:
        codec = Batched()
        image = slow_image(codec, 9, di.PixelLimits())
        assert [one.max() for one in image.frames(workers=2)] == list(range(9))
        assert (codec.most, codec.calls) == (4, 0)

    @pytest.mark.parametrize("codec", [Slow, Batched])
    @pytest.mark.parametrize("workers", [1, 2])
    def test_an_error_carries_its_frame_and_comes_in_its_place(
        self, codec: type[Slow], workers: int
    ) -> None:
        image = slow_image(codec(), 9, di.PixelLimits(), bad=5)
        got: list[int] = []
        with pytest.raises(di.FrameDecodeError) as caught:
            got.extend(int(one.max()) for one in image.frames(workers=workers))
        assert caught.value.frame == 5
        assert (caught.value.uid, caught.value.segment, caught.value.offset) == (JPEG, 1, 2)
        assert "it is bad" in str(caught.value)
        whole_batches = 5 // (2 * workers) * 2 * workers
        assert got == list(range(whole_batches if codec is Batched else 5))


class TestErrors:
    def test_no_pixels(self) -> None:
        report = dc.Dataset({"SOPClassUID": SR})
        assert di.try_open(report) is None
        with pytest.raises(di.MissingPixelData) as caught:
            di.open(report)
        assert "Basic Text SR" in str(caught.value)
        with pytest.raises(di.MissingPixelData):
            di.open(dc.Dataset())

    def test_no_descriptor(self) -> None:
        dataset = native(bytes(6))
        del dataset["Rows"]
        with pytest.raises(di.MissingPixelDescriptor):
            di.try_open(dataset)

    def test_no_transfer_syntax(self) -> None:
        dataset = encapsulated([rle_frame(1)])
        with pytest.raises(di.MissingTransferSyntax):
            di.open(dataset)
        file = dc.DicomFile.new(dataset, RLE)
        data = file.to_bytes()
        head = data.index(b"\x02\x00\x10\x00UI")
        without = data.replace(data[head : head + 28], b"")  # its tag, VR, length and value
        with pytest.raises(di.MissingTransferSyntax):
            di.open(without)
        assert di.open(without, transfer_syntax=RLE).frame().max() == 1

    def test_nobody_decodes_it(self) -> None:
        file = dc.DicomFile.new(encapsulated([b"\0\0\1\xb3"]), MPEG2)
        image = di.open(file.to_bytes())
        assert image.dataset.Rows == 2
        with pytest.raises(di.UnsupportedTransferSyntax) as caught:
            image.frame()
        assert caught.value.uid == MPEG2
        assert "MPEG2" in caught.value.name
        assert image.encoded() == b"\0\0\1\xb3"
        empty = di.open(file, registry=Registry())
        with pytest.raises(di.UnsupportedTransferSyntax):
            list(empty.frames())

    def test_pixels_that_are_elsewhere(self) -> None:
        dataset = header()
        dataset.PixelDataProviderURL = "https://example.org/1"
        with pytest.raises(di.UnsupportedTransferSyntax):
            di.open(dataset, transfer_syntax="1.2.840.10008.1.2.4.94")

    def test_a_frame_that_cannot_be_found_or_decoded(self) -> None:
        with pytest.raises(di.FrameExtractionError) as found:
            di.open(native(bytes(8), "OB", NumberOfFrames=2)).frame(1)
        assert found.value.frame == 1
        dataset = encapsulated([rle_frame(1), b"\xff" * 70], NumberOfFrames=2)
        with pytest.raises(di.FrameDecodeError) as decoded:
            di.open(dataset, transfer_syntax=RLE).frame(1)
        assert (decoded.value.frame, decoded.value.uid) == (1, RLE)

    def test_labels_that_lie(self) -> None:
        with pytest.raises(di.FrameExtractionError, match="pass transfer_syntax="):
            di.open(encapsulated([rle_frame(1)]), transfer_syntax=LITTLE)
        image = di.open(native(bytes(range(6)), "OB"), transfer_syntax=JPEG)
        assert image.frame().tolist() == [[0, 1, 2], [3, 4, 5]]
        assert [finding.rule for finding in image.findings] == ["not-encapsulated"]
        with pytest.raises(di.FrameExtractionError, match="not encapsulated"):
            di.open(native(bytes(4), "OB"), transfer_syntax=JPEG)

    def test_limits(self) -> None:
        image = rle_image(6, limits=di.PixelLimits(frame=5))
        for ask in (image.frame, lambda: list(image.frames()), image.array):
            with pytest.raises(dc.LimitExceeded) as caught:
                ask()
            assert caught.value.limit == "frame"
        with pytest.raises(dc.LimitExceeded):
            rle_image(6, limits=di.PixelLimits(array=35)).array()
        with pytest.raises(dc.LimitExceeded):
            rle_image(6, limits=di.PixelLimits(frames=5))


def test_an_image_pickles(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    dc.write(
        dc.DicomFile.new(encapsulated([rle_frame(3), rle_frame(4)], NumberOfFrames=2), RLE), path
    )
    stored = di.open(path).index.to_bytes()
    for image in (di.open(path), di.open(path, index=stored), rle_image(5)):
        again = pickle.loads(pickle.dumps(image))
        assert again.frame(1).tolist() == image.frame(1).tolist()
        assert repr(again) == repr(image)
        assert again.index == image.index


def sources(path: Path) -> "Iterator[object]":
    yield path
    yield str(path)
    yield path.read_bytes()
    yield memoryview(path.read_bytes())
    with path.open("rb") as file:
        yield file
    yield dc.PathSource(path)
    yield dc.read(path)


def test_everything_that_holds_a_file_opens(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    dc.write(dc.DicomFile.new(encapsulated([rle_frame(3)]), RLE), path)
    for source in sources(path):
        image = di.open(source)  # type: ignore[arg-type]
        assert image.frame().max() == 3
        assert image.transfer_syntax == RLE


def test_shortcuts() -> None:
    dataset = native(bytes(range(6)), "OB", RescaleSlope="2", RescaleIntercept="-10", Modality="CT")
    dataset.WindowCenter, dataset.WindowWidth = ["3", "9"], ["4", "8"]
    image = di.open(dataset)
    assert (image.rows, image.columns, image.slope, image.intercept) == (2, 3, 2.0, -10.0)
    assert image.window is not None
    assert [(one.center, one.width) for one in image.windows()] == [(3, 4), (9, 8)]
    assert image.units().values.tolist() == [[-10, -8, -6], [-4, -2, 0]]
    assert image.display(window=(0, 1)).dtype == np.uint8
    assert image.display(window=(0, 1)).tolist() == di.display_frame(image, window=(0, 1)).tolist()
    assert image.overlays() == []
    plain = di.open(native(bytes(6)))
    assert (plain.slope, plain.intercept, plain.window) == (1.0, 0.0, None)


class TestTiles:
    @staticmethod
    def slide(frames: int, **attributes: object) -> dc.Dataset:
        dataset = native(
            bytes(at for at in range(frames) for _ in range(4)),
            "OB",
            Columns=2,
            NumberOfFrames=frames,
        )
        dataset.TotalPixelMatrixRows, dataset.TotalPixelMatrixColumns = 3, 5
        dataset.update(attributes)
        return dataset

    def test_a_full_grid(self) -> None:
        image = di.open(self.slide(12, DimensionOrganizationType="TILED_FULL"))
        tiles = image.tiles
        assert (tiles.rows, tiles.columns, tiles.planes, tiles.channels) == (2, 3, 1, 2)
        for frame in range(12):
            place = tiles.position(frame)
            assert place is not None
            row, column, plane, channel = place
            assert tiles.frame(row, column, plane=plane, channel=channel) == frame
            tile = image.tile(row, column, plane=plane, channel=channel)
            assert tile is not None
            assert tile.max() == frame
        assert tiles.frame(1, 2, channel=1) == 11
        for wrong in ((2, 0), (0, 3), (-1, 0)):
            with pytest.raises(IndexError):
                image.tile(*wrong)
        planes = di.open(
            self.slide(12, DimensionOrganizationType="TILED_FULL", TotalPixelMatrixFocalPlanes=2)
        ).tiles
        assert (planes.planes, planes.channels, planes.frame(0, 1, plane=1)) == (2, 1, 7)
        with pytest.raises(di.PixelDataError, match="grid"):
            _ = di.open(self.slide(7, DimensionOrganizationType="TILED_FULL")).tiles

    def test_a_sparse_one(self) -> None:
        dataset = self.slide(3, DimensionOrganizationType="TILED_SPARSE")
        items = []
        for row, column in ((3, 1), (1, 5), (1, 1)):
            place = dc.Dataset()
            place.RowPositionInTotalImagePixelMatrix = row
            place.ColumnPositionInTotalImagePixelMatrix = column
            items.append(dc.Dataset({"PlanePositionSlideSequence": [place]}))
        dataset.PerFrameFunctionalGroupsSequence = items
        image = di.open(dataset)
        found = {
            (row, column): image.tiles.frame(row, column) for row in range(2) for column in range(3)
        }
        assert found == {(0, 0): 2, (0, 1): None, (0, 2): 1, (1, 0): 0, (1, 1): None, (1, 2): None}
        tile = image.tile(0, 2)
        assert tile is not None
        assert tile.max() == 1
        assert image.tile(1, 1) is None
        assert image.tiles.position(0) == di.TilePosition(1, 0)

    def test_what_is_no_slide(self) -> None:
        with pytest.raises(di.MissingPixelDescriptor, match="TotalPixelMatrixRows"):
            di.open(native(bytes(6))).tile(0, 0)
