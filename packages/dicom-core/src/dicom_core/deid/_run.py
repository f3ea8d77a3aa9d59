"""Going over a copy of a data set, element by element, and doing what the profile says."""

from typing import TYPE_CHECKING, Final

from dicom_dict import DeidentificationAction as Action
from dicom_dict import DeidentificationOption as Option
from dicom_dict import Tag, find_element

from .._errors import DicomError
from .._index import raw_element
from .._sequence import Sequence
from ._apply import Applier
from ._content import Content, content_of
from ._decide import Decision, Place, decide, resolve
from ._errors import NotUnderstood
from ._private import kept_private, path_part
from ._profile import Replace

if TYPE_CHECKING:
    from dicom_dict import PrivateElement

    from .._dataset import Dataset
    from ._identifiers import Survey
    from ._mapping import IdentityMapping
    from ._profile import Profile, Rule
    from ._report import Recorder

__all__ = ["Run"]


_RULE_ACTIONS: Final = {
    "keep": Action.KEEP,
    "remove": Action.REMOVE,
    "empty": Action.ZERO,
    "dummy": Action.DUMMY,
    "clean": Action.CLEAN,
    "uid": Action.REPLACE_UID,
}
_NUMERIC_VALUE: Final = 0x0040A30A
# Groups that belong to messages, files and directories, not to a data set (PS3.5 7.1)
_LAST_FOREIGN_GROUP: Final = 0x0007
# VRs that writers take for one another; any other VR than the dictionary's may hold anything
_KINDS: Final = (
    frozenset("AE AS CS DA DS DT IS LO LT PN SH ST TM UC UI UR UT".split()),  # noqa: SIM905
    frozenset(("AT", "DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV")),
    frozenset(("OB", "OD", "OF", "OL", "OV", "OW")),
)


class Level:
    """One data set that is waiting for its turn."""

    __slots__ = ("content", "dataset", "path", "place")

    def __init__(
        self, dataset: "Dataset", place: Place, path: str, content: Content | None
    ) -> None:
        self.dataset = dataset
        self.place = place
        self.path = path
        self.content = content


class Run:
    """De-identifies one data set in place. The levels wait in a list: depth costs no stack."""

    __slots__ = ("applier", "did", "profile", "rules", "survey", "waiting")

    def __init__(
        self, profile: "Profile", mapping: "IdentityMapping", survey: "Survey", recorder: "Recorder"
    ) -> None:
        self.profile = profile
        self.rules = dict(profile.rules)
        self.survey = survey
        self.did = recorder.did
        self.applier = Applier(profile, mapping, survey, recorder)
        self.waiting: list[Level] = []

    def run(self, dataset: "Dataset", sop_class: str) -> None:
        """Do all of it."""
        self.applier.root = dataset
        self.waiting.append(Level(dataset, Place.root(sop_class), "", None))
        while self.waiting:
            self._level(self.waiting.pop())

    def _level(self, level: Level) -> None:
        dataset, profile = level.dataset, self.profile
        private = kept_private(dataset, profile) if profile.has(Option.RETAIN_SAFE_PRIVATE) else {}
        for tag in list(dataset):
            path = level.path + path_part(tag)
            if tag & 0xFFFF == 0 or tag >> 16 <= _LAST_FOREIGN_GROUP or tag == 0xFFFFFFFF:
                self._delete(dataset, tag, path, "stale")
                continue
            rule = self.rules.get(tag)
            try:
                if rule is not None:
                    self._by_rule(level, tag, path, rule)
                elif tag & 0x10000:
                    self._private(level, tag, path, private)
                elif tag >> 24 in {0x50, 0x60}:
                    self._graphics(level, tag, path)
                else:
                    self._public(level, tag, path)
            except DicomError as error:
                if isinstance(error, NotUnderstood):
                    raise
                # What the error says may be a value; where it happened is not
                raise NotUnderstood(
                    "unreadable", "a value cannot be read or replaced", path=path
                ) from None

    def _delete(self, dataset: "Dataset", tag: int, path: str, why: str) -> None:
        del dataset[tag]
        self.did(path, "removed", why)

    def _by_rule(self, level: Level, tag: Tag, path: str, rule: "Rule") -> None:
        dataset = level.dataset
        if isinstance(rule, str):
            self._act(level, tag, path, Decision(_RULE_ACTIONS[rule], Action.REMOVE, "rule"))
            return
        value = rule.value if isinstance(rule, Replace) else rule(dataset.element(tag))
        if value is None:
            self._delete(dataset, tag, path, "rule")
            return
        dataset[tag] = value
        self.did(path, "replaced", "rule")

    def _private(
        self, level: Level, tag: Tag, path: str, kept: "dict[int, PrivateElement | None]"
    ) -> None:
        if tag not in kept:
            self._delete(level.dataset, tag, path, "E.1-1")
            return
        self._act(level, tag, path, Decision(Action.KEEP, Action.REMOVE, "private"))

    def _graphics(self, level: Level, tag: Tag, path: str) -> None:
        """Curves go; of overlays all that would be left without data goes with it.

        Bits cannot be cleaned without somebody who looks at them: Clean Graphics removes them too.
        """
        why = "E.1-1" if decide(tag, self.profile).why == "E.1-1" else "stale"
        self._delete(level.dataset, tag, path, why)

    def _public(self, level: Level, tag: Tag, path: str) -> None:
        decision = decide(tag, self.profile)
        content = level.content
        if content is not None and tag == content.value and content.action is not None:
            self._act(level, tag, path, Decision(content.action, Action.DUMMY, content.why))
            return
        if decision.why == "unknown" and decision.action is Action.REMOVE:
            self._delete(level.dataset, tag, path, "unknown")
            return
        if tag == 0x00080300 and not self.profile.has(Option.RETAIN_SAFE_PRIVATE):
            self._delete(level.dataset, tag, path, "stale")
            return
        self._act(level, tag, path, decision)

    def _act(self, level: Level, tag: Tag, path: str, decision: Decision) -> None:
        dataset, place = level.dataset, level.place
        own = decision.why == "rule"
        action = decision.action if own else resolve(decision.action, tag, place)
        vr = dataset.element(tag).vr
        if vr == "SQ":
            self._sequence(level, tag, path, action, decision)
            return
        if action in {Action.KEEP, Action.CLEAN, Action.REPLACE_UID} and not self._fits(
            tag, vr, path
        ):
            self._delete(dataset, tag, path, "unknown")
            return
        may_fail = action in {Action.CLEAN, Action.KEEP}
        fallback = resolve(decision.basic, tag, place) if may_fail else Action.REMOVE
        self.applier.apply(level, tag, vr, path, action, fallback, decision.why)

    def _fits(self, tag: int, vr: str, path: str) -> bool:
        """Whether the value is of a kind that the dictionary says, so that its action is the right one."""
        entry = find_element(tag)
        if entry is None or tag & 0x10000 or vr in entry.vrs:
            return True
        if "SQ" in entry.vrs:
            raise NotUnderstood("not-a-sequence", "bytes stand where a sequence should", path=path)
        return any(vr in kind and entry.vr in kind for kind in _KINDS)

    # --- sequences ----------------------------------------------------------------------------

    def _sequence(
        self, level: Level, tag: Tag, path: str, action: Action, decision: Decision
    ) -> None:
        dataset, place, why = level.dataset, level.place, decision.why
        if action is Action.REMOVE:
            self._delete(dataset, tag, path, why)
            return
        items = dataset.get(tag)
        if not isinstance(items, Sequence):
            raise NotUnderstood("not-a-sequence", "the items cannot be read", path=path)
        if action in {Action.ZERO, Action.DUMMY}:
            # Where the IOD does not have the sequence, a dummy would be one for nobody (PS3.15 E.1.1)
            foreign = place.uses is not None and place.use(tag) is None
            if action is Action.DUMMY and foreign:
                self._delete(dataset, tag, path, why)
            elif items or action is Action.DUMMY:
                self.applier.empty_sequence(level, tag, path, action, why)
            return
        if _is_unknown(dataset, tag):
            # Written as what it is, so that every reader sees what was done to it
            dataset.set(tag, "SQ", [item.copy() for item in items])
            items = dataset.get(tag)
            assert isinstance(items, Sequence)
        cleaned = action is Action.CLEAN
        self._items(level, tag, path, items, clean_codes=cleaned)
        if cleaned and not items:
            self._sequence(level, tag, path, resolve(decision.basic, tag, place), decision)
        else:
            self.did(path, "cleaned" if cleaned else "kept", why)

    def _items(
        self, level: Level, tag: Tag, path: str, items: Sequence, *, clean_codes: bool
    ) -> None:
        from ._clean import clean_code

        place, below = level.place.below(tag), f"{path}."
        for number in range(len(items) - 1, -1, -1):
            item = items[number]
            content = content_of(item, self.profile, self.survey.refers)
            if content is not None and content.drop:
                del items[number]
                self.did(f"{path}[]", "removed", content.why)
                continue
            is_code = 0x00080104 in item and (0x00080100 in item or 0x00080119 in item)
            if clean_codes and is_code and not clean_code(item):
                del items[number]
                self.did(f"{path}[]", "removed", "E.1-1")
                continue
            if content is not None and content.is_age:
                self._age(item)
            self.waiting.append(Level(item, place, below, content))

    def _age(self, item: "Dataset") -> None:
        """The age of a subject as a number, in years (PS3.16, 121033 DCM)."""
        oldest = self.profile.oldest
        values = item.get(0x0040A300)
        if oldest is None or not isinstance(values, Sequence):
            return
        for value in values:
            try:
                years = float(value.element(_NUMERIC_VALUE).text.split("\\")[0])
            except (KeyError, ValueError):
                continue
            if years > oldest:
                value.set(_NUMERIC_VALUE, "DS", str(oldest + 1))


def _is_unknown(dataset: "Dataset", tag: int) -> bool:
    """Whether a sequence is written with the VR UN (PS3.5 6.2.2)."""
    found = raw_element(dataset, tag)
    return found is not None and found.vr == "UN"
