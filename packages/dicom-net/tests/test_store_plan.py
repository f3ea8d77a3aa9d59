"""Which associations a batch needs (NET-064, NET-068): tables, without I/O."""

import pytest

from dicom_net.services import Conversion, Header, Planned, plan
from dicom_net.services._store_plan import contexts_for

CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
J2K, JPEG = "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.50"


def headers(*pairs: tuple[str, str]) -> list[Header]:
    return [Header(number, *pair) for number, pair in enumerate(pairs)]


@pytest.mark.parametrize(
    ("conversion", "syntaxes", "wanted"),
    [
        ("never", [EXPLICIT], [EXPLICIT]),
        ("never", [J2K, IMPLICIT], [J2K, IMPLICIT]),
        ("uncompressed", [EXPLICIT], [EXPLICIT, IMPLICIT]),
        ("uncompressed", [IMPLICIT], [IMPLICIT, EXPLICIT]),
        ("uncompressed", [J2K], [J2K]),
        ("uncompressed", [J2K, EXPLICIT], [J2K, EXPLICIT, IMPLICIT]),
        ("lossless", [J2K], [J2K, EXPLICIT, IMPLICIT]),
        ("lossy", [JPEG, IMPLICIT], [JPEG, IMPLICIT, EXPLICIT]),
    ],
)
def test_the_contexts_of_a_class(conversion: str, syntaxes: list[str], wanted: list[str]) -> None:
    assert list(contexts_for(syntaxes, Conversion(conversion))) == wanted


def test_a_mixed_batch_needs_one_association_with_minimal_contexts() -> None:
    found = plan(headers((CT, EXPLICIT), (MR, J2K), (CT, EXPLICIT), (CT, J2K)))
    assert found == (
        Planned(
            (
                (CT, (EXPLICIT,)),
                (CT, (J2K,)),
                (CT, (IMPLICIT,)),
                (MR, (J2K,)),
            ),
            (0, 1, 2, 3),
        ),
    )


def test_nothing_needs_none() -> None:
    assert plan([]) == ()


@pytest.mark.parametrize("classes", [64, 65, 128, 129, 300])
def test_beyond_128_contexts_further_associations_are_opened(classes: int) -> None:
    found = plan(headers(*((f"1.2.{number % classes}", EXPLICIT) for number in range(2 * classes))))
    assert len(found) == -(-classes // 64)  # two contexts a class
    assert all(len(planned.contexts) <= 128 for planned in found)
    assert sorted(number for planned in found for number in planned.items) == list(
        range(2 * classes)
    )
    for planned in found:  # each has the contexts of what goes over it, and each in its order
        assert list(planned.items) == sorted(planned.items)
        assert {f"1.2.{number % classes}" for number in planned.items} == {
            uid for uid, _ in planned.contexts
        }


def test_a_small_class_fills_the_room_that_a_large_one_left() -> None:
    many = [("1.9", f"1.2.840.10008.1.2.4.{number}") for number in range(127)]
    found = plan(
        headers(*many, ("1.8", J2K), ("1.8", JPEG), ("1.7", J2K)), conversion=Conversion.NEVER
    )
    assert [len(planned.contexts) for planned in found] == [128, 2]
    assert found[0].items[-1] == 129  # of class 1.7


def test_no_more_than_so_many_over_one_association() -> None:
    found = plan(headers(*[(CT, EXPLICIT)] * 250), max_items=100)
    assert [len(planned.items) for planned in found] == [100, 100, 50]
    assert [planned.items[0] for planned in found] == [0, 100, 200]


def test_lanes_end_together_and_their_first_parts_come_first() -> None:
    found = plan(headers(*[(CT, EXPLICIT)] * 10), lanes=4)
    assert [planned.items for planned in found] == [(0, 4, 8), (1, 5, 9), (2, 6), (3, 7)]
    cut = plan(headers(*[(CT, EXPLICIT)] * 8), lanes=2, max_items=2)
    assert [planned.items for planned in cut] == [(0, 2), (1, 3), (4, 6), (5, 7)]


def test_a_lane_proposes_only_what_goes_over_it() -> None:
    found = plan(headers((CT, J2K), (MR, J2K)), lanes=2)
    assert [planned.contexts for planned in found] == [((CT, (J2K,)),), ((MR, (J2K,)),)]
