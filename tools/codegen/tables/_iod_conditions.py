"""The sentences of a description that say when an attribute is required (PS3.5 7.4)."""

import re

from ._iod_model import squeeze

__all__ = ["condition", "include_condition", "is_cut"]

_PARAGRAPH = re.compile(
    r"\n(?! {4})"
)  # a line break with deep indentation stands inside a paragraph
_SENTENCE = re.compile(r"(?<=[.;])\s+(?=[A-Z])")
_SAYS = re.compile(
    r"\b(required (?:if|when|for|unless|only|in|to)|required, if|shall (?:not |only )?be (?:present|absent|zero|empty)\b"
    r"|shall not be present|may (?:only )?be (?:present|zero length|absent|included)|not allowed|include if)",
    re.IGNORECASE,
)
_LISTED = 12  # of the items of a list that a condition goes on with


def condition(text: str) -> str:
    """The conditions in a description, in one line; empty where it states none."""
    taken: list[str] = []
    listing = 0
    for paragraph in map(squeeze, _PARAGRAPH.split(text)):
        if not paragraph or paragraph.startswith("sect_"):
            continue
        sentences = [part for part in _SENTENCE.split(paragraph) if _SAYS.search(part)]
        if sentences:
            taken += sentences
            listing = _LISTED if sentences[-1].endswith(":") else 0
        elif listing:
            taken.append(
                paragraph if paragraph.endswith((".", ";", ",", "or", "and")) else paragraph + ";"
            )
            listing -= 1
    return squeeze(" ".join(taken))


def include_condition(beside: str, text: str) -> str:
    """When the rows of an include are to be there; empty: always."""
    if beside:
        return squeeze(f"Include {beside}")
    told = condition(text)
    return told if told.startswith(("Required if", "Include if")) else ""


def is_cut(text: str) -> bool:
    """Whether a condition ends, or goes on to another sentence, where a list or a reference was lost."""
    return not text or bool(re.search(r":($| (?:May|Shall) )|, if$|\(see$|\bSee$", text))
