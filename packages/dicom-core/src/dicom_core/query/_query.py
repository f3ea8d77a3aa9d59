"""`Query`: what is asked, of which entities, and what is wanted in the answers."""

from functools import cached_property
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from dicom_dict import Tag

from ._errors import QueryError
from ._key import IgnoredKey, Key, name_of
from ._kinds import SingleValue, UIDList
from ._levels import InformationModel, QueryLevel, level_of, unique_key
from ._options import DEFAULT, MatchOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._dataset import Dataset
    from ._matcher import Matcher
    from ._project import Plain

__all__ = ["Query"]


@frozen(slots=False)
class Query:
    """A query as a value: compared, pickled and translated as data.

    Every key is also a return key. Made by `from_identifier`, `from_parameters` or `build`.
    """

    model: InformationModel
    level: QueryLevel | None
    """None where the model is flat."""
    keys: tuple[Key, ...] = ()
    options: MatchOptions = DEFAULT
    fields: tuple[tuple[Tag, ...], ...] = ()
    """What is wanted besides the keys: paths of tags (``includefield`` of PS3.18 8.3.4.3)."""
    all_fields: bool = False
    """Everything there is, is wanted (``includefield=all``)."""
    limit: int | None = None
    """The most answers."""
    offset: int = 0
    """How many matches come before the first answer."""
    timezone: int | None = None
    """The zone of the dates and times of the keys, in minutes from UTC (0008,0201)."""
    charset: tuple[str, ...] = ()
    """The character set that the query came in (0008,0005); answers in it are welcome."""
    view: str = ""
    """Query/Retrieve View (0008,0053): CLASSIC or ENHANCED, or empty."""
    ignored: tuple[IgnoredKey, ...] = ()
    """Keys that were not understood. They neither match nor come back."""

    def key(self, tag: int) -> Key | None:
        """The key of an attribute at the top, or None."""
        return next((key for key in self.keys if key.tag == tag), None)

    def matches(self, dataset: "Dataset") -> bool:
        """Whether an entity, given by its attributes, is meant. Values that cannot be decoded match nothing."""
        return self._matcher.matches(dataset)

    def project(self, dataset: "Dataset") -> "Dataset":
        """The answer for an entity that matches: the keys and fields, the level and its unique keys.

        What the entity does not have comes empty; of a sequence only the items that match, with only the
        attributes that were asked for (PS3.4 C.2.2.2.6).
        """
        from ._project import project

        return project(self, dataset)

    @cached_property
    def _matcher(self) -> "Matcher":
        from ._matcher import Matcher

        return Matcher(self)

    @cached_property
    def _plain(self) -> "Plain | None":
        from ._project import Plain

        return Plain.of(self)

    def __getstate__(self) -> dict[str, object]:
        made = {"_matcher", "_plain"}
        return {name: value for name, value in self.__dict__.items() if name not in made}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)

    def restricted(self, supports: "Callable[[Key], bool]") -> "Query":
        """The same query without the keys that somebody does not support; they are in ``ignored``."""
        kept = tuple(key for key in self.keys if supports(key))
        gone = tuple(
            IgnoredKey((key.tag,), "unsupported") for key in self.keys if not supports(key)
        )
        return evolve(self, keys=kept, ignored=self.ignored + gone)

    def without_lower_levels(self) -> "Query":
        """The same query without keys of levels below its own: no entity of the level has them."""
        level = self.level
        if level is None:
            return self
        lower = {key.tag for key in self.keys if level_of(key.tag).depth > level.depth}
        gone = tuple(IgnoredKey((tag,), "below-level") for tag in sorted(lower))
        kept = tuple(key for key in self.keys if key.tag not in lower)
        return evolve(self, keys=kept, ignored=self.ignored + gone) if lower else self

    def check_levels(self) -> "Query":
        """The query, if it keeps the rules of the hierarchy (PS3.4 C.4.1.2.1); `QueryError` names the key.

        A level of the model; above it exactly one value of each unique key and nothing else, unless
        relational queries were agreed on; the unique key of the level itself without wild cards.
        """
        if self.level is None:
            return self
        if self.level not in self.model.levels:
            raise QueryError(
                "level", f"the {self.model} model has no level {self.level}", "QueryRetrieveLevel"
            )
        if not self.options.relational:
            self._check_above(self.level)
        key = self.key(unique_key(self.level))
        if key is None and not self.options.relational and not self.all_fields:
            raise QueryError(
                "unique-key",
                f"a {self.level} query carries its unique key, empty or not",
                name_of(unique_key(self.level)),
            )
        return self

    def _check_above(self, level: QueryLevel) -> None:
        above = [one for one in self.model.levels if one.depth < level.depth]
        for one in above:
            key = self.key(unique_key(one))
            match = key.match if key is not None else None
            if isinstance(match, UIDList) and len(match.uids) == 1:
                continue
            if not isinstance(match, SingleValue):
                raise QueryError(
                    "unique-key",
                    f"a {level} query needs one value of the unique key of the {one} level",
                    name_of(unique_key(one)),
                )
        top = self.model.levels[0]
        for key in self.keys:
            # In the study root model patients are part of studies (PS3.4 C.3.2)
            owner = max(level_of(key.tag), top, key=lambda found: found.depth)
            if owner in above and key.tag != unique_key(owner) and key.is_matching:
                raise QueryError(
                    "above-level",
                    f"a {level} query has no key of the {owner} level",
                    name_of(key.tag),
                )

    def __str__(self) -> str:
        """The kinds of matching, without any value."""
        what = self.level or self.model
        return f"{what} query: " + ", ".join(map(str, self.keys))


# Tracebacks, reprs and pickles name the place that users import from
Query.__module__ = "dicom_core.query"
