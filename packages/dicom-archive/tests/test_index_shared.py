"""Several threads, programs and nodes at one index; and a server that goes away."""

import signal
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from index_cases import Records
from index_state import orphans_in

from dicom_archive import ArchiveBusy, ArchiveDamaged, CommitInDoubt
from dicom_archive.index import Index
from dicom_core.store import DuplicatePolicy, Outcome

if TYPE_CHECKING:
    from tests.peers.postgres import Postgres

T = TypeVar("T")
NODES = 4


def _at_once(*works: Callable[[], T]) -> list[T]:
    """What each gives, all begun together."""
    barrier = Barrier(len(works))

    def begin(work: Callable[[], T]) -> T:
        barrier.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [one.result() for one in [pool.submit(begin, work) for work in works]]


def test_an_index_is_made_once_however_many_begin(shared_place: str) -> None:
    opened = _at_once(*[lambda: Index.open(shared_place)] * NODES)
    opened[0].add([Records()()])
    assert [index.totals()[0] for index in opened] == [1] * NODES
    for index in opened:
        index.close()


def test_nodes_that_take_the_same_at_once_agree(shared_place: str) -> None:
    """One of them stores an instance, the others have it already (case N18); counts and events are of one each."""
    rounds = 6
    nodes = [Index.open(shared_place) for _ in range(NODES)]
    makers = [Records(f"node{number}") for number in range(NODES)]

    def take(number: int) -> list[Outcome]:
        found = []
        for one in range(rounds):
            records = [
                makers[number](f"1.2.3.{one}.{other}", series=f"1.2.{other}", study=f"1.{one // 2}")
                for other in range(1, 4)
            ]
            for placed in nodes[number].add(records):
                assert not isinstance(placed, Exception)
                found.append(placed.outcome)
        return found

    outcomes = _at_once(*[lambda number=number: take(number) for number in range(NODES)])
    for one in zip(*outcomes, strict=True):
        assert sorted(one) == [Outcome.DUPLICATE] * (NODES - 1) + [Outcome.STORED]
    assert nodes[0].totals()[0] == rounds * 3
    assert [event.number for event in nodes[1].events()] == list(range(1, rounds * 3 + 1))
    orphans_in(nodes[0])
    for index in nodes:
        index.close()


def test_who_follows_the_events_misses_none(shared_place: str) -> None:
    """Numbers become visible in their order, whichever transaction is done first."""
    writers, rounds = 3, 12
    done = Event()
    nodes = [Index.open(shared_place) for _ in range(writers + 1)]

    def write(number: int) -> int:
        records = Records(f"node{number}")
        for one in range(rounds):
            nodes[number].add([records(f"1.{number}.{one}.{k}") for k in range(1 + one % 3)])
            if one % 4 == 3:
                nodes[number].delete("1.2", instance=f"1.{number}.{one}.0")
        return 0

    def follow() -> int:
        last = 0
        while True:
            ended = done.is_set()
            page = nodes[-1].events(last)
            assert [event.number for event in page] == list(range(last + 1, last + 1 + len(page)))
            last += len(page)
            if ended and not page:
                return last

    def write_all() -> int:
        _at_once(*[lambda number=number: write(number) for number in range(writers)])
        done.set()
        return 0

    last, _ = _at_once(follow, write_all)
    assert last == writers * (rounds * 2 + rounds // 4)
    orphans_in(nodes[0])
    for index in nodes:
        index.close()


def test_threads_read_while_one_writes(index: Index) -> None:
    """What is read is always whole, in memory as well."""
    records = Records()
    index.add([records(f"1.2.3.{number}") for number in range(1, 4)])
    done = Event()

    def write() -> int:
        for number in range(30):
            index.add([records("1.2.3.1", PatientComments=f"{number}")], DuplicatePolicy.REPLACE)
        done.set()
        return 0

    def read() -> int:
        seen = 0
        while not done.is_set() or not seen:
            assert len(index.instances("1.2")[0]) == 3
            kept = index.find("1.2.3.1")
            assert kept.instance.study == "1.2"
            assert index.headers(["1.2.3.1", "1.2.3.2", "9"]).keys() == {"1.2.3.1", "1.2.3.2"}
            seen += 1
        return seen

    assert all(_at_once(write, read, read)[1:])
    orphans_in(index)


# --- a server that goes away ----------------------------------------------------------------------------


def _end_sessions(index: Index) -> None:
    """As a restart of the server does: every connection is gone."""
    with index.connection() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE usename = current_user AND pid <> pg_backend_pid()"
        )


def test_lost_connections_are_made_anew(postgres: "Postgres") -> None:
    records = Records()
    place = postgres.schema()
    with Index.open(place) as index, Index.open(place) as other:
        index.add([records()])
        _end_sessions(other)
        index.add([records("1.2.3.5")])
        _end_sessions(other)
        assert index.totals()[0] == 2


def test_a_server_that_is_away_is_busy_and_found_again(postgres: "Postgres") -> None:
    records = Records()
    place = postgres.schema()
    with Index.open(place) as index:
        index.add([records()])
        postgres.stop(signal.SIGQUIT)  # at once, as in a crash
        try:
            for call in (lambda: index.add([records("1.2.3.5")]), index.totals):
                with pytest.raises(
                    ArchiveBusy, match="cannot be reached; nothing was changed"
                ) as busy:
                    call()
                assert busy.value.retryable
            with pytest.raises(ArchiveBusy, match="cannot be reached"):
                Index.open(place)
            with pytest.raises(ArchiveBusy), index.connection() as connection:
                connection.exec_driver_sql("SELECT 1")
        finally:
            postgres.__enter__()
        index.add([records("1.2.3.5")])
        assert index.totals()[0] == 2
        orphans_in(index)


@pytest.mark.parametrize(
    "what",
    [
        "PERFORM pg_terminate_backend(pg_backend_pid())",
        "RAISE EXCEPTION 'again' USING ERRCODE = 'serialization_failure'",
        "RAISE EXCEPTION 'again' USING ERRCODE = 'deadlock_detected'",
    ],
)
@pytest.mark.parametrize("when", ["DEFERRED", "IMMEDIATE"])
def test_what_fails_before_it_is_committed_is_done_again(
    postgres: "Postgres", what: str, when: str
) -> None:
    """The server ends the session, or asks for the transaction once more, in the midst of it or while it commits."""
    records = Records()
    with Index.open(postgres.schema()) as index:
        with index.connection() as connection:
            for statement in (
                "CREATE SEQUENCE turns",
                "CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF nextval('turns') = 1 THEN {what}; END IF; RETURN NULL; END $$",
                "CREATE CONSTRAINT TRIGGER stumble AFTER INSERT ON instance "
                f"DEFERRABLE INITIALLY {when} FOR EACH ROW EXECUTE FUNCTION stumble()",
            ):
                connection.exec_driver_sql(statement)
        (placed,) = index.add([records()])
        assert not isinstance(placed, Exception)
        assert placed.outcome is Outcome.STORED
        assert [event.number for event in index.events()] == [1]
        orphans_in(index)


def test_a_node_that_writes_for_long_keeps_others_waiting_and_no_longer(
    postgres: "Postgres",
) -> None:
    records = Records()
    place = postgres.schema()
    with Index.open(place) as index, Index.open(place, busy_seconds=0.05) as other:
        with index.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            connection.exec_driver_sql("SELECT id FROM total FOR UPDATE")
            with pytest.raises(ArchiveBusy, match="locked by another program"):
                other.add([records()])
            connection.exec_driver_sql("ROLLBACK")
        other.add([records()])


def test_a_server_that_takes_no_changes_is_told(postgres: "Postgres") -> None:
    place = postgres.schema()
    Index.open(place).close()
    with (
        Index.open(f"{place}%20-cdefault_transaction_read_only%3Don") as index,
        pytest.raises(ArchiveDamaged, match="cannot be written; give the user"),
    ):
        index.add([Records()()])


def test_a_traceback_tells_no_patient(postgres: "Postgres") -> None:
    records = Records()
    with Index.open(postgres.schema()) as index:
        with index.connection() as connection:
            connection.exec_driver_sql("CREATE UNIQUE INDEX ON patient (birth_date)")
        index.add([records(PatientBirthDate="19760228")])
        with pytest.raises(ArchiveDamaged) as damaged:
            index.add([records("1.2.3.5", PatientID="P2", PatientBirthDate="19760228")])
        shown = "".join(traceback.format_exception(damaged.value))
        assert "SQLSTATE 23505" in shown
        assert "19760228" not in shown.replace('PatientBirthDate="19760228"', "")


class _Forgetful:
    """A connection that is lost after the server committed, and before it said so."""

    def __init__(self, connection: Any, error: type[Exception]) -> None:
        self._connection = connection
        self._error = error

    def cursor(self) -> "_Forgetful":
        return _Forgetful(self._connection.cursor(), self._error)

    def execute(self, statement: str, *values: object) -> None:
        self._connection.execute(statement, *values)
        if statement == "COMMIT":
            raise self._error("the connection is lost")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


@pytest.mark.parametrize("answers", [True, False])
def test_a_commit_of_which_nothing_is_heard_is_asked_after(
    postgres: "Postgres", monkeypatch: pytest.MonkeyPatch, answers: bool
) -> None:
    import psycopg

    record = Records()()
    with Index.open(postgres.schema()) as index:
        database = index._database
        connect = database._connect
        calls: list[None] = []

        def lose() -> object:
            calls.append(None)
            if len(calls) == 1:
                return _Forgetful(connect(), psycopg.OperationalError)
            if not answers:
                raise psycopg.OperationalError("nobody is there")
            return connect()

        monkeypatch.setattr(database, "_connect", lose)
        if answers:
            (placed,) = index.add([record])
            assert not isinstance(placed, Exception)
            assert placed.outcome is Outcome.STORED
        else:
            with pytest.raises(CommitInDoubt, match="whether the change was made shows when"):
                index.add([record])
        monkeypatch.undo()
        assert index.totals()[0] == 1
