"""Conditions out of the plain sentences of PS3.3, such as "Required if A (gggg,eeee) is present."

The grammar is small and strict: attributes by their exact names, a few verbs, values in capitals. A sentence that does
not fit whole gives None: its condition stands in the tables of `_conditions`, or is told as not evaluated. Nothing is
guessed; what could be read in two ways is not read.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from dicom_dict import find_element

from ._predicates import (
    Condition,
    absent,
    all_of,
    any_of,
    empty,
    filled,
    first_item,
    has_value,
    is_not,
    is_one_of,
    lists,
    more_than,
    not_,
    present,
    value,
)

__all__ = ["Sentence", "condition_of"]

_START: Final = re.compile(
    r"(?:[Rr]equired,? (?:only )?(?:if|when)|[Ss]hall be present,? if|Include if(?: and only if)?) "
)
_SPLIT: Final = re.compile(r"(?<=[.;]) +(?=[A-Z])|(?<=[A-Z]) (?=May be present)")
_PERMISSION: Final = re.compile(r"[,;]? (?:[Ss]hall not|[Mm]ay) be present otherwise.*")
_LEAD: Final = (
    r"(?:(?:the|The|a|if|either|each) )*(?:[Vv]alues? of )?(?:the )?"
    r"(?:(?:Value (?P<before>[1-9])|third Value) of )?"
)
_ATTRIBUTE: Final = re.compile(
    _LEAD + r"(?P<name>[A-Z][^\"]{2,90}?) \((?P<tag>[0-9A-F]{4},[0-9A-F]{4})\)"
)
_BARE: Final = re.compile(
    _LEAD
    + r"(?P<name>[A-Z][A-Za-z' /()-]{2,60}?)(?= (?:is|are|exists|equals|has|[Vv]alue is)\b| =|$)"
)
_SIBLING: Final = re.compile(r",? (?P<join>and|or) (?=[A-Z])|, (?=[A-Z])")
_VALUE: Final = r"(?:\"[^\"]+\"(?: \([^)]*\))?|[A-Z0-9][A-Z0-9_]*(?: [A-Z][A-Z0-9_]+)*(?![a-z]))"
_VALUES: Final = rf"(?P<values>{_VALUE}(?:(?:, or |, | or ){_VALUE})*)(?: \([A-Z][^)]*\))?"
_EQUAL: Final = (
    r"(?:is (?:present|provided) and (?:has|equals|is|the value is)|is present with|[Vv]alue is|is|equals|equal to|=|has"
    r"|contains)"
    r"(?: equal to| EQUAL to| either| one of(?: the following)?)?(?: the| a)?(?: [Vv]alues?)?(?: of)?:? "
)
_OTHER: Final = r"(?:(?:is|equals|has) (?:other than|not(?: any of)?)|is not equal to) "
_POSITION: Final = r"(?P<place>,? [Vv]alue (?P<position>[1-9])(?: of this Frame)?,? )"
_FILLED: Final = r"present and (?:has a [Vv]alue|is not empty|not empty)|has a Value|non-null|not empty|non-zero length"
_END: Final = r"(?=$|,? (?:and|or) )"

_LEVEL: Final = " at the image level"
_FIRST: Final = re.compile(
    r"Required for (?:the )?(?:first Item (?:of|in) |Control Point 0 of |first Control Point of )[^,.]*(?:\([0-9A-F,]{9}\))?"
    r",? or if [^,]* changes? during (?:the )?(?:[Bb]eam|beam delivery|beam administration|setup)\.?"
)

_VERBS: Final = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("absent-or-equal", r" is absent,? or (?:is present and )?has the Value " + _VALUES),
        ("absent-or-not", r" is absent or not " + _VALUES),
        ("positioned-not", _POSITION + _OTHER + _VALUES),
        ("positioned", _POSITION + _EQUAL + _VALUES),
        ("filled", rf" (?:(?:is|are) )?(?:{_FILLED}){_END}"),
        ("absent", r" (?:is|are) (?:not present|absent)" + _END),
        ("empty", r" (?:is|are) (?:empty|zero[- ]length)" + _END),
        ("points", r" (?:points to|(?:contains|includes) the Tag for)(?: the)?(?= )"),
        ("positive", r" (?:is|has a [Vv]alue) (?:non-zero|greater than zero)" + _END),
        ("above", r" (?:is|has a [Vv]alue) greater than (?P<bound>[0-9]+)" + _END),
        ("not", " " + _OTHER + _VALUES),
        ("equal", " " + _EQUAL + _VALUES),
        ("present", r" (?:(?:is|are) (?:present|used)|exists?)" + _END),
    )
)  # fmt: skip
_SIMPLE: Final = {"present": present, "absent": absent, "filled": filled, "empty": empty}
_PART: Final = re.compile(r"\"([^\"]+)\"(?: \([^)]*\))?|([A-Z0-9_][A-Z0-9_ ]*)")


class Sentence(NamedTuple):
    """What the words of a condition say."""

    needed: Condition | None
    """When the attribute is required; None where the words could not be read."""
    may_be_present: bool
    """Whether it may also be there when the condition does not hold (PS3.5 7.4.2)."""
    forbidden: bool
    """Whether the words say that it shall not be there then."""


@lru_cache(maxsize=4096)
def condition_of(text: str) -> Sentence:
    """Read the words of a condition; the same text gives the same predicate."""
    permitted = re.search(r"[Mm]ay (?:also )?be present", text) is not None
    forbidden = "hall not be present otherwise" in text
    parts: list[Condition] = []
    for sentence in _SPLIT.split(text):
        if _FIRST.fullmatch(sentence):
            # Whether the value changes is not looked at: the items after the first are not evaluated
            parts.append(first_item)
            continue
        start = _START.match(sentence)
        if start is not None:
            clause = _outer(_PERMISSION.sub("", sentence[start.end() :]).rstrip(" .;"))
            if clause is None:
                return Sentence(None, permitted, forbidden)
            parts.append(clause)
        elif re.match(r"If |Otherwise,? required|Required ", sentence):
            # "May be present otherwise", "See C.7.6" say nothing about when it is required; this does
            return Sentence(None, permitted, forbidden)
    return Sentence(any_of(*parts) if parts else None, permitted, forbidden)


def _outer(body: str) -> Condition | None:
    """Groups of clauses: a join after a comma binds less than one without, as it is read aloud."""
    found: list[Condition] = []
    joins: set[str] = set()
    at = 0
    while True:
        group, at = _inner(body, at)
        if group is None:
            return None
        found.append(group)
        join = re.compile(r", (and|or)(?: if| that)? ").match(body, at)
        if join is None:
            break
        joins.add(join[1])
        at = join.end()
    if at != len(body) or len(joins) > 1:
        return None
    return all_of(*found) if joins == {"and"} else any_of(*found)


def _inner(body: str, at: int) -> tuple[Condition | None, int]:
    """Clauses joined by "and" alone or by "or" alone."""
    found: list[Condition] = []
    joins: set[str] = set()
    while True:
        clause, at = _clause(body, at)
        if clause is None:
            return None, at
        found.append(clause)
        join = re.compile(r" (and|or)(?: if)? ").match(body, at)
        if join is None:
            break
        joins.add(join[1])
        at = join.end()
    if len(joins) > 1:
        return None, at
    return all_of(*found) if joins == {"and"} else any_of(*found), at


class _Subject(NamedTuple):
    """The attributes that a clause is about."""

    tags: list[int]
    join: str
    position: int


def _clause(body: str, at: int) -> tuple[Condition | None, int]:
    subject, at = _subjects(body, at)
    if subject is None:
        return None, at
    if body.startswith(_LEVEL, at):
        at += len(_LEVEL)
    for verb, pattern in _VERBS:
        said = pattern.match(body, at)
        if said is None:
            continue
        end = said.end()
        if verb == "points":
            pointed, end = _attribute(body, end + 1)
            if pointed is None or len(subject.tags) > 1:
                return None, end
            return lists(subject.tags[0], pointed.tags[0]), end
        tests = [_predicate(verb, tag, subject.position, said) for tag in subject.tags]
        known = [test for test in tests if test is not None]
        if len(known) < len(tests):
            return None, end
        return all_of(*known) if subject.join == "and" else any_of(*known), end
    return None, at


def _subjects(body: str, at: int) -> tuple[_Subject | None, int]:
    """One attribute, or several that share a verb: "A, B and C are not present"."""
    first, at = _attribute(body, at)
    if first is None:
        return None, at
    tags, joins = list(first.tags), set()
    while (link := _SIBLING.match(body, at)) is not None:
        another, end = _attribute(body, link.end())
        if another is None or another.position:
            break
        tags += another.tags
        joins |= {link["join"]} - {None}
        at = end
    if len(joins) > 1 or (len(tags) > 1 and (not joins or first.position)):
        return None, at
    # "A or B are not present" could mean either; `_conditions` has those by hand.
    if len(tags) > 1 and joins == {"or"} and re.match(r" (?:is|are) not present", body[at:]):
        return None, at
    return _Subject(tags, next(iter(joins), "or"), first.position), at


def _attribute(body: str, at: int) -> tuple[_Subject | None, int]:
    """An attribute by its exact name, with its tag or, where the verb follows, without."""
    said = _ATTRIBUTE.match(body, at)
    entry = find_element(int(said["tag"].replace(",", ""), 16)) if said is not None else None
    if said is None or entry is None or _plain(said["name"]) != _plain(entry.name):
        said = _BARE.match(body, at)
        entry = find_element(said["name"]) if said is not None else None
        if said is None or entry is None or said["name"] != entry.name:
            return None, at
    lead = body[at : said.start("name")]
    position = int(said["before"] or 0) or (3 if "third Value" in lead else 0)
    return _Subject([int(entry.tag)], "", position), said.end()


def _plain(name: str) -> str:
    return name.replace("\u2019", "'").lower()


def _predicate(verb: str, tag: int, before: int, said: "re.Match[str]") -> Condition | None:
    groups = said.groupdict()
    values = _values(groups.get("values") or "")
    position = int(groups.get("position") or before or 1)
    if verb in _SIMPLE:
        return _SIMPLE[verb](tag)
    if verb in {"positive", "above"}:
        return more_than(tag, float(groups.get("bound") or 0))
    if not values:
        return None
    match verb:
        case "positioned" | "equal" if position > 1 or verb == "positioned":
            return is_one_of(tag, position, *values)
        case "positioned-not":
            return not_(is_one_of(tag, position, *values))
        case "not":
            return is_not(tag, *values)
        case "absent-or-equal":
            return any_of(absent(tag), value(tag, *values))
        case "absent-or-not":
            return not_(value(tag, *values))
        case _:
            return has_value(tag, *values) if "contains" in said[0] else value(tag, *values)


def _values(text: str) -> list[str]:
    found: list[str] = []
    for part in re.split(r", or |, | or (?=[A-Z0-9\"])", text):
        said = _PART.fullmatch(part)
        if said is None:
            return []
        found.append((said[1] or said[2]).strip())
    return found
