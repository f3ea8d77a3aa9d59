"""Patients who never were. Their names are those that each language has for nobody in particular, or mean "example"."""

from typing import Final, NamedTuple

__all__ = ["PEOPLE", "Person"]


class Person(NamedTuple):
    """A patient; ``names`` has more than one for sets that are larger than the demonstration."""

    charset: tuple[str, ...]
    names: tuple[str, ...]
    sex: str
    born: str
    identity: str
    physician: str
    hospital: str
    size: str
    weight: str

    def name(self, turn: int) -> str:
        """Of the patient in a repetition of the set."""
        return self.names[turn % len(self.names)]


_JAPANESE: Final = ("", "ISO 2022 IR 87")  # PS3.5 H.3.1
_KOREAN: Final = ("", "ISO 2022 IR 149")  # PS3.5 I.2

PEOPLE: Final[dict[str, Person]] = {
    "german": Person(
        ("ISO_IR 100",),
        ("Mustermann^Jürgen", "Beispiel^Günther", "Müller-Muster^Sören", "Platzhalter^Björn"),
        "M", "19580412", "DEMO-0001", "Hausärztin^Dörte^^Dr.", "Klinikum Musterstadt", "1.81", "84",
    ),
    "german2": Person(
        ("ISO_IR 100",),
        ("Musterfrau^Käthe", "Beispiel^Bärbel", "Probst-Probe^Jördis", "Platzhalter^Änne"),
        "F", "19710923", "DEMO-0002", "Fragmich^Rüdiger^^Dr.", "Klinikum Musterstadt", "1.68", "63",
    ),
    "japanese": Person(
        _JAPANESE,
        (
            "Yamada^Hanako=山田^花子=やまだ^はなこ", "Tanaka^Ichirou=田中^一郎=たなか^いちろう",
            "Suzuki^Tarou=鈴木^太郎=すずき^たろう", "Rei^Youko=例^陽子=れい^ようこ",
        ),
        "F", "19640307", "DEMO-0003", "Rei^Kenji=例^健二=れい^けんじ", "例示病院", "1.58", "52",
    ),
    "japanese2": Person(
        ("ISO_IR 192",),
        ("Mihon^Jirou=見本^次郎=みほん^じろう", "Shiken^Sakura=試験^桜=しけん^さくら"),
        "M", "19521130", "DEMO-0004", "Rei^Michiko=例^美智子=れい^みちこ", "例示病院", "1.70", "71",
    ),
    "korean": Person(
        _KOREAN,
        ("Hong^Gildong=洪^吉童=홍^길동", "Kim^Yeonghui=金^英熙=김^영희", "Kim^Cheolsu=金^哲秀=김^철수"),
        "M", "19830615", "DEMO-0005", "Bogi^Minsu==보기^민수", "보기병원", "1.76", "78",
    ),
    "chinese": Person(
        ("GB18030",),
        ("Zhang^San=张^三", "Li^Si=李^四", "Wang^Wu=王^五"),
        "M", "19770201", "DEMO-0006", "Fan^Li=范^例", "示例医院", "1.72", "69",
    ),
    "greek": Person(
        ("ISO_IR 126",),
        ("Υποδειγματος^Ελενη", "Παραδειγμα^Νικος"),
        "F", "19900818", "DEMO-0007", "Δοκιμη^Γιωργος", "Νοσοκομειο Δοκιμης", "1.65", "60",
    ),
    "arabic": Person(
        ("ISO_IR 127",),
        ("مثال^ليلى", "فلان^علي"),
        "F", "19860522", "DEMO-0008", "نموذج^سمير", "مستشفى المثال", "1.62", "66",
    ),
    "english": Person(
        ("ISO_IR 192",),
        ("Doe^Jane^Q", "Roe^Richard", "Public^John^Q", "Sample^Sam"),
        "F", "19490102", "DEMO-0009", "Placeholder^Pat^^Dr.", "Sample General Hospital", "1.66", "70",
    ),
}  # fmt: skip
