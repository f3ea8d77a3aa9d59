"""One action on one element that is no sequence."""

import re
from typing import TYPE_CHECKING, Final

from dicom_dict import DeidentificationAction as Action
from dicom_dict import find_element, find_uid

from .._errors import ValueEncodeError
from ._clean import clean_text
from ._dates import shifted
from ._dummy import dummy_document, dummy_item, dummy_value
from ._errors import NotUnderstood
from ._pixels import text_of

if TYPE_CHECKING:
    from dicom_dict import Tag

    from .._dataset import Dataset
    from ._identifiers import Survey
    from ._mapping import IdentityMapping
    from ._profile import Profile
    from ._report import Recorder
    from ._run import Level

__all__ = ["Applier"]


_PATIENT_NAME: Final = 0x00100010
_PATIENT_ID: Final = 0x00100020
_DOCUMENT: Final = 0x00420011
_MIME_TYPE: Final = 0x00420012
_DOCUMENT_LENGTH: Final = 0x00420015
_OFFSET_FROM_UTC: Final = 0x00080201
_FREE_TEXT: Final = frozenset(("LO", "LT", "SH", "ST", "UC", "UT"))
_ONE_TEXT: Final = frozenset(("LT", "ST", "UT"))
_SCRUBBED: Final = _FREE_TEXT | {"CS", "PN", "UR"}
_TEMPORAL: Final = frozenset(("DA", "DT", "TM"))
_NUMBERS: Final = frozenset(("DS", "IS"))
_NUMBER: Final = re.compile(r" *[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[Ee][+-]?[0-9]+)? *").fullmatch
_OFFSET: Final = re.compile(r"[+-](?:0[0-9]|1[0-4])[0-5][0-9]").fullmatch
# Codes and their meanings come from a table, not from a person; they are scrubbed but not reported as text
_CODED: Final = frozenset((0x00080100, 0x00080102, 0x00080103, 0x00080104, 0x00080115, 0x00080116))


class Applier:
    """Applies simple actions, with the mapping and what is known of the patient."""

    __slots__ = ("did", "mapping", "patient", "profile", "recorder", "root", "survey")

    root: "Dataset"

    def __init__(
        self, profile: "Profile", mapping: "IdentityMapping", survey: "Survey", recorder: "Recorder"
    ) -> None:
        self.profile = profile
        self.mapping = mapping
        self.survey = survey
        self.recorder = recorder
        self.did = recorder.did
        self.patient = ""

    def apply(
        self,
        level: "Level",
        tag: "Tag",
        vr: str,
        path: str,
        action: Action,
        fallback: Action,
        why: str,
    ) -> None:
        """Do it, and count it; what cannot be cleaned or moved gets what the profile says without options."""
        dataset = level.dataset
        if action is Action.REMOVE:
            del dataset[tag]
            self.did(path, "removed", why)
        elif dataset.element(tag).is_empty:
            self.did(path, "kept", "empty")
        elif action is Action.KEEP:
            if vr in _TEMPORAL and why != "rule" and not self._is_time(dataset, tag, vr):
                self.apply(level, tag, vr, path, self._simple(fallback), Action.REMOVE, why)
            else:
                self._keep(level, tag, vr, path, why)
        elif action is Action.CLEAN:
            if not self._clean(dataset, tag, vr, path, why):
                self.apply(level, tag, vr, path, self._simple(fallback), Action.REMOVE, why)
        elif action is Action.REPLACE_UID or (action is Action.DUMMY and vr == "UI"):
            self._uid(dataset, tag, vr, path, why)
        elif tag in {_PATIENT_NAME, _PATIENT_ID} and self.profile.patient == "pseudonym":
            self._pseudonym(dataset, tag, path, why)
        elif action is Action.ZERO:
            dataset.set(tag, self._vr(tag, vr), None)
            self.did(path, "emptied", why)
        else:
            self._dummy(level, tag, vr, path, why)

    @staticmethod
    def _simple(action: Action) -> Action:
        return Action.REMOVE if action in {Action.KEEP, Action.CLEAN} else action

    @staticmethod
    def _vr(tag: int, vr: str) -> str:
        """The VR to write: the dictionary's where the file has another."""
        entry = find_element(tag)
        return vr if entry is None or entry.vr is None or vr in entry.vrs else str(entry.vr)

    # --- K ------------------------------------------------------------------------------------

    def _keep(self, level: "Level", tag: "Tag", vr: str, path: str, why: str) -> None:
        dataset = level.dataset
        if vr == "AS" and self.profile.oldest is not None and self._cap(dataset, tag, path, why):
            return
        if vr in _NUMBERS and not all(map(_NUMBER, filter(None, _parts(dataset, tag)))):
            # Words in a number are no number of anything (PS3.15 E.3.5)
            self._without(level, tag, vr, path)
            return
        if why in {"not listed", "private", "unknown"}:
            scrubbed = self.profile.scrub and (vr in _SCRUBBED or vr == "UN")
            if scrubbed and self._scrub(level, tag, vr, path):
                return
            if vr in _FREE_TEXT and tag not in _CODED and why != "private":
                self.recorder.free_text.add(path)
        self.did(path, "kept", why)

    def _scrub(self, level: "Level", tag: "Tag", vr: str, path: str) -> bool:
        """Take identifying words out of a text that stays; False where there are none."""
        dataset = level.dataset
        if vr == "UN":
            raw = dataset.element(tag).raw.decode("latin-1")
            if self.survey.clean(raw) == raw:
                return False
            self._without(level, tag, vr, path)
            return True
        parts = _parts(dataset, tag) if vr not in _ONE_TEXT else [dataset.element(tag).text]
        cleaned = [self.survey.clean(part) for part in parts]
        if cleaned == parts:
            return False
        touched = [part for part, left in zip(parts, cleaned, strict=True) if part != left]
        if vr == "CS" and self._are_terms(level, tag, touched):
            return False
        if vr == "CS" or not any(cleaned) or not self._put(dataset, tag, vr, cleaned):
            self._without(level, tag, vr, path)
        else:
            self.did(path, "cleaned", "identifier")
        return True

    @staticmethod
    def _are_terms(level: "Level", tag: int, parts: list[str]) -> bool:
        """Whether each value is one that the standard lists for the attribute."""
        use = level.place.use(tag)
        if use is None:
            return False
        known = {value for terms in use.attribute.value_lists for value in terms.values}
        return known.issuperset(parts)

    def _without(self, level: "Level", tag: "Tag", vr: str, path: str) -> None:
        """An attribute that has to lose its value, as its type allows (PS3.5 7.4)."""
        use = level.place.use(tag)
        kind = use.type[:1] if use is not None else "3"
        if tag & 0x10000 or kind not in {"1", "2"}:
            del level.dataset[tag]
            self.did(path, "removed", "identifier")
        elif kind == "2":
            level.dataset.set(tag, self._vr(tag, vr), None)
            self.did(path, "emptied", "identifier")
        else:
            self._dummy(level, tag, vr, path, "identifier")

    def _cap(self, dataset: "Dataset", tag: "Tag", path: str, why: str) -> bool:
        from ..values import Age

        oldest = self.profile.oldest
        assert oldest is not None
        try:
            ages = [Age(part) for part in _parts(dataset, tag) if part]
        except ValueEncodeError:
            dataset.set(tag, "AS", None)
            self.did(path, "emptied", "identifier")
            return True
        if not any(age.approximate_years >= oldest + 1 for age in ages):
            return False
        most = Age.of(oldest + 1, "Y")
        capped = [most if age.approximate_years >= oldest + 1 else age for age in ages]
        dataset.set(tag, "AS", capped)
        self.did(path, "cleaned", why)
        return True

    # --- C ------------------------------------------------------------------------------------

    def _clean(self, dataset: "Dataset", tag: "Tag", vr: str, path: str, why: str) -> bool:
        if vr in _TEMPORAL:
            return self._shift(dataset, tag, vr, path, why)
        if tag == _OFFSET_FROM_UTC:
            if not _OFFSET(text_of(dataset, tag)):
                return False
            self.did(path, "kept", why)
            return True
        if vr == "AE":
            stands = [
                f"AE{self.mapping.token('AE', part)}" if part else ""
                for part in _parts(dataset, tag)
            ]
            if self._put(dataset, tag, vr, stands):
                self.did(path, "replaced", why)
                return True
            return False
        if vr not in _FREE_TEXT:
            return False
        cleaner = self.profile.text_cleaner or clean_text
        parts = _parts(dataset, tag) if vr not in _ONE_TEXT else [dataset.element(tag).text]
        cleaned = [self.survey.clean(cleaner(part)) if part else "" for part in parts]
        if not any(cleaned) or not self._put(dataset, tag, vr, cleaned):
            return False
        self.recorder.free_text.add(path)
        self.did(path, "cleaned", why)
        return True

    def _shift(self, dataset: "Dataset", tag: "Tag", vr: str, path: str, why: str) -> bool:
        try:
            moved = shifted(vr, dataset.element(tag).text, self.mapping.shift(self.patient))
        except ValueError:  # no date: nobody knows what it is
            return False
        if not self._put(dataset, tag, vr, moved.split("\\")):
            return False
        self.did(path, "shifted", why)
        return True

    @staticmethod
    def _is_time(dataset: "Dataset", tag: int, vr: str) -> bool:
        """Whether a value that is to be kept is a date or time at all."""
        try:
            shifted(vr, dataset.element(tag).text, 0)
        except ValueError:
            return False
        return True

    @staticmethod
    def _put(dataset: "Dataset", tag: "Tag", vr: str, parts: list[str]) -> bool:
        """Set a text, in an old form where the file had one; False where the VR does not take it."""
        from .._element import DataElement

        try:
            dataset[tag] = DataElement(tag, vr, parts[0] if len(parts) == 1 else parts)
        except ValueEncodeError:
            return False
        return True

    # --- U, Z, D ------------------------------------------------------------------------------

    def _uid(self, dataset: "Dataset", tag: "Tag", vr: str, path: str, why: str) -> None:
        new = [self.stand_in(part) if part else "" for part in _parts(dataset, tag)]
        dataset.set(tag, self._vr(tag, vr), new)
        self.did(path, "remapped", why)

    def stand_in(self, uid: str) -> str:
        """The UID that stands for this one; those that the standard itself defines stand for themselves."""
        return uid if find_uid(uid) is not None else self.mapping.uid(uid)

    def _pseudonym(self, dataset: "Dataset", tag: "Tag", path: str, why: str) -> None:
        # An item with a Patient ID speaks of that patient. The name stands before the ID, which is still
        # the original one when the name has its turn.
        own = tag == _PATIENT_ID or text_of(dataset, _PATIENT_ID)
        key = patient_key(dataset, self.profile.domain) if own else self.patient
        stand_in = f"P{self.mapping.token('patient', key)}"
        dataset.set(tag, "LO" if tag == _PATIENT_ID else "PN", stand_in)
        self.did(path, "replaced", why)

    def _dummy(self, level: "Level", tag: "Tag", vr: str, path: str, why: str) -> None:
        dataset = level.dataset
        vr = self._vr(tag, vr)
        if tag == _DOCUMENT:
            document = dummy_document(text_of(dataset, _MIME_TYPE))
            dataset.set(tag, "OB", document)
            if _DOCUMENT_LENGTH in dataset:
                dataset.set(_DOCUMENT_LENGTH, "UL", len(document))
        elif vr not in _DUMMY_VRS:
            raise NotUnderstood("no-dummy", f"there is no dummy of VR {vr}", path=path)
        else:
            dataset.set(tag, vr, dummy_value(tag, vr, level.place.use(tag)))
        self.did(path, "replaced", why)

    def empty_sequence(
        self, level: "Level", tag: "Tag", path: str, action: Action, why: str
    ) -> None:
        """A sequence without its items, or with one that says nothing."""
        if action is Action.ZERO:
            level.dataset.set(tag, "SQ", [])
            self.did(path, "emptied", why)
            return
        level.dataset.set(tag, "SQ", [dummy_item(tag, level.place, self.mapping)])
        self.did(path, "replaced", why)


_DUMMY_VRS: Final = frozenset(
    "AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SS ST SV TM UC UI UL UN UR US UT UV".split()  # noqa: SIM905
)


def _parts(dataset: "Dataset", tag: int) -> list[str]:
    """The values of a text, without padding."""
    return [part.strip(" \0") for part in dataset.element(tag).text.split("\\")]


def patient_key(dataset: "Dataset", domain: str) -> str:
    """What one patient has in common in all objects: the Patient ID; else name and birth date; else the study."""
    patient = text_of(dataset, _PATIENT_ID)
    if patient:
        return f"{domain}\0{patient}"
    name = text_of(dataset, _PATIENT_NAME)
    if name:
        return f"{domain}\0\0{name}\0{text_of(dataset, 0x00100030)}"
    return f"{domain}\0\0\0{text_of(dataset, 0x0020000D)}"
