"""Keys from paths of tags: several paths into one sequence are keys of one item (PS3.18 8.3.4.1)."""

from dicom_dict import Tag, UnknownEntry, element, find_element

from .._errors import LimitExceeded
from ._errors import QueryError
from ._identifier import DEPTH, KEYS
from ._key import IgnoredKey, Key, path_text
from ._kinds import SequenceMatch, Universal
from ._options import MatchOptions
from ._values import MATCHABLE, match_of, split_values

__all__ = ["KeyTree", "parse_path"]


def parse_path(text: str) -> tuple[Tag, ...]:
    """Tags and keywords with dots between them; `QueryError` names the text where something is unknown."""
    parts = text.split(".")
    if len(parts) > DEPTH:
        raise LimitExceeded("query depth", len(parts))
    return tuple(_tag(part, text) for part in parts)


def _tag(part: str, text: str) -> Tag:
    if len(part) == 8 and part.isalnum() and part.isascii():
        try:
            return Tag(int(part, 16))
        except ValueError:
            pass  # a keyword of eight letters
    entry = find_element(part) if part.isidentifier() else None
    if entry is not None and entry.keyword == part:
        return entry.tag
    near = ""
    if part.isidentifier() and len(part) <= 64:
        try:
            element(part)
        except UnknownEntry as unknown:
            near = (
                f"; did you mean {', '.join(unknown.suggestions)}?" if unknown.suggestions else ""
            )
    # What a client writes here is no patient data, but it may be anything: it is cut and shown in ASCII
    raise QueryError(
        "unknown-attribute", f"no tag or keyword of the standard{near}", ascii(text[:80])
    )


class KeyTree:
    """Takes keys one by one and gives them in the order of their tags."""

    def __init__(self, options: MatchOptions) -> None:
        self.options = options
        self.ignored: list[IgnoredKey] = []
        self._nodes: dict[Tag, KeyTree | Key] = {}
        self._creators: dict[int, str] = {}
        self._count = 0

    def creator(self, path: tuple[Tag, ...], creator: str) -> None:
        """Say who reserved a block of private elements."""
        node = self._parent(path)
        node._creators[int(path[-1])] = creator

    def add(self, path: tuple[Tag, ...], values: list[str | float]) -> None:
        """Take a key. A second one of the same attribute breaks a rule."""
        self._count += 1
        if self._count > KEYS:
            raise LimitExceeded("query keys", self._count)
        node = self._parent(path)
        tag = path[-1]
        if tag in node._nodes:
            raise QueryError("repeated", "an attribute stands once in a query", path_text(path))
        creator = None
        if tag & 0x10000:
            creator = node._creators.get(tag & 0xFFFF0000 | tag >> 8 & 0xFF)
            if creator is None:
                self.ignored.append(IgnoredKey(path, "unknown-private"))
                return
        vr = self._vr(tag, private=creator is not None)
        if tag < 0x00080000:
            self.ignored.append(IgnoredKey(path, "command"))
        elif vr not in MATCHABLE and any(value != "" for value in values):
            self.ignored.append(IgnoredKey(path, "not-matchable"))
        elif vr == "SQ" or vr not in MATCHABLE:
            if any(value != "" for value in values):
                raise QueryError(
                    "sequence", "a sequence is matched by its attributes", path_text(path)
                )
            node._nodes[tag] = Key(tag, vr, Universal(), creator)
        else:
            split: list[str | float] = []
            for value in values:
                split += split_values(vr, value) if isinstance(value, str) else [value]
            match = match_of(tag, vr, split, self.options, path_text(path))
            node._nodes[tag] = Key(tag, vr, match, creator)

    def _vr(self, tag: int, *, private: bool) -> str:
        entry = find_element(tag)
        if entry is None or entry.vr is None:
            return "" if private else "UN"
        return str(entry.vr)

    def _parent(self, path: tuple[Tag, ...]) -> "KeyTree":
        node = self
        for index, tag in enumerate(path[:-1]):
            entry = find_element(tag)
            if entry is None or entry.vr != "SQ":
                raise QueryError(
                    "sequence", "only a sequence has attributes", path_text(path[: index + 1])
                )
            inner = node._nodes.get(tag)
            if not isinstance(inner, KeyTree):  # a universal key of the sequence says less
                inner = node._nodes[tag] = KeyTree(self.options)
            node = inner
        return node

    def has(self, tag: Tag) -> bool:
        """Whether an attribute at the top is a key already."""
        return tag in self._nodes

    def keys(self) -> tuple[Key, ...]:
        """The keys, sequences as items of keys."""
        return tuple(
            Key(tag, "SQ", SequenceMatch(node.keys())) if isinstance(node, KeyTree) else node
            for tag, node in sorted(self._nodes.items())
        )
