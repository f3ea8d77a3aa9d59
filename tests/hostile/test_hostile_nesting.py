"""Depth and number (F05, F06, F07, F08, F16, F18): policy limits, never the stack; linear, never quadratic."""

import copy
import pickle
from collections.abc import Callable
from unittest.mock import patch

import dicom_core as dc

from .make import (
    EXPLICIT_BE,
    IMPLICIT,
    UNDEFINED,
    element,
    file,
    implicit,
    item,
    item_end,
    sequence_end,
)
from .sandbox import SECRET, attempt, hostile, over_budget, reads, refused, strictly

DEEP = 10_000
SEQUENCE = 0x0040A730


def nested_undefined(depth: int, *, explicit: bool, closed: bool = True) -> bytes:
    sequence = (
        element(SEQUENCE, "SQ", b"", UNDEFINED) if explicit else implicit(SEQUENCE, b"", UNDEFINED)
    )
    name = element(0x0040A160, "UT", b"x ") if explicit else implicit(0x0040A160, b"x ")
    opened = (sequence + item(b"", UNDEFINED)) * depth + name
    return opened + (item_end + sequence_end) * depth if closed else opened


def nested_defined(depth: int) -> bytes:
    content = element(0x0040A160, "UT", b"x ")
    layers = [content]
    size = len(content)
    for _ in range(depth):
        head = element(SEQUENCE, "SQ", b"", size + 8) + item(b"", size)
        layers.append(head)
        size += len(head)
    return b"".join(reversed(layers))


def nested_un(depth: int) -> bytes:
    opened = element(0x00091010, "UN", item(b"", UNDEFINED), UNDEFINED)
    opened += (implicit(SEQUENCE, item(b"", UNDEFINED), UNDEFINED)) * (depth - 1)
    return opened + implicit(0x0040A160, b"x ") + (item_end + sequence_end) * depth


def built(depth: int) -> dc.Dataset:
    """The same made in memory."""
    ds = dc.Dataset({"TextValue": "x"})
    for _ in range(depth):
        ds = dc.Dataset({"ContentSequence": [ds]})
    return ds


USES: dict[str, Callable[[dc.Dataset], object]] = {
    "walk": lambda ds: sum(1 for _ in ds.walk()),
    "str": str,
    "html": lambda ds: ds._repr_html_(),
    "repr": repr,
    "copy": lambda ds: ds.copy(),
    "copy.deepcopy": copy.deepcopy,
    "==": lambda ds: ds == ds.copy(),
    "diff": lambda ds: ds.diff(ds.copy()),
    "pickle": lambda ds: pickle.loads(pickle.dumps(ds)),
    "write": lambda ds: ds.to_bytes(),
    "rewrite": lambda ds: ds.to_bytes(IMPLICIT),
    "big endian": lambda ds: ds.to_bytes(EXPLICIT_BE),
    "is_edited": lambda ds: ds.is_edited,
    "check": dc.check,
    "JSON": dc.json.encode,
    "XML": dc.xml.encode,
    "values": lambda ds: list(ds.values()),
}


@hostile(memory=64, seconds=30)
def test_F05_sequences_nested_ten_thousand_deep() -> None:
    cases = {
        "explicit, undefined": (nested_undefined(DEEP, explicit=True), "1.2.840.10008.1.2.1"),
        "implicit, undefined": (nested_undefined(DEEP, explicit=False), IMPLICIT),
        "never closed": (
            nested_undefined(DEEP, explicit=True, closed=False),
            "1.2.840.10008.1.2.1",
        ),
        "implicit, never closed": (nested_undefined(DEEP, explicit=False, closed=False), IMPLICIT),
        "defined": (nested_defined(DEEP), "1.2.840.10008.1.2.1"),
        "in UN": (nested_un(DEEP), "1.2.840.10008.1.2.1"),
    }
    for case, (body, syntax) in cases.items():
        data = file(body, syntax)
        error = refused(dc.read, data, dc.ReadOptions(strict=True))
        assert isinstance(error, dc.LimitExceeded), f"{case}: {error}"
        assert error.limit == "depth", case
        if attempt(dc.read, data) is not None:
            continue
        found = dc.read(data)
        _every_use(case, found.dataset)
        late = attempt(getattr, found, "findings")
        if late is None:
            assert "limit-depth" in {one.rule for one in found.findings}, case
        else:  # what reading put off is read now
            assert isinstance(late, dc.LimitExceeded), case


@hostile(memory=64, seconds=30)
def test_F05_sequences_built_ten_thousand_deep() -> None:
    _every_use("built", built(DEEP))


def _every_use(case: str, ds: dc.Dataset) -> None:
    """What goes down all levels ends with the limit; what looks at the top goes well."""
    for name, use in USES.items():
        try:
            error = attempt(use, ds)
        except RecursionError:
            raise AssertionError(f"{case}: {name} recurses") from None
        assert error is None or isinstance(error, dc.LimitExceeded), f"{case}, {name}"


@hostile(memory=64, seconds=30)
def test_F05_the_depth_that_is_allowed_works_everywhere() -> None:
    for body, syntax in (
        (nested_undefined(100, explicit=True), "1.2.840.10008.1.2.1"),
        (nested_undefined(100, explicit=False), IMPLICIT),
        (nested_defined(100), "1.2.840.10008.1.2.1"),
        (nested_un(100), "1.2.840.10008.1.2.1"),
    ):
        data = file(body, syntax)
        assert {one.rule for one in reads(data).findings} <= {"private-creator-missing"}
        for name, use in USES.items():
            use(reads(data).dataset)
            assert name
        assert sum(1 for _ in reads(data).dataset.walk()) == 101
        twin = dc.read_dataset(reads(data).dataset.to_bytes())
        assert twin == reads(data).dataset


@hostile(memory=256, seconds=30)  # paths grow with the depth
def test_F05_a_higher_limit_is_a_limit_too() -> None:
    options = dc.ReadOptions(limits=dc.Limits(depth=20_000))
    for body, syntax in (
        (nested_undefined(DEEP, explicit=True), "1.2.840.10008.1.2.1"),
        (nested_undefined(DEEP, explicit=False, closed=False), IMPLICIT),
        (nested_defined(3000), "1.2.840.10008.1.2.1"),
    ):
        data = file(body, syntax)
        try:
            ds = dc.read(data, options).dataset
        except dc.LimitExceeded:
            continue
        _every_use("higher limit", ds)


@hostile(memory=600, seconds=60)
def test_F06_a_million_empty_items() -> None:
    items = item() * 1_000_000
    data = file(element(0x00081140, "SQ", items))
    ds = reads(data).dataset
    error = refused(lambda: len(ds["ReferencedImageSequence"]))  # type: ignore[arg-type]
    assert isinstance(error, dc.LimitExceeded)
    assert error.limit == "elements"
    fewer = file(element(0x00081140, "SQ", item() * 100_000))
    assert len(reads(fewer).dataset["ReferencedImageSequence"]) == 100_000  # type: ignore[arg-type]


@hostile(memory=600, seconds=60)  # the input itself, several times
def test_F06_three_million_empty_items_cost_what_the_budget_allows() -> None:
    for body in (
        element(0x00081140, "SQ", item() * 3_000_000),
        element(0x00081140, "SQ", item() * 3_000_000, UNDEFINED) + sequence_end,
    ):
        data = file(body)
        with over_budget(140):
            ds = dc.read(data).dataset
            error = refused(lambda ds=ds: len(ds["ReferencedImageSequence"]))  # type: ignore[misc]
            assert isinstance(error, dc.LimitExceeded)


@hostile(memory=64, seconds=20)
def test_F07_items_and_delimiters_in_the_wrong_place() -> None:
    inner = implicit(0x00081150, b"1.2.3\0")
    end = implicit(0x00200013, b"7 ")
    cases = {
        "item longer than its sequence": implicit(0x00081140, item(inner, 400)) + end,
        "sequence longer than the file": implicit(0x00081140, item(inner), 4000),
        "no item delimiter": implicit(0x00081140, item(inner, UNDEFINED) + sequence_end, UNDEFINED)
        + end,
        "no sequence delimiter": implicit(0x00081140, item(inner), UNDEFINED) + end,
        "no delimiter at all": implicit(0x00081140, item(inner, UNDEFINED), UNDEFINED),
        "delimiters the wrong way round": implicit(
            0x00081140, item(inner, UNDEFINED) + sequence_end + item_end, UNDEFINED
        )
        + end,
        "delimiter between elements": inner + item_end + end,
        "sequence delimiter between elements": inner + sequence_end + end,
        "item between elements": inner + item(b"12345678") + end,
        "item delimiter between items": implicit(
            0x00081140, item(inner) + item_end + item(inner), UNDEFINED
        )
        + sequence_end
        + end,
        "no item": implicit(0x00081140, inner) + end,
    }
    for case, body in cases.items():
        data = file(body, IMPLICIT)
        found = reads(data)
        assert found.findings, case
        assert all(
            one.offset is not None and 132 <= one.offset <= len(data) for one in found.findings
        ), case
        error = strictly(data)
        assert error.rule in {one.rule for one in found.findings}, case
        values = [one.raw for one in found.dataset.walk() if one.tag == 0x00081150]
        assert set(values) <= {b"1.2.3\0"}, case
        assert list(found.dataset.walk()), case


@hostile(memory=64, seconds=20)
def test_F08_un_of_undefined_length_holds_implicit_data() -> None:
    name = implicit(0x00100010, SECRET.encode())
    deeper = implicit(0x00091011, item(name, UNDEFINED) + item_end + sequence_end, UNDEFINED)
    body = element(0x00090010, "LO", b"ACME")
    body += element(0x00091010, "UN", item(deeper, UNDEFINED) + item_end + sequence_end, UNDEFINED)
    body += element(0x00100020, "LO", b"7 ")
    found = reads(file(body))
    assert found.dataset.PatientID == "7"
    assert [one.raw for one in found.dataset.walk() if one.tag == 0x00100010] == [SECRET.encode()]
    assert dc.read(found.to_bytes()).dataset == found.dataset
    # without its delimiter it does not run through what follows unseen
    runaway = file(
        element(0x00091010, "UN", item(name, UNDEFINED) + item_end, UNDEFINED) + body[-10:]
    )
    assert "delimiter-missing" in {one.rule for one in reads(runaway).findings}


@hostile(memory=200, seconds=60)
def test_F16_elements_again_and_again() -> None:
    body = (
        element(0x00020010, "UI", b"1.2.3\0")
        + element(0x00000100, "US", b"\1\0")
        + element(0x00100020, "LO", b"1 ")
        + element(0x00100010, "PN", SECRET.encode())
        + element(0x00100020, "LO", b"2 ")
        + element(0x00080060, "CS", b"CT")
    )
    found = reads(file(body))
    assert {"group-misplaced", "tag-duplicate", "tag-order"} <= {one.rule for one in found.findings}
    assert found.dataset.PatientID == "2"  # the last one counts
    assert list(found.dataset) == sorted(found.dataset)
    twin = dc.read(found.to_bytes())
    assert twin.dataset == found.dataset
    found.dataset.PatientID = "3"
    assert dc.read(found.to_bytes()).dataset.PatientID == "3"
    for again in (
        element(0x00080060, "CS", b"CT"),
        element(0x00080060, "CS", b"CT") + element(0x00080018, "UI", b"1."),
        item_end,
        element(0x00081140, b"??", b"1234"),
    ):
        data = file(element(0x00080060, "CS", b"CT") + again * 200_000)
        with over_budget(60):
            assert len(reads(data).findings) <= dc.Limits().findings + 1
        error = refused(dc.read, data, dc.ReadOptions(limits=dc.Limits(elements=1000)))
        assert isinstance(error, dc.LimitExceeded)


@hostile(memory=600, seconds=90)
def test_F18_private_creators_without_number() -> None:
    groups = [0x0009 + 2 * number for number in range(1200)]
    body = b"".join(
        element(group << 16 | block, "LO", b"ACME %03d" % block)
        for group in groups
        for block in range(0x10, 0x100)
    )
    data = file(body)
    found = reads(data)
    assert len(found.dataset) == len(groups) * 0xF0
    assert dc.read(found.to_bytes()).to_bytes() == data
    found.dataset.PatientID = "1"
    assert dc.read(found.to_bytes()).dataset.PatientID == "1"
    blocks = list(dc.private_blocks(found.dataset))
    assert len(blocks) == len(groups) * 0xF0


@hostile(memory=64, seconds=20)
def test_F18_private_elements_without_their_creator() -> None:
    for body in (
        element(0x00291001, "LO", SECRET.encode()),
        element(0x00290010, "LO", b"") + element(0x00291101, "LO", SECRET.encode()),
        element(0x00290010, "OB", b"\xff\xfe") + element(0x00291001, "LO", SECRET.encode()),
        element(0x00290001, "LO", SECRET.encode()),
    ):
        data = file(body)
        found = reads(data)
        list(dc.private_blocks(found.dataset))
        assert found.to_bytes() == data
        found.dataset.InstanceNumber = 1
        assert dc.read(found.to_bytes()).dataset == found.dataset


@hostile(memory=64, seconds=60)
def test_F07_damage_at_depth_is_walked_once_not_once_for_each_level() -> None:
    for name, damage in {
        "an unknown VR": element(0x00800100, "??", b"X "),
        "out of order, then cut off": element(0x00080005, "CS", b"X ") + element(0x00800100, "LO", b"", 99),
        "a sequence that does not end": element(SEQUENCE, "SQ", item(b"", UNDEFINED), UNDEFINED),
        "a stray delimiter": sequence_end,
        "a text without length": element(0x00800100, "LT", b"", 0) + b"\x80\0\1\1UT\0\0\xff\xff\xff\xff",
    }.items():  # fmt: skip
        # headers looked at for each element: the same however deep it lies, and few
        costs = [_headers_looked_at(damage, depth) / 3000 for depth in (3, 95)]
        assert costs[1] < costs[0] + 1, (name, costs)
        assert costs[1] < 25, (name, costs)


def _headers_looked_at(damage: bytes, depth: int) -> int:
    """How often a header is read while a file with 3000 elements around its damage is read and walked."""
    from dicom_core import _index_careful, _kernel

    calls = 0

    def counted(function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            nonlocal calls
            calls += 1
            return function(*arguments)

        return call

    def some(first: int) -> bytes:
        elements = (element(first + number, "UN", b"X ") for number in range(1500))
        return b"".join(elements)

    body = some(0x00091100) + damage + some(0x00A11100)
    for _ in range(depth):
        body = element(SEQUENCE, "SQ", item(body, UNDEFINED) + item_end + sequence_end, UNDEFINED)
    explicit = tuple((counted(unpack), *others) for unpack, *others in _kernel._EXPLICIT)
    items = tuple((counted(unpack), *others) for unpack, *others in _kernel._ITEMS)
    with (
        patch.object(_kernel, "_EXPLICIT", explicit),
        patch.object(_kernel, "_ITEMS", items),
        patch.object(_index_careful.Careful, "next", counted(_index_careful.Careful.next)),
    ):
        found = reads(file(body))
        list(found.dataset.walk())
        assert found.findings
    return calls
