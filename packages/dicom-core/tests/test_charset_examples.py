"""The worked examples of PS3.5 annexes H, I, J and K: bytes to text, and the same bytes back."""

import pytest

from dicom_core._charset import Charset

# (annex, Specific Character Set, VR, text, bytes)
EXAMPLES = [
    (
        "H.3.1",
        r"\ISO 2022 IR 87",
        "PN",
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
    ),
    (
        "H.3.2",
        r"ISO 2022 IR 13\ISO 2022 IR 87",
        "PN",
        "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
        b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J="
        b"\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
    ),
    (
        "I.2",
        r"\ISO 2022 IR 149",
        "PN",
        "Hong^Gildong=洪^吉洞=홍^길동",
        b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
    ),
    (
        "J.1",
        "ISO_IR 192",
        "PN",
        "Wang^XiaoDong=王^小東=",
        bytes.fromhex("57616e675e5869616f446f6e673de78e8b5ee5b08fe69db13d"),
    ),
    (
        "J.2",
        "ISO_IR 192",
        "LT",
        "The first line includes中文.\r\nThe second line includes中文, too.\r\nThe third line.\r\n",
        b"The first line includes\xe4\xb8\xad\xe6\x96\x87.\r\n"
        b"The second line includes\xe4\xb8\xad\xe6\x96\x87, too.\r\nThe third line.\r\n",
    ),
    (
        "J.3",
        "GB18030",
        "PN",
        "Wang^XiaoDong=王^小东=",
        bytes.fromhex("57616e675e5869616f446f6e673dcdf55ed0a1b6ab3d"),
    ),
    (
        "J.3 in GBK",
        "GBK",
        "PN",
        "Wang^XiaoDong=王^小东=",
        bytes.fromhex("57616e675e5869616f446f6e673dcdf55ed0a1b6ab3d"),
    ),
    (
        "J.4",
        "GB18030",
        "LT",
        "The first line includes中文.\r\n",
        b"The first line includes\xd6\xd0\xce\xc4.\r\n",
    ),
    (
        "K.2",
        r"\ISO 2022 IR 58",
        "PN",
        "Zhang^XiaoDong=张^小东=",
        b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=",
    ),
    (
        "K.3",
        r"\ISO 2022 IR 58",
        "LT",
        "1.第一行文字。\r\n2.第二行文字。\r\n3.第三行文字。\r\n",
        bytes.fromhex(
            "312e1b242941b5dad2bbd0d0cec4d7d6a1a30d0a"
            "322e1b242941b5dab6fed0d0cec4d7d6a1a30d0a"
            "332e1b242941b5dac8fdd0d0cec4d7d6a1a30d0a"
        ),
    ),
]


@pytest.mark.parametrize(
    ("terms", "vr", "text", "raw"), [row[1:] for row in EXAMPLES], ids=[row[0] for row in EXAMPLES]
)
def test_example_of_the_standard(terms: str, vr: str, text: str, raw: bytes) -> None:
    charset = Charset.parse(terms)
    assert charset.problems == ()
    assert charset.decode(raw, vr) == text
    assert charset.decode_checked(raw, vr) == (text, ())
    assert charset.encode(text, vr) == raw


def test_korean_lines_with_the_escape_at_the_head_of_each() -> None:
    # I.3 designates G1 before the Latin letters of a line; ours designates it where it is needed.
    raw = b"\x1b$)CThe first line includes \xc7\xd1\xb1\xdb.\r\n\x1b$)CSecond \xc7\xd1\xb1\xdb, too.\r\nThird"
    charset = Charset.parse(r"\ISO 2022 IR 149")
    text = "The first line includes 한글.\r\nSecond 한글, too.\r\nThird"
    assert charset.decode_checked(raw, "LT") == (text, ())
    assert charset.decode(charset.encode(text, "LT"), "LT") == text
