"""Making UIDs: valid, different, and the same again from a seed."""

import os
import re
import threading

import pytest

from dicom_core._uid import UIDGenerator, generate_uid
from dicom_core.values import UID, InvalidValue

VALID = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*").fullmatch


def test_random_uids_are_those_of_uuids() -> None:
    from uuid import RFC_4122, UUID

    uid = generate_uid()
    assert isinstance(uid, UID)
    root, number = uid.rsplit(".", 1)
    assert root == "2.25"
    uuid = UUID(int=int(number))
    assert (uuid.version, uuid.variant) == (4, RFC_4122)


@pytest.mark.slow
@pytest.mark.parametrize("root", [None, "1.2.826.0.1.3680043.8.498", "1." + "2" * 41])
def test_many_uids_are_valid_and_different(root: str | None) -> None:
    generator = UIDGenerator(root)
    # The whole million without a root; the other suffixes need no more than show that they differ.
    count = 1_000_000 if root is None else 100_000
    seen = {generator.uid() for _ in range(count)}
    assert len(seen) == count
    prefix = generator.root + "."
    assert all(len(uid) <= 64 and uid.startswith(prefix) for uid in seen)
    assert all(VALID(uid) for uid in list(seen)[:100_000])


def test_roots() -> None:
    assert UIDGenerator("1.2.3.").root == "1.2.3"
    assert generate_uid("1.2.3").startswith("1.2.3.")
    for root in ("", "01.2", "1..2", "a", "1." + "2" * 42, "1." + "2" * 70):
        with pytest.raises(InvalidValue):
            UIDGenerator(root)


def test_a_seed_gives_the_same_uids() -> None:
    def some(generator: UIDGenerator) -> list[UID]:
        makers = [
            generator.study, generator.series, generator.instance, generator.transaction,
            generator.frame_of_reference, generator.uid,
        ]  # fmt: skip
        return [make() for make in makers for _ in range(50)]

    first = some(UIDGenerator(seed="tests"))
    assert first == some(UIDGenerator(seed="tests"))
    assert len(set(first)) == len(first)
    assert all(uid.is_valid for uid in first)
    assert not set(first) & set(some(UIDGenerator(seed="other")))
    assert (
        UIDGenerator(seed=1).uid() != UIDGenerator(seed="1").uid() != UIDGenerator(seed=b"1").uid()
    )
    assert UIDGenerator("1.2.3", seed=1).uid() == UIDGenerator("1.2.3", seed=1).uid()


@pytest.mark.parametrize("seed", [None, "shared"])
def test_threads_never_get_the_same_uid(seed: str | None) -> None:
    generator = UIDGenerator(seed=seed)
    found: list[UID] = []

    def make() -> None:
        found.extend([generator.uid() for _ in range(5000)])

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == len(found) == 40_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_forked_processes_never_get_the_same_uid() -> None:
    generator = UIDGenerator()
    generator.uid()
    found = [generator.uid() for _ in range(1000)]
    for _ in range(3):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writer, "\n".join([generator.uid() for _ in range(1000)]).encode())
            os._exit(0)
        os.close(writer)
        data = b""
        while chunk := os.read(reader, 65536):
            data += chunk
        os.close(reader)
        os.waitpid(child, 0)
        found += [UID(line) for line in data.decode().split("\n")]
    assert len(set(found)) == len(found) == 4000
