"""Every defined term of PS3.3 C.12.1.1.2: repertoires both ways, switching, resets, and what is wrong."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicom_core._charset import Charset, UnencodableText, choose, escalate, transcode

# The repertoire of each single-byte term, from a codec of Python that nobody here wrote.
SINGLE = {
    100: "latin_1",
    101: "iso8859_2",
    109: "iso8859_3",
    110: "iso8859_4",
    144: "iso8859_5",
    127: "iso8859_6",
    126: "iso8859_7",
    138: "iso8859_8",
    148: "iso8859_9",
    203: "iso8859_15",
    166: "tis_620",
}
ESCAPES = {
    6: b"\x1b(B",
    100: b"\x1b-A",
    101: b"\x1b-B",
    109: b"\x1b-C",
    110: b"\x1b-D",
    144: b"\x1b-L",
    127: b"\x1b-G",
    126: b"\x1b-F",
    138: b"\x1b-H",
    148: b"\x1b-M",
    203: b"\x1b-b",
    166: b"\x1b-T",
    13: b"\x1b)I",
    149: b"\x1b$)C",
    58: b"\x1b$)A",
}
# Python's codecs follow later editions of these three sets.
LATER = {126: "€₯ͺ", 138: "\u200e\u200f", 166: "\xa0"}


def repertoire(number: int) -> str:
    found = bytes(range(0xA0, 0x100)).decode(SINGLE[number], "ignore")
    return "".join(character for character in found if character not in LATER.get(number, ""))


@pytest.mark.parametrize("number", SINGLE)
def test_single_byte_set_without_extension(number: int) -> None:
    charset = Charset.parse(f"ISO_IR {number}")
    assert charset.problems == ()
    text = "A^~ " + repertoire(number)
    raw = text.encode(SINGLE[number])
    assert charset.decode_checked(raw, "LO") == (text, ())
    assert charset.encode(text, "LO") == raw


@pytest.mark.parametrize("number", SINGLE)
@pytest.mark.parametrize("first", ["", "ISO 2022 IR 6", "ISO 2022 IR 87"])
def test_single_byte_set_by_escape(first: str, number: int) -> None:
    charset = Charset.parse([first, f"ISO 2022 IR {number}"])
    text = "A" + repertoire(number)
    raw = b"A" + ESCAPES[number] + repertoire(number).encode(SINGLE[number])
    assert charset.decode_checked(raw, "LO") == (text, ())
    assert charset.encode(text, "LO") == raw


@pytest.mark.parametrize("number", SINGLE)
def test_first_set_needs_no_escape_and_comes_back_at_delimiters(number: int) -> None:
    other = 144 if number != 144 else 101
    charset = Charset.parse([f"ISO 2022 IR {number}", f"ISO 2022 IR {other}"])
    own = repertoire(number)[-1]
    foreign = "Д" if other == 144 else "Ł"
    raw = charset.encode(f"{own}{foreign}^{own}={own}", "PN")
    mine, theirs = own.encode(SINGLE[number]), foreign.encode(SINGLE[other])
    assert raw == mine + ESCAPES[other] + theirs + ESCAPES[number] + b"^" + mine + b"=" + mine
    assert charset.decode_checked(raw, "PN") == (f"{own}{foreign}^{own}={own}", ())
    # A writer that did not switch back is understood: after a delimiter the first set is active.
    assert (
        charset.decode(mine + ESCAPES[other] + theirs + b"^" + mine, "PN")
        == f"{own}{foreign}^{own}"
    )


@pytest.mark.parametrize("delimiter", ["\\", "\r\n", "\n", "\f", "\t"])
def test_reset_in_text(delimiter: str) -> None:
    charset = Charset.parse(["ISO 2022 IR 100", "ISO 2022 IR 144"])
    raw = b"\xe9\x1b-L\xb4" + delimiter.encode() + b"\xe9"
    assert charset.decode(raw, "LO") == f"éД{delimiter}é"


def test_name_delimiters_do_not_reset_other_text() -> None:
    charset = Charset.parse(["", "ISO 2022 IR 144"])
    assert charset.decode(b"\x1b-L\xb4^\xb4=\xb4", "LO") == "Д^Д=Д"
    assert charset.decode(b"\x1b-L\xb4^", "PN") == "Д^"
    assert charset.decode(b"\x1b-L\xb4\\\xb4", "LT") == "Д\\Д"


def test_jisx0201_yen_and_overline() -> None:
    charset = Charset.parse("ISO_IR 13")
    assert not charset.plain
    raw = b"\xb1\x5c\xb2\x7e"
    assert charset.decode(raw, "LO") == "ｱ\\ｲ‾"  # byte 5C separates values
    assert charset.decode(raw, "ST") == "ｱ¥ｲ‾"  # and is a yen sign where nothing is separated
    assert charset.encode("¥‾ｱ", "UT") == b"\x5c\x7e\xb1"
    for text, vr in (("\\", "ST"), ("~", "LO"), ("¥", "LO"), ("é", "LO")):
        with pytest.raises(UnencodableText):
            charset.encode(text, vr)
    assert charset.decode_checked(b"\xa0\xff", "LO")[1]


@pytest.mark.parametrize("number", [87, 159])
def test_two_byte_sets_of_g0_have_every_row(number: int) -> None:
    codec, escape = {87: ("iso2022_jp", b"\x1b$B"), 159: ("iso2022_jp_2", b"\x1b$(D")}[number]
    charset = Charset.parse(["", f"ISO 2022 IR {number}"])
    tried = 0
    for row in range(0x21, 0x7F):
        pairs = b"".join(bytes((row, cell)) for cell in range(0x21, 0x7F))
        # 0208 and 0212 have holes; Python's codec says where.
        text = "".join(
            (escape + pairs[i : i + 2] + b"\x1b(B").decode(codec, "ignore")
            for i in range(0, len(pairs), 2)
        )
        if text:
            tried += len(text)
            raw = charset.encode(text, "LO")
            assert raw.startswith(escape)
            assert raw.endswith(b"\x1b(B")
            assert charset.decode_checked(raw, "LO") == (text, ())
    assert tried > 6000


@pytest.mark.parametrize(("number", "codec"), [(149, "euc_kr"), (58, "gb2312")])
def test_two_byte_sets_of_g1(number: int, codec: str) -> None:
    charset = Charset.parse(["", f"ISO 2022 IR {number}"])
    for row in range(0xA1, 0xFF):
        text = bytes(code for cell in range(0xA1, 0xFF) for code in (row, cell)).decode(
            codec, "ignore"
        )
        if text:
            raw = charset.encode(f"a{text}b", "LO")
            assert raw == b"a" + ESCAPES[number] + text.encode(codec) + b"b"
            assert charset.decode_checked(raw, "LO") == (f"a{text}b", ())


def test_two_byte_set_of_g1_in_first_place_is_active_at_once() -> None:
    charset = Charset.parse("ISO 2022 IR 149")
    assert charset.decode("홍^길동".encode("euc_kr"), "PN") == "홍^길동"
    assert [problem.rule for problem in charset.problems] == ["charset-combination"]


def test_all_japanese_sets_in_one_value() -> None:
    charset = Charset.parse(r"ISO 2022 IR 13\ISO 2022 IR 87\ISO 2022 IR 159")
    text = "ｱ山丂Aｲ"
    raw = charset.encode(text, "SH")
    assert raw == b"\xb1\x1b$B;3\x1b$(D0!\x1b(JA\xb2"
    assert charset.decode_checked(raw, "SH") == (text, ())


@pytest.mark.parametrize(
    ("given", "names", "rules"),
    [
        ("ISO_IR 100", ("ISO_IR 100",), []),
        ("ISO IR 100", ("ISO_IR 100",), ["charset-spelling"]),
        ("iso-ir 100", ("ISO_IR 100",), ["charset-spelling"]),
        ("ISO_IR_100", ("ISO_IR 100",), ["charset-spelling"]),
        ("UTF-8", ("ISO_IR 192",), ["charset-spelling"]),
        ("Not Supplied", ("",), ["unknown-charset"]),
        (
            r"ISO_IR 100\ISO_IR 144",
            ("ISO 2022 IR 100", "ISO 2022 IR 144"),
            ["charset-combination"] * 2,
        ),
        (r"ISO_IR 192\ISO 2022 IR 87", ("ISO_IR 192",), ["charset-combination"]),
        (r"ISO 2022 IR 6\ISO_IR 192", ("ISO 2022 IR 6",), ["charset-combination"]),
        (r"ISO 2022 IR 6\nonsense", ("ISO 2022 IR 6",), ["unknown-charset"]),
        ("ISO 2022 IR 6", ("ISO 2022 IR 6",), []),
        ("", (), []),
        ("ISO_IR ٢٣", ("",), ["unknown-charset"]),
    ],
)
def test_declarations(given: str, names: tuple[str, ...], rules: list[str]) -> None:
    charset = Charset.parse(given)
    assert charset.names == names
    assert [problem.rule for problem in charset.problems] == rules


def test_nothing_declared_is_the_default_repertoire() -> None:
    assert Charset.parse(None) is Charset.parse([]) is Charset.parse("") is Charset.DEFAULT
    text, problems = Charset.DEFAULT.decode_checked(b"M\xfcller", "LO")
    assert text == "M\N{REPLACEMENT CHARACTER}ller"
    assert [problem.rule for problem in problems] == ["charset-bytes"]


def test_fallback_for_bytes_that_nothing_declares() -> None:
    for terms in ("", "Not Supplied"):
        charset = Charset.parse(terms, fallback="ISO_IR 100")
        text, problems = charset.decode_checked(b"M\xfcller", "LO")
        assert text == charset.decode(b"M\xfcller", "LO") == "Müller"
        assert [problem.rule for problem in problems] == ["charset-undeclared"]
        assert charset.decode_checked(b"Miller", "LO") == ("Miller", ())
    # A fallback does not override what is declared.
    assert Charset.parse("ISO_IR 144", fallback="ISO_IR 100").decode(b"\xb4", "LO") == "Д"


def test_undeclared_and_unknown_escapes_are_reported() -> None:
    charset = Charset.parse(["", "ISO 2022 IR 87"])
    text, problems = charset.decode_checked(b"\x1b$)C\xc8\xab", "LO")
    assert text == "홍"
    assert [problem.rule for problem in problems] == ["charset-undeclared"]
    text, problems = charset.decode_checked(b"a\x1b(Zb\x1b$B;3\x1b(B", "LO")
    assert text == "a\N{REPLACEMENT CHARACTER}(Zb山"
    assert [problem.rule for problem in problems] == ["charset-bytes"]


@pytest.mark.parametrize(
    ("terms", "text", "position", "replaced"),
    [
        ("", "Müller", 1, b"M?ller"),
        ("ISO_IR 100", "abД", 2, b"ab?"),
        ("ISO_IR 13", "ｱé", 1, b"\xb1?"),
        ("ISO_IR 126", "€", 0, b"?"),
        (r"\ISO 2022 IR 87", "山é", 1, b"\x1b$B;3\x1b(B?"),
        (r"\ISO 2022 IR 87", "a\x1bb", 1, b"a?b"),
        ("ISO_IR 192", "a\ud800", 1, b"a?"),
    ],
)
def test_what_no_set_has(terms: str, text: str, position: int, replaced: bytes) -> None:
    charset = Charset.parse(terms)
    with pytest.raises(UnencodableText) as caught:
        charset.encode(text, "LO")
    assert (caught.value.position, caught.value.terms) == (position, charset.terms)
    assert text not in str(caught.value)
    if terms != "ISO_IR 126":
        assert charset.encode(text, "LO", "replace") == replaced
    assert not charset.can_encode(text)


@pytest.mark.parametrize(
    ("texts", "terms"),
    [
        ([], ()),
        (["Doe^Jane", ""], ()),
        (["Müller"], ("ISO_IR 100",)),
        (["Łódź", "Kraków"], ("ISO_IR 101",)),
        (["Люксембург"], ("ISO_IR 144",)),
        (["Διονυσιος"], ("ISO_IR 126",)),
        (["קבנזל"], ("ISO_IR 138",)),
        (["قباني"], ("ISO_IR 127",)),
        (["ทดสอบ"], ("ISO_IR 166",)),
        (["Çağrı"], ("ISO_IR 148",)),
        (["ﾔﾏﾀﾞ"], ("ISO_IR 13",)),
        (["山田"], ("ISO_IR 192",)),
        (["Müller", "Люкс"], ("ISO_IR 192",)),
        (["€ 5"], ("ISO_IR 192",)),
        (["¥ ｱ"], ("ISO_IR 192",)),
    ],
)
def test_smallest_set(texts: list[str], terms: tuple[str, ...]) -> None:
    charset = choose(texts)
    assert charset.terms == terms
    for text in texts:
        assert charset.decode(charset.encode(text, "LO"), "LO") == text


def test_choosing_names_what_no_set_has() -> None:
    with pytest.raises(UnencodableText):
        choose(["\ud800"])


def test_escalation_keeps_what_suffices() -> None:
    latin = Charset.parse("ISO_IR 100")
    assert escalate(latin, ["Müller", "Doe"]) is latin
    assert escalate(latin, ["Müller", "山田"]).terms == ("ISO_IR 192",)


def test_transcoding_a_value_field() -> None:
    latin, utf8 = Charset.parse("ISO_IR 100"), Charset.parse("ISO_IR 192")
    assert transcode(b"M\xfcller\\J\xf6rg", latin, utf8, "PN") == "Müller\\Jörg ".encode()
    assert transcode("Müller\\Jörg".encode(), utf8, latin, "PN") == b"M\xfcller\\J\xf6rg "
    assert transcode(b"\xfc\xfc", latin, utf8, "OB") == b"\xfc\xfc"
    japanese = Charset.parse(r"\ISO 2022 IR 87")
    raw = japanese.encode("山", "LO") + b"\\" + japanese.encode("田", "LO")
    assert transcode(raw, japanese, utf8, "LO") == "山\\田 ".encode()
    assert transcode(transcode(raw, japanese, utf8, "LO"), utf8, japanese, "LO").rstrip(b" ") == raw
    with pytest.raises(UnencodableText):
        transcode("山".encode(), utf8, latin, "LO")
    assert transcode("山".encode(), utf8, latin, "LO", "replace") == b"? "


DECLARATIONS = [
    "", "ISO_IR 100", "ISO_IR 13", "ISO_IR 166", "ISO_IR 192", "GB18030", "GBK", r"\ISO 2022 IR 87",
    r"ISO 2022 IR 13\ISO 2022 IR 87\ISO 2022 IR 159", r"\ISO 2022 IR 149", r"\ISO 2022 IR 58",
    r"ISO 2022 IR 100\ISO 2022 IR 144\ISO 2022 IR 126", "nonsense", r"ISO 2022 IR 87\ISO_IR 192",
]  # fmt: skip


@given(
    terms=st.sampled_from(DECLARATIONS),
    vr=st.sampled_from(["LO", "PN", "UT"]),
    raw=st.lists(
        st.one_of(
            st.binary(max_size=6),
            st.sampled_from([*ESCAPES.values(), b"\x1b(J", b"\x1b$B", b"\x1b$(D", b"^", b"\\"]),
        )
    ).map(b"".join),
)
def test_reading_never_raises(terms: str, vr: str, raw: bytes) -> None:
    charset = Charset.parse(terms)
    text, problems = charset.decode_checked(raw, vr)
    assert text == charset.decode(raw, vr)
    if (
        "\N{REPLACEMENT CHARACTER}" not in text
        and not problems
        and "\x1b" not in text
        and charset.can_encode(text, vr)
    ):
        # What was read without a doubt can be written, and is read the same.
        parts = [text] if vr == "UT" else text.split("\\")
        again = b"\\".join([charset.encode(part, vr) for part in parts])
        assert charset.decode(again, vr) == text


@given(
    terms=st.sampled_from(DECLARATIONS[:-2]),
    vr=st.sampled_from(["LO", "PN", "UT"]),
    text=st.text(alphabet=st.sampled_from("aZ~^= \r\néДαΩ山田丂やｱｲ홍길동张小東ﾞ¥‾"), max_size=30),
)
def test_what_is_written_is_read_the_same(terms: str, vr: str, text: str) -> None:
    charset = Charset.parse(terms)
    if not charset.can_encode(text, vr):
        with pytest.raises(UnencodableText) as caught:
            charset.encode(text, vr)
        assert not charset.can_encode(text[caught.value.position], vr)
        return
    raw = charset.encode(text, vr)
    assert charset.decode_checked(raw, vr) == (text, ())
    if charset.extended:
        # The first set is active at the end, so that a separator may follow.
        assert charset.decode(raw + b"A", vr) == text + "A"
        assert not re.search(rb"\x1b[^$(\-)]", raw)


def test_f19_storms_are_linear() -> None:
    charset = Charset.parse(r"\ISO 2022 IR 87")
    for storm in (
        b"\x1b(B" * 700_000,
        b"\x1b" * 2_000_000,
        b"\x1b$B;3" * 100_000,
        b"\x1b$)C\xc8\xab\x1b(B" * 50_000,
    ):
        assert charset.decode_checked(storm, "LO")[0] is not None
    many = Charset.parse(["unknown term"] * 70)
    assert many.decode(b"x", "LO") == "x"
    assert len(many.problems) == 65


def test_a_charset_is_a_value() -> None:
    import pickle

    one = Charset.parse(r"\ISO 2022 IR 87")
    assert one == Charset.parse(("", "ISO 2022 IR 87"))
    assert hash(one) == hash(Charset(("", "ISO 2022 IR 87")))
    assert pickle.loads(pickle.dumps(one)) == one != Charset.DEFAULT
