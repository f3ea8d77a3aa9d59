"""The contract of a kernel, run over every kernel there is."""

import struct
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicom_core import _kernel, _kernel_native

KERNELS: list[ModuleType] = [_kernel, _kernel_native]

LE, BE, IMPLICIT = _kernel.EXPLICIT, _kernel.EXPLICIT_BE, _kernel.IMPLICIT
UNDEFINED = 0xFFFFFFFF
EVERYTHING = 1 << 32

pytestmark = pytest.mark.parametrize("k", KERNELS, ids=lambda k: k.__name__.rpartition(".")[2])


def element(tag: int, vr: str, value: bytes, encoding: int, length: int | None = None) -> bytes:
    order = ">" if encoding == BE else "<"
    size = len(value) if length is None else length
    head = struct.pack(order + "HH", tag >> 16, tag & 0xFFFF)
    if encoding == IMPLICIT:
        return head + struct.pack("<I", size) + value
    if vr.encode() in _kernel.LONG:
        return head + vr.encode() + b"\0\0" + struct.pack(order + "I", size) + value
    return head + vr.encode() + struct.pack(order + "H", size) + value


def delimiter(tag: int, encoding: int, length: int = 0) -> bytes:
    order = ">" if encoding == BE else "<"
    return struct.pack(order + "HHI", tag >> 16, tag & 0xFFFF, length)


def item(content: bytes, encoding: int, *, undefined: bool) -> bytes:
    if undefined:
        return (
            delimiter(0xFFFEE000, encoding, UNDEFINED) + content + delimiter(0xFFFEE00D, encoding)
        )
    return delimiter(0xFFFEE000, encoding, len(content)) + content


def sequence(tag: int, items: list[bytes], encoding: int, *, undefined: bool) -> bytes:
    body = b"".join(item(content, encoding, undefined=undefined) for content in items)
    if undefined:
        end = delimiter(0xFFFEE0DD, encoding)
        return element(tag, "SQ", body + end, encoding, UNDEFINED)
    return element(tag, "SQ", body, encoding)


def index_of(k: ModuleType, data: bytes, encoding: int, **more: int) -> tuple[list[int], int]:
    index = k.new_index()
    pos = k.scan(
        data,
        more.get("pos", 0),
        more.get("end", len(data)),
        encoding,
        more.get("stop", EVERYTHING),
        more.get("budget", 1000),
        more.get("last", -1),
        index,
        {},
    )
    return k.tags(index), pos


PLAIN = [
    (0x00080005, "CS", b"ISO_IR 100"),
    (0x00080060, "CS", b"CT"),
    (0x7FE00010, "OW", b"\0" * 8),
]


@pytest.mark.parametrize("encoding", [LE, BE, IMPLICIT])
class TestScan:
    def test_indexes_all_and_finds_headers(self, k: ModuleType, encoding: int) -> None:
        data = b"".join(element(tag, vr, value, encoding) for tag, vr, value in PLAIN)
        index = k.new_index()
        assert k.scan(data, 0, len(data), encoding, EVERYTHING, 99, -1, index, {}) == len(data)
        assert k.tags(index) == [tag for tag, _, _ in PLAIN]
        assert k.count(index) == 3
        assert k.last_tag(index) == 0x7FE00010
        for tag, vr, value in PLAIN:
            at = k.find(index, tag)
            name, start, length = k.header(data, at, encoding)
            assert name == ("" if encoding == IMPLICIT else vr)
            assert data[start : start + length] == value
        assert k.find(index, 0x00100010) == -1

    @pytest.mark.parametrize("tag", [0x00080000, 0x00080001, 0x00080005, 0x00080006])
    def test_finds_the_first_ones_first(self, k: ModuleType, encoding: int, tag: int) -> None:
        """An index may look for them without making itself, and finds all others afterwards."""
        for rows in (PLAIN, PLAIN[1:], PLAIN[:1], [(0x00080001, "UL", b"1234"), *PLAIN]):
            data, places = b"", {}
            for one, vr, value in rows:
                places[one] = len(data)
                data += element(one, vr, value, encoding)
            index = k.new_index()
            k.scan(data, 0, len(data), encoding, EVERYTHING, 99, -1, index, {})
            assert k.find(index, tag) == places.get(tag, -1)
            assert k.count(index) == len(rows)
            assert {one: k.find(index, one) for one in places} == places
            assert k.find(index, tag) == places.get(tag, -1)

    def test_remembers_whole_elements_by_their_bytes(self, k: ModuleType, encoding: int) -> None:
        parts = [element(tag, vr, value, encoding) for tag, vr, value in PLAIN]
        data = b"".join(parts) + b"behind"
        index = k.new_index()
        end = k.scan(data, 0, len(data) - 6, encoding, EVERYTHING, 99, -1, index, {})
        memo = {parts[0]: "first", parts[2]: "last"}
        second = len(parts[0])
        third = second + len(parts[1])
        missing = [1, second, third]
        both: tuple[dict[int, tuple[bytes, int, str]] | None, ...] = (None, {})
        for runs in both:
            found = k.recalled(data, index, end, memo, 99, runs)
            assert found == (["first", "", "last"], missing)
        most = len(parts[2]) - 1
        pieces, missing = k.recalled(data, index, end, memo, most, None)
        assert pieces[1:] == ["", ""]
        assert missing[-3:] == [2, third, end]
        assert k.recalled(data, k.new_index(), end, memo, 99, {}) == ([], [])

    def test_neighbours_that_were_known_are_one_piece_the_next_time(
        self, k: ModuleType, encoding: int
    ) -> None:
        def level(*values: bytes) -> tuple[bytes, object, list[bytes]]:
            tags = range(0x00100010, 0x00100010 + len(values))
            parts = [
                element(tag, "LO", value, encoding) for tag, value in zip(tags, values, strict=True)
            ]
            data, index = b"".join(parts), k.new_index()
            k.scan(data, 0, len(data), encoding, EVERYTHING, 99, -1, index, {})
            return data, index, parts

        def recall(values: tuple[bytes, ...]) -> list[str]:
            data, index, parts = level(*values)
            pieces: list[str]
            pieces, missing = k.recalled(data, index, len(data), memo, 99, runs)
            places = iter(missing)
            for place, at, after in zip(places, places, places, strict=True):
                number = parts.index(data[at:after])
                pieces[place] = memo[data[at:after]] = f"{number}:{values[number].decode()}"
            expected = [f"{number}:{value.decode()}" for number, value in enumerate(values)]
            assert ",".join(pieces) == ",".join(expected)
            return pieces

        memo: dict[bytes, str] = {}
        runs: dict[int, tuple[bytes, int, str]] = {}
        first = (b"a ", b"b ", b"c ", b"d ", b"e ")
        assert len(recall(first)) == 5  # nothing is known
        assert len(recall(first)) == 5  # all of it is, one by one
        assert len(recall(first)) == 1
        changed = (b"a ", b"b ", b"XX", b"d ", b"e ")
        assert len(recall(changed)) == 5
        assert recall(changed) == ["0:a ,1:b ", "2:XX", "3:d ,4:e "]
        assert len(recall((b"a ", b"b ", b"longer", b"d ", b"e "))) == 3
        assert len(recall((*first, b"f "))) == 4
        assert len(recall(first[:3])) == 2
        assert len(recall(first[:1])) == 1  # it ends within what stood side by side

    def test_runs_are_bounded_and_leave_out_what_becomes_nothing(
        self, k: ModuleType, encoding: int
    ) -> None:
        parts = [element(0x00100000 + n, "UT", b"%04d" % n * 60, encoding) for n in range(100)]
        data, index = b"".join(parts), k.new_index()
        k.scan(data, 0, len(data), encoding, EVERYTHING, 999, -1, index, {})
        memo = {part: f"{n}" if n % 2 else "" for n, part in enumerate(parts)}
        runs: dict[int, tuple[bytes, int, str]] = {}
        k.recalled(data, index, len(data), memo, 999, runs)
        assert max(len(key) for key, _, _ in runs.values()) <= k.LONGEST_RUN
        assert sum(count for _, count, _ in runs.values()) == 100
        pieces, missing = k.recalled(data, index, len(data), memo, 999, runs)
        assert (len(pieces), missing) == (len(runs), [])
        assert ",".join(pieces) == ",".join(str(n) for n in range(1, 100, 2))

    def test_stops_before_a_tag_and_within_a_budget(self, k: ModuleType, encoding: int) -> None:
        data = b"".join(element(tag, vr, value, encoding) for tag, vr, value in PLAIN)
        tags, pos = index_of(k, data, encoding, stop=0x7FE00010)
        assert tags == [0x00080005, 0x00080060]
        assert pos == len(data) - len(element(*PLAIN[2], encoding))
        assert index_of(k, data, encoding, budget=1)[0] == [0x00080005]
        assert index_of(k, data, encoding, last=0x00080005) == ([], 0)

    def test_every_cut_stops_at_an_element_that_is_whole(
        self, k: ModuleType, encoding: int
    ) -> None:
        parts = [element(tag, vr, value, encoding) for tag, vr, value in PLAIN]
        parts.append(sequence(0x7FE10010, [parts[0], b""], encoding, undefined=True))
        data = b"".join(parts)
        starts = [sum(map(len, parts[:n])) for n in range(len(parts) + 1)]
        for cut in range(len(data) + 1):
            want = max(start for start in starts if start <= cut)
            assert index_of(k, data[:cut], encoding)[1] == want
            assert index_of(k, data, encoding, end=cut)[1] == want

    @pytest.mark.parametrize("undefined", [True, False])
    def test_sequences_are_stepped_over_and_taken_apart(
        self, k: ModuleType, encoding: int, undefined: bool
    ) -> None:
        leaf = element(0x00080100, "SH", b"CODE", encoding)
        inner = sequence(0x00081140, [leaf, b"", leaf], encoding, undefined=undefined)
        outer = sequence(0x00081115, [inner + leaf[:0], leaf], encoding, undefined=undefined)
        data = outer + element(0x00100010, "PN", b"A^B ", encoding)
        index = k.new_index()
        ends: dict[int, int] = {}
        assert k.scan(data, 0, len(data), encoding, EVERYTHING, 99, -1, index, ends) == len(data)
        assert k.tags(index) == [0x00081115, 0x00100010]
        _, start, length = k.header(data, 0, encoding)
        end = start + length
        if undefined:
            assert length == UNDEFINED
            end = k.skip(data, start, len(data), encoding, False, ends)
            assert k.skip(data, start, len(data), encoding, False, {}) == end == len(outer)
        spans = k.items(data, start, end, encoding, ends)
        assert spans == k.items(data, start, end, encoding, {})
        assert [data[a:b] for a, b in zip(spans[::2], spans[1::2], strict=True)] == [inner, leaf]

    @pytest.mark.parametrize("undefined", [True, False])
    def test_rows_are_those_of_the_index(
        self, k: ModuleType, encoding: int, undefined: bool
    ) -> None:
        leaf = element(0x00080100, "SH", b"CODE", encoding)
        nested = sequence(0x00081140, [leaf, b""], encoding, undefined=undefined)
        parts = [
            element(0x00080060, "CS", b"CT", encoding),
            sequence(0x00081115, [nested, leaf], encoding, undefined=undefined),
            element(0x00282000, "OB", bytes(4), encoding),
            element(0x7FE00010, "OW", bytes(8), encoding),
        ]
        data = b"".join(parts)
        index = k.new_index()
        assert k.scan(data, 0, len(data), encoding, EVERYTHING, 99, -1, index, {}) == len(data)
        rows = k.headers(data, index, encoding, len(data), {})
        known = encoding != IMPLICIT
        length = len(parts[1])
        start = len(parts[0]) + (12 if known else 8)
        stop = len(parts[0]) + length - (8 if undefined else 0)
        assert rows[1] == (0x00081115, "SQ" if known or undefined else "", start, stop)
        assert [data[a:b] for _, _, a, b in rows[2:]] == [bytes(4), bytes(8)]
        assert [vr for _, vr, _, _ in rows[::3]] == (["CS", "OW"] if known else ["", ""])
        assert k.rows(data, 0, len(data), encoding, {}) == rows
        for pos in (0, len(parts[0])):
            more = b"\0\0" * pos + data
            assert k.rows(more, 2 * pos, len(more), encoding, {}) == [
                (tag, vr, a + 2 * pos, b + 2 * pos) for tag, vr, a, b in rows
            ]
        ends = {sum(map(len, parts[:n])) for n in range(5)}
        for cut in range(len(data)):
            whole = cut in ends
            assert (k.rows(data, 0, cut, encoding, {}) is not None) == whole
            assert (k.rows(data[:cut], 0, cut, encoding, {}) is not None) == whole

    def test_rows_of_what_is_odd_are_not_given(self, k: ModuleType, encoding: int) -> None:
        first, second = (element(tag, vr, value, encoding) for tag, vr, value in PLAIN[:2])
        assert k.rows(second + first, 0, len(first + second), encoding, {}) is None
        assert k.rows(first + first, 0, 2 * len(first), encoding, {}) is None
        stray = delimiter(0xFFFEE00D, encoding)
        assert k.rows(first + stray, 0, len(first + stray), encoding, {}) is None
        pixels = element(0x7FE00010, "OW", stray + stray[:0], encoding, UNDEFINED)
        ended = pixels[:-8] + delimiter(0xFFFEE0DD, encoding)
        want = k.rows(ended, 0, len(ended), encoding, {})
        assert want is not None
        assert want[0][3] == -1
        if encoding != IMPLICIT:
            unknown = element(0x00100010, "ZZ", b"", encoding)
            assert k.rows(unknown, 0, len(unknown), encoding, {}) is None

    def test_odd_elements_are_left_alone(self, k: ModuleType, encoding: int) -> None:
        first = element(0x00100010, "PN", b"A^B ", encoding)
        for odd in (
            element(0x00080005, "CS", b"X ", encoding),  # out of order
            first,  # twice
            delimiter(0xFFFEE00D, encoding),
            delimiter(0xFFFEE000, encoding, 4) + b"abcd",
        ):
            assert index_of(k, first + odd, encoding) == ([0x00100010], len(first))
        if encoding != IMPLICIT:
            bad = bytearray(element(0x00100020, "LO", b"1 ", encoding))
            bad[4:6] = b"??"
            assert index_of(k, first + bad, encoding) == ([0x00100010], len(first))

    def test_deep_nesting_neither_recurses_nor_ends_well(
        self, k: ModuleType, encoding: int
    ) -> None:
        head = element(
            0x00081140, "SQ", delimiter(0xFFFEE000, encoding, UNDEFINED), encoding, UNDEFINED
        )
        tail = delimiter(0xFFFEE00D, encoding) + delimiter(0xFFFEE0DD, encoding)
        fine = head * 900 + tail * 900
        assert index_of(k, fine, encoding) == ([0x00081140], len(fine))
        deep = head * 20_000 + tail * 20_000
        assert index_of(k, deep, encoding) == ([], 0)


@pytest.mark.parametrize("encoding", [LE, BE])
def test_fragments(k: ModuleType, encoding: int) -> None:
    body = (
        delimiter(0xFFFEE000, encoding) + delimiter(0xFFFEE000, encoding, 4) + b"\xfe\xff\x0d\xe0"
    )
    data = element(0x7FE00010, "OB", body + delimiter(0xFFFEE0DD, encoding), encoding, UNDEFINED)
    assert index_of(k, data, encoding) == ([0x7FE00010], len(data))
    assert k.skip(data, 12, len(data), encoding, True, {}) == len(data)


@pytest.mark.parametrize("inside", [IMPLICIT, LE])
def test_items_in_un(k: ModuleType, inside: int) -> None:
    """CP-246: implicit; and what writers do who only renamed SQ."""
    leaf = element(0x00080100, "SH", b"CODE", inside)
    body = item(leaf, inside, undefined=True) + delimiter(0xFFFEE0DD, inside)
    data = element(0x00091001, "UN", body, LE, UNDEFINED) + element(0x00100010, "PN", b"A^", LE)
    assert index_of(k, data, LE) == ([0x00091001, 0x00100010], len(data))
    assert k.encoding_in_un(data, 12, LE) == inside


def test_put_remove_sort(k: ModuleType) -> None:
    index = k.new_index()
    for tag, offset in ((0x00100010, 8), (0x00080005, 30), (0x00100010, 50), (0x7FE00010, 70)):
        k.put(index, tag, offset)
    k.sort(index)
    assert k.tags(index) == [0x00080005, 0x00100010, 0x7FE00010]
    assert k.find(index, 0x00100010) == 50
    k.remove(index, 0x00100010)
    k.remove(index, 0x00100011)
    assert k.tags(index) == [0x00080005, 0x7FE00010]
    assert k.last_tag(k.new_index()) == -1


@given(data=st.binary(max_size=200), encoding=st.sampled_from([LE, BE, IMPLICIT]))
def test_any_bytes_are_survived(k: ModuleType, data: bytes, encoding: int) -> None:
    index = k.new_index()
    pos = k.scan(data, 0, len(data), encoding, EVERYTHING, 99, -1, index, {})
    assert 0 <= pos <= len(data)
    assert k.tags(index) == sorted(set(k.tags(index)))
    for fragments in (True, False):
        assert -1 <= k.skip(data, 0, len(data), encoding, fragments, {}) <= len(data)
    spans = k.items(data, 0, len(data), encoding, {})
    assert spans is None or all(0 <= at <= len(data) for at in spans)


@given(data=st.binary(max_size=120), encoding=st.sampled_from([LE, BE, IMPLICIT]))
def test_kernels_agree(k: ModuleType, data: bytes, encoding: int) -> None:
    body = element(0x00080005, "CS", b"AB", encoding) + sequence(
        0x00081140, [data], encoding, undefined=True
    )
    assert index_of(k, body, encoding) == index_of(_kernel, body, encoding)
    start = len(element(0x00080005, "CS", b"AB", encoding)) + (8 if encoding == IMPLICIT else 12)
    ours = k.items(body, start, len(body), encoding, {})
    assert ours == _kernel.items(body, start, len(body), encoding, {})


@pytest.mark.parametrize("encoding", [LE, BE, IMPLICIT])
def test_scan_goes_on_where_it_stopped(k: ModuleType, encoding: int) -> None:
    """In the same bytes or in others, before and after somebody looked at the index."""
    parts = [element(tag, vr, value, encoding) for tag, vr, value in PLAIN]
    parts.insert(2, sequence(0x00081140, [parts[0], b""], encoding, undefined=True))
    data = b"".join(parts)
    whole = k.new_index()
    assert k.scan(data, 0, len(data), encoding, EVERYTHING, 99, -1, whole, {}) == len(data)
    for look in (True, False):
        for cut in range(len(data)):
            index = k.new_index()
            ends: dict[int, int] = {}
            at = k.scan(data[:cut], 0, cut, encoding, EVERYTHING, 99, -1, index, ends)
            known = k.count(index)
            if look:
                assert k.find(index, 0x00080005) == (0 if known else -1)
            last = k.last_tag(index)
            assert k.scan(data, at, len(data), encoding, EVERYTHING, 99, last, index, ends) == len(
                data
            )
            assert k.count(index) == 4
            assert k.tags(index) == k.tags(whole)
            assert all(k.find(index, tag) == k.find(whole, tag) for tag in k.tags(whole))


@pytest.mark.parametrize("encoding", [LE, BE, IMPLICIT])
def test_scan_without_ends_stops_at_undefined_lengths(k: ModuleType, encoding: int) -> None:
    first = element(0x00080005, "CS", b"AB", encoding)
    data = first + sequence(0x00081140, [b""], encoding, undefined=True)
    index = k.new_index()
    assert k.scan(data, 0, len(data), encoding, EVERYTHING, 99, -1, index, None) == len(first)
    assert k.tags(index) == [0x00080005]


@pytest.mark.parametrize("encoding", [LE, BE, IMPLICIT])
def test_pick_finds_what_a_scan_finds(k: ModuleType, encoding: int) -> None:
    parts = [element(tag, vr, value, encoding) for tag, vr, value in PLAIN]
    parts.insert(2, sequence(0x00081140, [parts[0], b""], encoding, undefined=True))
    data = b"".join(parts)
    asked = [
        [], [0x00080005], [0x00080004, 0x00080006, 0x00081140], [0x00081140, 0x7FE00010], [0x00080000, 0x7FE00010],
    ]  # fmt: skip
    for wanted in asked:
        for stop in (EVERYTHING, 0x7FE00011, 0x00081141):
            below = [tag for tag in wanted if tag < stop]
            for cut in range(len(data) + 1):
                index = k.new_index()
                at = k.scan(data[:cut], 0, cut, encoding, stop, 99, -1, index, {})
                want = (at, [k.find(index, tag) for tag in below])
                assert k.pick(data[:cut], 0, encoding, stop, 99, below) == want


@given(data=st.binary(max_size=120), encoding=st.sampled_from([LE, BE, IMPLICIT]))
def test_pick_of_any_bytes_is_a_scan(k: ModuleType, data: bytes, encoding: int) -> None:
    data = element(0x00080005, "CS", b"AB", encoding) + data
    index = k.new_index()
    at = k.scan(data, 0, len(data), encoding, EVERYTHING, 99, -1, index, {})
    wanted = k.tags(index)
    assert k.pick(data, 0, encoding, EVERYTHING, 99, wanted) == (
        at,
        [k.find(index, tag) for tag in wanted],
    )


@pytest.mark.parametrize(("encoding", "other"), [(LE, BE), (BE, LE)])
def test_a_delimiter_of_the_other_byte_order_closes_nothing(
    k: ModuleType, encoding: int, other: int
) -> None:
    end = delimiter(0xFFFEE0DD, encoding)
    inside = element(0x00080060, "CS", b"CT", encoding) + delimiter(0xFFFEE00D, other)
    data = delimiter(0xFFFEE000, encoding, UNDEFINED) + inside + end
    ends: dict[int, int] = {}
    assert k.skip(data, 0, len(data), encoding, False, ends) == -1
    assert k.skip_item(data, 8, len(data), encoding, ends) == -1
    assert not ends
