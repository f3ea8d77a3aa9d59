"""Which studies there are: whose, when, of what."""

from typing import Final, NamedTuple

from ._people import PEOPLE, Person

__all__ = ["CASES", "Case", "Part"]

_LOSSLESS_LS: Final = "1.2.840.10008.1.2.4.80"
_LOSSLESS_2000: Final = "1.2.840.10008.1.2.4.90"
_LOSSLESS_HT: Final = "1.2.840.10008.1.2.4.201"
_RLE: Final = "1.2.840.10008.1.2.5"


class Part(NamedTuple):
    """A series."""

    kind: str
    """What draws it: a key of `_make.MAKERS`."""
    title: str
    slices: int = 1
    """Slices; frames where they are in one instance."""
    syntax: str = ""
    """The transfer syntax that it is kept in, where something that compresses is installed."""
    look: str = ""
    """The contrast of a magnetic resonance."""
    grown: float = 0.0
    """mm: the radius of what is found in the chest."""
    spots: int = 0
    """Lesions in the brain."""

    def slices_of(self, detail: int) -> int:
        """Slices or frames, where all is drawn with less detail: 1, or 4 for a quarter of it."""
        return max(self.slices // detail, min(self.slices, 3))

    def instances_of(self, detail: int) -> int:
        """How many files it makes."""
        whole = self.kind in ("us-heart", "us-flow", "ct-enhanced", "mr-enhanced")
        return 1 if whole else self.slices_of(detail)


class Case(NamedTuple):
    """A study."""

    person: Person
    body: int
    """Whoever has the same body is the same patient."""
    date: str
    time: str
    title: str
    parts: tuple[Part, ...]

    def instances_of(self, detail: int) -> int:
        """How many files it makes."""
        return sum(part.instances_of(detail) for part in self.parts)


CASES: Final[tuple[Case, ...]] = (
    Case(PEOPLE["german"], 3, "20210317", "091205", "Röntgen Thorax p.a.", (
        Part("cr-chest", "Thorax p.a.", grown=5.0),
    )),
    Case(PEOPLE["german"], 3, "20210319", "101530", "CT Thorax mit KM (Abklärung Rundherd)", (
        Part("ct-chest", "Thorax venös 7.5 mm", 40, grown=4.6),
        Part("report", "Befund mit Messung", grown=4.6),
    )),
    Case(PEOPLE["german"], 3, "20230912", "083401", "CT Thorax Verlauf", (
        Part("ct-chest", "Thorax venös 7.5 mm", 40, _LOSSLESS_LS, grown=8.2),
        Part("report", "Befund mit Messung", grown=8.2),
    )),
    Case(PEOPLE["japanese"], 11, "20240205", "140211", "頭部MRI", (
        Part("mr-head", "T1強調 横断", 22, look="T1"),
        Part("mr-head", "T2強調 横断", 22, look="T2"),
        Part("mr-head", "FLAIR 横断", 22, _RLE, look="FLAIR"),
    )),
    Case(PEOPLE["korean"], 21, "20220608", "111749", "흉부 X선", (
        Part("cr-chest", "Chest PA"),
    )),
    Case(PEOPLE["japanese2"], 31, "20231102", "153020", "心エコー検査", (
        Part("us-heart", "四腔像", 40),
        Part("us-flow", "カラードプラ", 20, _LOSSLESS_2000),
    )),
    Case(PEOPLE["chinese"], 41, "20240611", "100844", "腹部增强CT", (
        Part("ct-enhanced", "腹部 静脉期", 32),
    )),
    Case(PEOPLE["german2"], 51, "20180514", "092210", "MRT Schädel", (
        Part("mr-head", "t2 tra", 18, look="T2", spots=3),
        Part("mr-head", "flair tra", 18, look="FLAIR", spots=3),
    )),
    Case(PEOPLE["german2"], 51, "20200616", "081802", "MRT Schädel Verlaufskontrolle", (
        Part("mr-head", "t2 tra", 18, look="T2", spots=8),
        Part("mr-head", "flair tra", 18, look="FLAIR", spots=8),
    )),
    Case(PEOPLE["german2"], 51, "20220811", "134455", "MRT Schädel Verlaufskontrolle", (
        Part("mr-enhanced", "t2 tra", 24, look="T2", spots=15),
        Part("mr-enhanced", "flair tra", 24, look="FLAIR", spots=15),
    )),
    Case(PEOPLE["english"], 61, "20240229", "235959", "CT Head w/o contrast", (
        Part("ct-head", "Head 5 mm", 26, _LOSSLESS_HT),
    )),
    Case(PEOPLE["english"], 61, "20240301", "061500", "Portable Chest", (
        Part("cr-chest", "Chest AP", syntax=_LOSSLESS_2000),
    )),
    Case(PEOPLE["greek"], 71, "20230725", "120000", "CT ΚΟΙΛΙΑΣ", (
        Part("ct-abdomen", "ΑΞΟΝΙΚΗ 10 mm", 24),
    )),
    Case(PEOPLE["arabic"], 81, "20231214", "094530", "تخطيط صدى القلب", (
        Part("us-heart", "4CH", 30, _LOSSLESS_LS),
    )),
)  # fmt: skip
