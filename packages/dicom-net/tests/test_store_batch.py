"""Many instances (NET-064 to NET-071), over exchanges without sockets."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from store_pair import NOW, Clock, Wire
from storing import CT, MR, instance, written

from dicom_net import AssociationRejected, ConnectionLost, NetMetrics
from dicom_net.services import (
    Announced,
    AssociationInfo,
    Batch,
    BatchConfig,
    BatchError,
    BatchProgress,
    BatchResult,
    Conversion,
    FileOutcome,
    FileResult,
    Job,
    ReceivedObject,
    StopSwitch,
    StorageHandler,
    StorageProvider,
    StoreConfig,
    StoreSource,
    files_below,
)
from dicom_net.ul import AssociateRJ


class Choosy(StorageHandler):
    """Refuses what is named, so many times."""

    def __init__(self, refuses: dict[str, int] | None = None, status: int = 0xA700) -> None:
        self.refuses = refuses or {}
        self.status = status
        self.got: list[str] = []

    def will_receive(self, info: AssociationInfo, announced: Announced) -> int:
        left = self.refuses.get(announced.sop_instance, 0)
        self.refuses[announced.sop_instance] = left - 1
        return self.status if left > 0 else 0

    def did_receive(self, received: ReceivedObject) -> None:
        self.got.append(received.sop_instance)


class Runner:
    """A door that runs jobs one after another."""

    def __init__(
        self,
        sources: Sequence[StoreSource] | Iterator[StoreSource],
        config: BatchConfig = BatchConfig(),  # noqa: B008 - frozen
        *,
        handler: Choosy | None = None,
        stop: StopSwitch | None = None,
        skips: bool = False,
        granted: int = 64,
    ) -> None:
        self.handler = handler or Choosy()
        self.provider = StorageProvider(handler=self.handler, now=lambda: NOW)
        self.clock = Clock()
        self.batch = Batch(sources, config, self.clock, stop=stop, skips=skips)
        self.events: list[object] = []
        self.wires: list[Wire] = []
        self.config = config

    def open(self, job: Job) -> Wire:
        wire = Wire(self.provider, job.contexts, window=self.config.window)
        self.wires.append(wire)
        return wire

    def run(self) -> BatchResult:
        while (job := self.batch.next_job()) is not None:
            wire = self.open(job)
            wire.run(job.operation(wire.user, self.clock))
            self.events += wire.given
        self.events += self.batch.end()
        result = self.events[-1]
        assert isinstance(result, BatchResult)
        return result

    @property
    def results(self) -> list[FileResult]:
        return [event for event in self.events if isinstance(event, FileResult)]

    @property
    def progress(self) -> list[BatchProgress]:
        return [event for event in self.events if isinstance(event, BatchProgress)]


def uid(number: int) -> str:
    return f"1.2.3.1.1.{number}"


def test_one_result_a_file_in_order_and_progress_up_to_the_end() -> None:
    runner = Runner([instance(number) for number in range(5)])
    result = runner.run()
    assert result
    assert [found.index for found in runner.results] == [0, 1, 2, 3, 4]
    assert [found.sop_instance for found in runner.results] == [uid(n) for n in range(5)]
    assert tuple(runner.results) == result.results
    assert runner.handler.got == [uid(n) for n in range(5)]
    assert len(runner.wires) == result.associations == 1
    assert [found.succeeded for found in runner.progress] == [1, 2, 3, 4, 5, 5]
    assert runner.progress[-1].fraction == 1
    assert runner.progress[-1].remaining == 0
    assert (result.total, result.succeeded, result.failed) == (5, 5, 0)
    assert result.bytes == sum(found.size for found in runner.results)
    assert result.rate == result.bytes / result.seconds
    assert result.by_outcome()[FileOutcome.SENT] == 5


def test_the_time_left_follows_from_the_rate(tmp_path: Path) -> None:
    runner = Runner([written(tmp_path, number) for number in range(10)])
    runner.run()
    third = runner.progress[2]
    assert third.fraction == pytest.approx(0.3)
    assert third.seconds_left == pytest.approx(third.seconds / 3 * 7)


def test_failures_are_told_and_the_others_are_sent(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no instance")
    sources: list[StoreSource] = [
        instance(0),
        text,
        instance(1),
        tmp_path / "gone.dcm",
        instance(2),
    ]
    runner = Runner(sources, handler=Choosy({uid(1): 1}, 0xC000))
    result = runner.run()
    assert not result
    assert not result.stopped
    assert [found.outcome.value for found in result.results] == [
        "sent", "failed", "failed", "failed", "sent",
    ]  # fmt: skip
    assert "no DICOM file" in result.results[1].error
    assert result.results[1].source == str(text)
    assert result.results[2].status == 0xC000
    assert result.results[2].error.startswith("the peer answered C000H, ")
    assert result.results[3].error == "No such file or directory"
    assert len(result.failures) == 3
    assert str(tmp_path) not in repr(result)  # names of files may name patients


def test_the_first_failure_ends_a_batch_that_wants_it() -> None:
    runner = Runner(
        [instance(number) for number in range(4)],
        BatchConfig.FAIL_FAST,
        handler=Choosy({uid(1): 1}, 0xC000),
    )
    result = runner.run()
    assert result.stopped
    assert [found.outcome.value for found in result.results] == [
        "sent", "failed", "not attempted", "not attempted",
    ]  # fmt: skip
    assert [found.index for found in result.not_attempted] == [2, 3]


def test_what_fails_for_lack_of_resources_is_tried_again() -> None:
    files = [instance(number) for number in range(3)]
    runner = Runner(files, BatchConfig(retries=1), handler=Choosy({uid(0): 1}))
    result = runner.run()
    assert result
    assert [found.attempts for found in result.results] == [2, 1, 1]
    assert [found.index for found in runner.results] == [0, 1, 2]  # told in order all the same
    assert not Runner(files, BatchConfig(retries=1), handler=Choosy({uid(0): 2})).run()
    assert not Runner(files, BatchConfig(retries=1), handler=Choosy({uid(0): 1}, 0xC000)).run()


def test_further_associations_after_so_many() -> None:
    runner = Runner([instance(number) for number in range(25)], BatchConfig(max_per_association=10))
    assert runner.run().associations == len(runner.wires) == 3


def test_a_delay_stands_between_instances() -> None:
    runner = Runner([instance(number) for number in range(3)], BatchConfig(delay=0.1))
    runner.run()
    assert runner.clock.slept == [0.1, 0.1, 0.1]


def test_a_stopped_batch_says_what_was_not_attempted() -> None:
    stop = StopSwitch()

    class Stops(Choosy):
        def did_receive(self, received: ReceivedObject) -> None:
            super().did_receive(received)
            if len(self.got) == 3:
                stop.set()

    runner = Runner([instance(number) for number in range(9)], handler=Stops(), stop=stop)
    result = runner.run()
    assert result.stopped
    assert result.succeeded == 3
    assert [found.index for found in result.not_attempted] == [3, 4, 5, 6, 7, 8]
    assert tuple(runner.results) == result.results  # each is told, those not attempted too


def test_who_iterates_no_further_gets_no_more_sent() -> None:
    runner = Runner([instance(number) for number in range(9)], BatchConfig(window=4))
    job = runner.batch.next_job()
    assert job is not None
    wire = runner.open(job)
    wire.run(job.operation(wire.user, runner.clock), enough=1)
    assert not wire.user.outstanding  # all that was sent is answered: it can be released
    assert 1 <= len(runner.handler.got) <= 4


@pytest.mark.parametrize("window", [1, 2, 16, 100])
def test_a_window_is_used(window: int) -> None:
    runner = Runner([instance(number) for number in range(50)], BatchConfig(window=window))
    assert runner.run().succeeded == 50
    granted = min(window, 64)
    writes = len(runner.wires[0].writes)
    assert writes <= 50 // granted + 1 if window > 1 else writes == 50


def test_long_ones_do_not_wait_for_others_in_memory(tmp_path: Path) -> None:
    paths = [written(tmp_path, number, size=200_000) for number in range(8)]
    runner = Runner(paths, BatchConfig(window=8))
    assert runner.run().succeeded == 8
    assert max(runner.wires[0].writes) < 500_000


def test_a_lost_association_is_opened_again_and_nothing_is_lost() -> None:
    runner = Runner([instance(number) for number in range(4)], BatchConfig(retries=1))
    job = runner.batch.next_job()
    assert job is not None
    for number in (0, 1):
        found = job.next()
        assert found is not None
        assert found[0] == number
    events = runner.batch.lost(job, ConnectionLost())
    assert events[0] == BatchError(text=str(ConnectionLost()), retrying=True)
    result = runner.run()
    assert result.succeeded == 4
    assert [found.attempts for found in result.results] == [2, 2, 1, 1]


def test_a_peer_that_ends_every_association_ends_the_batch() -> None:
    runner = Runner([instance(number) for number in range(4)], BatchConfig(retries=2))
    tries = 0
    while (job := runner.batch.next_job()) is not None:
        runner.batch.lost(job, ConnectionLost())
        tries += 1
        assert tries < 10
    result = runner.run()
    assert result.failed == 4
    assert result.error == str(ConnectionLost())


def test_a_rejection_for_good_is_not_tried_again() -> None:
    runner = Runner([instance(1)], BatchConfig(retries=5))
    job = runner.batch.next_job()
    assert job is not None
    rejected = AssociationRejected(AssociateRJ(1, 1, 7))
    events = runner.batch.lost(job, rejected)
    assert events[0] == BatchError(text=str(rejected), retrying=False)
    assert runner.batch.next_job() is None
    assert runner.run().failures[0].error == str(rejected)


def test_a_folder_is_sent_and_what_is_no_instance_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    written(tmp_path / "b", 1)
    written(tmp_path, 2)
    (tmp_path / "readme.txt").write_text("text")
    (tmp_path / "empty").touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    runner = Runner(list(files_below(tmp_path)), skips=True)
    result = runner.run()
    assert result
    assert (result.succeeded, result.skipped, result.failed) == (2, 2, 0)
    assert runner.handler.got == [uid(2), uid(1)]


def test_sources_that_come_one_by_one_are_looked_at_as_they_are_needed() -> None:
    looked: list[int] = []

    def coming() -> Iterator[StoreSource]:
        for number in range(10):
            looked.append(number)
            yield instance(number)

    runner = Runner(coming(), BatchConfig(ahead=4))
    first = runner.batch.next_job()
    assert first is not None
    assert looked == [0, 1, 2, 3]
    wire = runner.open(first)
    wire.run(first.operation(wire.user, runner.clock))
    assert runner.batch._progress().is_estimate
    assert runner.run().succeeded == 10
    assert len(runner.wires) == 3


def test_what_the_peer_takes_in_no_context_is_told_with_what_it_takes() -> None:
    runner = Runner([instance(1), instance(2, sop_class=MR)])
    runner.provider = StorageProvider(
        handler=runner.handler,
        now=lambda: NOW,
        classes=[CT],
        transfer_syntaxes=["1.2.840.10008.1.2"],
    )
    result = runner.run()
    assert [found.outcome.value for found in result.results] == ["sent", "failed"]
    assert result.results[0].transfer_syntax == "1.2.840.10008.1.2"
    assert "MR Image Storage" in result.results[1].error
    strict = BatchConfig(store=StoreConfig(conversion=Conversion.NEVER))
    runner = Runner([instance(1)], strict)
    runner.provider = StorageProvider(
        handler=runner.handler, now=lambda: NOW, transfer_syntaxes=["1.2.840.10008.1.2"]
    )
    assert runner.run().failed == 1


def test_metrics_agree_with_the_result() -> None:
    metrics = NetMetrics()
    files = [instance(number) for number in range(4)]
    config = BatchConfig(metrics=metrics, retries=1)
    result = Runner(files, config, handler=Choosy({uid(0): 1, uid(1): 9})).run()
    found = metrics.snapshot().operations["C-STORE"]
    assert found.success == result.succeeded == 3
    assert found.failure == 1 + 2  # one that was tried again, and one that was tried again in vain
    assert found.count == sum(file.attempts for file in result.results)


def test_settings_that_make_no_sense_are_refused() -> None:
    for wrong in ({"max_per_association": 0}, {"retries": -1}, {"parallel": 0}, {"window": 0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            BatchConfig(**wrong)  # type: ignore[arg-type]
