"""Action C: values of similar meaning that are known to hold nothing identifying (PS3.15 E.3.5).

Of a text only words stay that are known to be harmless: names of body parts and of how and with what an
image is made. Everything else goes, also what would be fine: nobody can tell "Hand" from "Dr. Hand".
"""

import re
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .._dataset import Dataset

__all__ = ["clean_code", "clean_text", "harmless"]

_SPLIT: Final = re.compile(r"[^\W_]+(?:[.,][0-9]+[a-z]*)?|\+|-|/|%").findall
_MEASURE: Final = re.compile(
    r"[0-9]{1,3}(?:[.,][0-9]{1,2})?(?:mm|cm|s|sec|ms|kv|ma|mas|t|hz|mhz|ml|x)"
)
# Words that say nothing without the one that followed
_DANGLING: Final = frozenset("in no of out over w with without wo".split())  # noqa: SIM905
_UNITS: Final = frozenset(
    ["mm", "cm", "s", "sec", "ms", "kv", "ma", "mas", "t", "hz", "mhz", "ml", "x"]
)
_NUMBER: Final = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{1,2})?")
_JOINING: Final = frozenset("+-/%")

# How an image is made and looked at; no word of it is a usual name of a person or place.
_TECHNIQUE: Final = """
2d 3d 4d abdominal acquisition adc angio angiogram angiography ap arterial axial b0 b1000 b500
biopsy bilateral bolus bone bright calibration cardiac cine circle coil combined contrast contrasted
cor coronal cr craniocaudal ct cta cube cc dark delayed derived dicom diffusion digital dixon dti
dual dwi dx dynamic echo ecg ed ecv ep epi exam fast fat fdg field filter fixed flair flash fluoro
fluoroscopy fmri follow followup fov frame frames free frontal fs fse ffdm full functional gated gd
gradient gre hd helical high hires image images in inphase iv iterative kernel kidney kv lat lateral
left localizer localiser long low lung map mask mbf mean mip mixed ml mlo mono motion mpr mr mra mri
mrcp multi native nm no non oblique of opp opposed oral out over pa pan parallel pd perfusion pet
phase phantom plain planar plane planning portal post posterior pre prior prone protocol proton qc
quick radial radiography rapid raw recon reconstruction reformat reformatted registration resolution
rest right routine rotation sag sagittal scan scout screening se seg segmentation sequence series
short sense single slab slice slices small soft spair spect spectroscopy spin spgr spiral ssfp
standard static std stir stress study subtraction supine suv swi survey t t1 t1w t2 t2w t2star thick
thin three time tissue tof tomo tomosynthesis top tra transverse trace tse turbo two ultra
ultrasound unenhanced upright us vein venous vibe view views volume vol w water wb weighted whole
wide window with without wo work x xa xr xray
"""
# Of the names of body parts what is also a family name, or joins words
_DOUBTFUL: Final = frozenset(["hand", "chin", "temple", "palm", "sole", "young", "bell"])
_ANATOMY: Final = ("4", "4031")  # Anatomic Region, Common Anatomic Region
# Coding schemes whose codes mean the same everywhere (PS3.16 8, HL7's registry)
_PUBLIC_SCHEMES: Final = frozenset(
    (
        "ACR", "BARI", "C4", "C5", "CD2", "DCM", "FMA", "I10", "I10C", "I10P", "I11", "I9", "I9C", "IBSI",
        "ICDO3", "ISO3166_1", "ISO639_1", "ISO639_2", "LN", "MDC", "MSH", "NCDR", "NCDR [2.0b]", "NCIT",
        "NDC", "NEU", "RADLEX", "RFC5646", "RXNORM", "SCT", "SNM3", "SRT", "UBERON", "UCUM", "UMLS",
        "99SDM",
    )
)  # fmt: skip


@cache
def harmless() -> frozenset[str]:
    """The words that identify nobody, in lower case."""
    from dicom_dict import context_group

    words = set(_TECHNIQUE.split())
    for group in _ANATOMY:
        for code in context_group(group).codes():
            words.update(word.lower() for word in re.findall(r"[A-Za-z]{3,}", code.meaning))
    return frozenset(words - _DOUBTFUL)


def clean_text(text: str) -> str:
    """What may stay of a description; empty where nothing of it is known to be harmless.

    >>> clean_text("CT chest abdomen pelvis - 55F Dr. Smith")
    'CT chest abdomen pelvis'
    """
    kept: list[str] = []
    known = harmless()
    words = _SPLIT(text)
    for at, word in enumerate(words):
        low = word.lower()
        following = words[at + 1].lower() if at + 1 < len(words) else ""
        if (
            (low in known and (low != "mr" or word == "MR"))
            or low in _JOINING
            or _MEASURE.fullmatch(low)
            or (following in _UNITS and _NUMBER.fullmatch(low))
            or (low in _UNITS and kept and kept[-1] == words[at - 1])
        ):
            kept.append(word)
    return _tidy(kept)


def _tidy(words: list[str]) -> str:
    """The words, without joining characters that join nothing."""
    kept: list[str] = []
    for word in words:
        if word in _JOINING and (not kept or kept[-1] in _JOINING):
            continue
        kept.append(word)
    while kept and (kept[-1] in _JOINING or kept[-1].lower() in _DANGLING):
        kept.pop()
    return " ".join(kept)


def clean_code(item: "Dataset") -> bool:
    """Clean an item of a code sequence in place; False where it has to go.

    A code of a scheme of the standard's list stays, and its meaning becomes the standard's own, or what
    is harmless of it. A code of a private scheme goes: nobody knows what was coded there.
    """
    scheme, value = _text(item, 0x00080102), _text(item, 0x00080100)
    if scheme.upper() not in _PUBLIC_SCHEMES and scheme not in _PUBLIC_SCHEMES:
        return False
    for tag in list(item):
        if tag not in {0x00080100, 0x00080102, 0x00080103, 0x00080104, 0x00080119}:
            del item[tag]
    if 0x00080104 in item:
        meaning = _meaning(value, scheme) or clean_text(_text(item, 0x00080104))
        from ._dummy import CODE_MEANING

        item.set(0x00080104, "LO", meaning or CODE_MEANING)
    return True


def _text(item: "Dataset", tag: int) -> str:
    return item.element(tag).text.strip(" \0") if tag in item else ""


def _meaning(value: str, scheme: str) -> str:
    """The meaning that the standard gives to a code, or empty."""
    from dicom_dict import Code, groups_of

    if not value:
        return ""
    for group in groups_of(Code(value, scheme, "")):
        found = group.find(value, scheme)
        if found is not None:
            return found.meaning
    return ""


# Tracebacks, reprs and pickles name the place that users import from
clean_text.__module__ = "dicom_core.deid"
