"""A walk over everything leaves nothing behind; what is touched on the way is the data set's own."""

import gc
import pickle
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

import dicom_core as dc

IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"


def tree(width: int, depth: int, name: str = "r") -> dc.Dataset:
    """Items within items; each has a number of its own, so that none is taken for another."""
    ds = dc.Dataset({"TextValue": name, "Rows": depth})
    if depth:
        items = [tree(width, depth - 1, f"{name}{number}") for number in range(width)]
        ds.ContentSequence = items
        ds.ConceptNameCodeSequence = [dc.Dataset({"CodeValue": name})]
    return ds


@pytest.fixture(params=["defined", "undefined"])
def make(request: pytest.FixtureRequest) -> Callable[..., dc.Dataset]:
    options = dc.WriteOptions(sequences=request.param)

    def made(width: int = 2, depth: int = 3, syntax: str = EXPLICIT) -> dc.Dataset:
        ds = tree(width, depth)
        ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.88.33", "1.2.3"
        return dc.read(dc.to_bytes(dc.DicomFile.new(ds, syntax), options=options)).dataset

    return made


Make = Callable[..., dc.Dataset]


def sequence(value: object) -> dc.Sequence:
    assert isinstance(value, dc.Sequence)
    return value


def item(ds: dc.Dataset, *numbers: int) -> dc.Dataset:
    """The item of the item of ... by their numbers."""
    for number in numbers:
        ds = sequence(ds.ContentSequence)[number]
    return ds


def name(ds: dc.Dataset) -> dc.Dataset:
    return sequence(ds.ConceptNameCodeSequence)[0]


def texts(ds: dc.Dataset) -> list[object]:
    return [element.value for element in ds.walk() if element.tag == 0x0040A160]


def all_made(ds: dc.Dataset) -> list[dc.Dataset]:
    """Every data set, made by looking into the sequences."""
    found = [ds]
    for one in found:
        for element in one.elements():
            if isinstance(element.value, dc.Sequence):
                found += element.value
    return found


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG])
def test_the_same_as_by_looking_into_every_item(make: Make, syntax: str) -> None:
    passed = [
        (e.path, e.offset, e.value_offset, e.length, e.vr, e.raw)
        for e in make(syntax=syntax).walk()
    ]
    ds = make(syntax=syntax)
    assert len(all_made(ds)) == 1 + 2 + 4 + 8 + 1 + 2 + 4
    assert passed == [(e.path, e.offset, e.value_offset, e.length, e.vr, e.raw) for e in ds.walk()]
    assert [e.text for e in make(syntax=syntax).walk()] == [e.text for e in ds.walk()]


def test_nothing_is_left_behind(make: Make) -> None:
    ds = make()
    for element in ds.walk():
        element.value  # noqa: B018
    assert not [
        one
        for one in gc.get_objects()
        if isinstance(one, dc.Dataset) and one.path and one._frame.buf is ds._frame.buf
    ]


def test_a_sequence_met_on_the_way_is_that_of_the_data_set(make: Make) -> None:
    ds = make()
    met = [e.value for e in ds.walk() if e.vr == "SQ"]
    inner = met[-2]
    assert isinstance(inner, dc.Sequence)
    assert (inner[0].path, inner[0].CodeValue) == (
        "(0040,A730)[1].(0040,A730)[1].(0040,A043)[0]", "r11",
    )  # fmt: skip
    inner[0].CodeValue = "changed"
    assert ds.is_edited
    assert name(item(ds, 1, 1)).CodeValue == "changed"
    assert b"changed" in ds.to_bytes()
    assert item(ds, 1, 1).ConceptNameCodeSequence is inner


@pytest.mark.parametrize("first", ["met", "own"])
def test_two_ways_to_one_list_of_items(make: Make, first: str) -> None:
    ds = make()
    path = "(0040,A730)[1].(0040,A730)"
    met = next(e.value for e in ds.walk() if e.path == path)
    assert isinstance(met, dc.Sequence)
    if first == "met":
        len(met)
    own = sequence(item(ds, 1).ContentSequence)
    assert met == own
    met.append(dc.Dataset({"TextValue": "new"}))
    assert own[-1].TextValue == "new"
    assert own.is_edited
    assert met.is_edited
    del own[0]
    assert [one.TextValue for one in met] == ["r11", "new"]
    assert b"new" in ds.to_bytes()
    assert pickle.loads(pickle.dumps(met)) == own


def test_what_was_replaced_since_stays_what_it_was(make: Make) -> None:
    ds = make()
    met = next(e.value for e in ds.walk() if e.path == "(0040,A730)[0].(0040,A730)")
    assert isinstance(met, dc.Sequence)
    item(ds, 0).ContentSequence = []
    assert [one.TextValue for one in met] == ["r00", "r01"]
    assert item(ds, 0).ContentSequence is None


def test_of_an_item_that_was_removed_since(make: Make) -> None:
    ds = make()
    met = next(e.value for e in ds.walk() if e.path == "(0040,A730)[0].(0040,A730)")
    assert isinstance(met, dc.Sequence)
    del sequence(ds.ContentSequence)[0]
    assert [one.TextValue for one in met] == ["r00", "r01"]
    assert [one.TextValue for one in sequence(ds.ContentSequence)] == ["r1"]


@pytest.mark.parametrize("at", range(15))
def test_an_edit_on_the_way_is_seen(make: Make, at: int) -> None:
    """Whoever edits what is still to come finds it so, as if every item had been made before the walk."""

    def walked(ds: dc.Dataset) -> list[object]:
        found: list[object] = []
        for element in ds.walk():
            if element.tag == 0x0040A160:
                if len(found) == at:
                    item(ds, 0).TextValue = "A"
                    item(ds, 0, 1).TextValue = "B"
                    item(ds, 1, 0, 1).TextValue = "C"
                    item(ds, 1, 1, 0).Rows = 9
                found.append(element.value)
        return found

    made = make()
    all_made(made)
    assert walked(make()) == walked(made)


def test_items_that_come_and_go_on_the_way(make: Make) -> None:
    ds = make()
    found: list[object] = []
    for element in ds.walk():
        if element.tag == 0x0040A160:
            if not found:
                sequence(ds.ContentSequence).insert(0, dc.Dataset({"TextValue": "new"}))
                item(ds, 2).TextValue = "last"
            found.append(element.value)
    assert found[1] == "new"
    assert "last" in texts(ds)


def test_many_walks_count_once(make: Make) -> None:
    """What is passed is not in memory afterwards: the limit of elements is for one walk."""
    data = make().to_bytes()
    elements = sum(1 for _ in dc.read_dataset(data).walk())
    limits = dc.Limits(elements=elements + 14 + 7)  # and the items
    ds = dc.read_dataset(data, options=dc.ReadOptions(limits=limits))
    for _ in range(3):
        assert sum(1 for _ in ds.walk()) == elements
    limits = dc.Limits(elements=elements + 14 + 6)
    ds = dc.read_dataset(data, options=dc.ReadOptions(limits=limits))
    for _ in range(3):
        with pytest.raises(dc.LimitExceeded):
            sum(1 for _ in ds.walk())


def test_the_error_of_a_value_says_where(make: Make) -> None:
    ds = make()
    item(ds, 1, 0).set_raw("InstanceNumber", "IS", b"1x")
    ds = dc.read_dataset(ds.to_bytes())
    element = next(e for e in ds.walk() if e.tag == 0x00200013)
    with pytest.raises(dc.ValueDecodeError) as caught:
        element.value  # noqa: B018
    assert caught.value.path == "(0040,A730)[1].(0040,A730)[0].(0020,0013)"
    assert caught.value.offset == element.offset


def _first(sequences: list[dc.Sequence], number: int) -> dc.Dataset:
    return sequences[number % len(sequences)][0]


def test_threads_make_one_item(make: Make) -> None:
    for _ in range(20):
        ds = make()
        met = [sequence(e.value) for e in ds.walk() if e.vr == "SQ" and e.path.count(".") == 1]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(partial(_first, met), range(64)))
        assert all(one is _first(met, number) for number, one in enumerate(found))
        assert met[0][0] is name(item(ds, 0))


def element_of(tag: int, vr: str, value: bytes) -> bytes:
    """An element in explicit VR little endian."""
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    long = vr in {"OB", "SQ", "UN", "UT"}
    return head + struct.pack("<2xI" if long else "<H", len(value)) + value


def test_what_stands_as_un_has_the_vr_of_the_dictionary() -> None:
    """PS3.5 6.2.2: also in items, whose values are remembered by what stands there."""
    plain = [
        element_of(0x00080060, "UN", b"CT"),
        element_of(0x00100010, "UN", b"Doe^Jane"),
        element_of(0x00180050, "UN", b"2.5 "),
        element_of(0x00200011, "UN", b"2.5 "),
        element_of(0x00280010, "UN", b"\1\2"),
        element_of(0x7FE00010, "UN", b"\1\2"),
    ]
    item = struct.pack("<HHI", 0xFFFE, 0xE000, len(b"".join(plain))) + b"".join(plain)
    inner = element_of(0x0040A730, "SQ", 20 * item)
    ds = dc.read_dataset(b"".join([*plain[:5], inner, plain[5]]))
    walked = [element for element in ds.walk() if element.vr != "SQ"]
    assert len(walked) == 21 * 6
    for element in walked:
        node: dc.Dataset = ds
        if element.path.startswith("(0040,A730)"):
            node = item_of(ds, int(element.path.partition("[")[2].partition("]")[0]))
        same = node.element(element.tag)
        assert element == same
        assert (element.raw, element.offset, element.value_offset, element.length) == (
            same.raw, same.offset, same.value_offset, same.length,
        )  # fmt: skip
    with pytest.raises(dc.ValueDecodeError):  # IS, while DS takes the same bytes
        item_of(ds, 3).element(0x00200011).value  # noqa: B018
    assert item_of(ds, 3).element(0x00180050).value == 2.5
    assert ds.to_bytes() == b"".join([*plain[:5], inner, plain[5]])


def item_of(ds: dc.Dataset, number: int) -> dc.Dataset:
    return sequence(ds.ContentSequence)[number]


def test_texts_of_items_with_character_sets_of_their_own() -> None:
    """Also where a short sequence, whose values are not remembered, comes before a long one."""
    ds = dc.Dataset({"SpecificCharacterSet": "ISO_IR 100"})
    one = dc.Dataset({"SpecificCharacterSet": "ISO_IR 144", "CodeMeaning": "Жж"})
    ds.ConceptNameCodeSequence = [one, dc.Dataset({"CodeMeaning": "Ää"})]
    others = []
    for number in range(100):
        other = one.copy() if number % 2 else dc.Dataset({"CodeMeaning": "Ää"})
        other.CodeValue = "A"
        others.append(other)
    ds.ContentSequence = others
    for syntax in (EXPLICIT, IMPLICIT, BIG):
        read = dc.read_dataset(ds.to_bytes(syntax), syntax)
        early = [element for element in read.walk() if element.tag == 0x00080104]
        assert [element.value for element in early] == ["Жж", "Ää", *["Ää", "Жж"] * 50]
        found = [element.value for element in read.walk() if element.tag == 0x00080104]
        assert found == ["Жж", "Ää", *["Ää", "Жж"] * 50]


def test_fragments_met_on_the_way_are_those_of_the_data_set() -> None:
    ds = dc.Dataset({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "SOPInstanceUID": "1.2.3"})
    ds.PixelData = dc.Fragments([b"ab", b"cdef"], offset_table=bytes(4))
    made = dc.Dataset({"Rows": 1})
    made.PixelData = dc.Fragments([b"gh"])
    ds.IconImageSequence = [made]
    file = dc.DicomFile.new(ds, "1.2.840.10008.1.2.4.50")
    ds = dc.read(dc.to_bytes(file)).dataset
    met = [element for element in ds.walk() if element.tag == 0x7FE00010]
    icon, pixels = (element.value for element in met)
    assert isinstance(pixels, dc.Fragments)
    assert isinstance(icon, dc.Fragments)
    assert (pixels.offset_table, [*pixels], [*icon]) == (bytes(4), [b"ab", b"cdef"], [b"gh"])
    assert pixels is ds["PixelData"]
    assert icon is sequence(ds.IconImageSequence)[0]["PixelData"]
    other = [element for element in ds.walk() if element.tag == 0x7FE00010][1]
    ds.PixelData = dc.Fragments([b"ij"])
    assert list(dc_fragments(other)) == [b"ij"]


def dc_fragments(element: dc.DataElement) -> dc.Fragments:
    value = element.value
    assert isinstance(value, dc.Fragments)
    return value


def test_an_item_without_length_is_no_fragment() -> None:
    """Its bytes may even be elements with a delimiter behind them (PS3.5 A.4)."""
    odd = b"\xfe\xff\x00\xe0\xff\xff\xff\xff" + element_of(0x00080060, "CS", b"CT")
    odd += b"\xfe\xff\x0d\xe0" + bytes(4)
    data = struct.pack("<HH2s2xI", 0x7FE0, 0x10, b"OB", 0xFFFFFFFF)
    data += b"\xfe\xff\x00\xe0" + bytes(4) + odd + b"\xfe\xff\xdd\xe0" + bytes(4)
    ds = dc.read_dataset(data)
    (element,) = ds.walk()
    fragments = dc_fragments(element)
    assert fragments == ds["PixelData"]
    assert [*fragments] == [odd[8:] + b"\xfe\xff\xdd\xe0" + bytes(4)]
