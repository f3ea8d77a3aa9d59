"""What to do, as a value: the basic profile, its options, rules of one's own, and policies beside the table."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar, Final, Literal, Self, TypeAlias

import attrs

from dicom_dict import DeidentificationOption as Option
from dicom_dict import PrivateDictionary, Tag, element

from .._settings import FromSettings, SettingsError

if TYPE_CHECKING:
    from .._dataset import Dataset
    from .._element import DataElement

__all__ = ["WORDS", "Option", "Profile", "ProfileError", "Replace", "Rule"]

TextCleaner: TypeAlias = Callable[[str], str]
"""Gives what may stay of a text; empty: nothing."""
PixelCleaner: TypeAlias = "Callable[[Dataset], None]"
"""Removes what must not be seen from the pixels of a data set in place, or raises."""
ElementRule: TypeAlias = "Callable[[DataElement], object]"
"""Gives the new value of an element; None removes the element."""


class ProfileError(SettingsError):
    """A setting of a profile is unknown or has a wrong value; ``setting`` names it, ``allowed`` what there is."""

    table = "deidentification"


@attrs.frozen
class Replace:
    """A rule that sets a value, in the VR of the dictionary."""

    value: object


Rule: TypeAlias = (
    "Literal['keep', 'remove', 'empty', 'dummy', 'clean', 'uid'] | Replace | ElementRule"
)
"""What a rule of one's own does. A kept sequence keeps its items, each de-identified in its turn."""

WORDS: Final = ("keep", "remove", "empty", "dummy", "clean", "uid")


def _rules(given: "Mapping[int | str, Rule]") -> "tuple[tuple[Tag, Rule], ...]":
    found: dict[Tag, Rule] = {}
    for key, rule in given.items():
        tag = Tag(key) if isinstance(key, int) else _tag(key)
        if not (isinstance(rule, Replace) or callable(rule) or rule in WORDS):
            raise ValueError(
                f"the rule of {tag} is none of {', '.join(WORDS)}, Replace(...) or a function"
            )
        found[tag] = rule
    return tuple(sorted(found.items(), key=lambda pair: pair[0]))


def _option(given: str) -> Option:
    if given not in {*Option}:
        raise ValueError(f"{given!r} is no option of PS3.15 Annex E; there are {', '.join(Option)}")
    return Option(given)


def _tag(key: str) -> Tag:
    return element(key).tag if key.isidentifier() and len(key) != 8 else Tag(key)


@attrs.frozen
class Profile(FromSettings):
    """The basic application level confidentiality profile with options and rules (PS3.15 Annex E).

    A value: equal profiles do the same, and one may be handed to any number of workers as long as the
    functions in it can be pickled. Make one with `basic`.
    """

    _settings_error: ClassVar = ProfileError

    options: frozenset[Option] = frozenset()
    rules: "tuple[tuple[Tag, Rule], ...]" = ()
    """Rules of one's own; they win over the table, at every depth."""
    patient: Literal["pseudonym", "empty"] = "pseudonym"
    """What stands in Patient ID and Patient's Name: a stand-in of the mapping, the same for all objects
    of the patient, or nothing."""
    domain: str = ""
    """Who assigned the Patient IDs. The same ID of two domains is two patients."""
    text_cleaner: "TextCleaner | None" = None
    """Cleans descriptions under Clean Descriptors and Clean Structured Content; None: `clean_text`."""
    pixel_cleaner: "PixelCleaner | None" = None
    """Needed for Clean Pixel Data: nobody may claim that option without cleaning."""
    visual_cleaner: "PixelCleaner | None" = None
    """Needed for Clean Recognizable Visual Features."""
    safe_private: PrivateDictionary = attrs.field(factory=lambda: PrivateDictionary.STANDARD)
    """What Retain Safe Private keeps; PS3.15 table E.3.10-1 unless you say otherwise."""
    declared_safe: bool = False
    """Whether Retain Safe Private also believes a data set that declares blocks SAFE (0008,0303)."""
    beyond_table: bool = True
    """Whether names, dates, addresses, comments and instance UIDs that table E.1-1 forgets are treated
    like their kin in it (PS3.15 E.1.1 leaves it to the de-identifier)."""
    scrub: bool = True
    """Whether texts that are kept lose every word that identifies the patient elsewhere in the object."""
    unknown_elements: Literal["remove", "keep"] = "remove"
    """Elements of even groups that the dictionary does not know."""
    burned_in: Literal["quarantine", "accept"] = "quarantine"
    """What happens to pixels and sounds that may identify the patient: refused, or trusted because
    somebody looked at them."""
    oldest: int | None = 89
    """Ages above so many years become one more than that; None: any age is kept where ages are."""

    def __attrs_post_init__(self) -> None:
        if {
            Option.RETAIN_LONGITUDINAL_FULL_DATES,
            Option.RETAIN_LONGITUDINAL_MODIFIED_DATES,
        } <= self.options:
            raise ValueError("full and modified dates exclude each other (PS3.15 E.3.6)")
        for option, cleaner, name in (
            (Option.CLEAN_PIXEL_DATA, self.pixel_cleaner, "pixel_cleaner"),
            (Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES, self.visual_cleaner, "visual_cleaner"),
        ):
            if option in self.options and cleaner is None:
                raise ValueError(
                    f"the option {option.value} needs a {name}=, a function that does it"
                )

    @classmethod
    def basic(
        cls,
        *options: Option | str,
        rules: "Mapping[int | str, Rule] | None" = None,
        patient: Literal["pseudonym", "empty"] = "pseudonym",
        domain: str = "",
        safe_private: PrivateDictionary | None = None,
        declared_safe: bool = False,
        beyond_table: bool = True,
        scrub: bool = True,
        unknown_elements: Literal["remove", "keep"] = "remove",
        burned_in: Literal["quarantine", "accept"] = "quarantine",
        oldest: int | None = 89,
    ) -> Self:
        """The basic profile with these options, rules and policies; `with_cleaners` adds functions.

        >>> Profile.basic("clean_descriptors", rules={"StationName": "keep"}).rule(0x00081010)
        'keep'
        """
        return cls(
            options=frozenset(map(_option, options)),
            rules=_rules(rules or {}),
            patient=patient,
            domain=domain,
            safe_private=PrivateDictionary.STANDARD if safe_private is None else safe_private,
            declared_safe=declared_safe,
            beyond_table=beyond_table,
            scrub=scrub,
            unknown_elements=unknown_elements,
            burned_in=burned_in,
            oldest=oldest,
        )

    @classmethod
    def from_mapping(cls, settings: Mapping[str, object]) -> Self:
        """A profile of the names and values that `basic` takes; `ProfileError` says what is wrong.

        A rule is one of the words, or a table ``{replace = value}``. What is a function is added by
        `with_cleaners`. This and the three below need cattrs: ``pip install 'dicom-core[settings]'``.
        """
        from .._settings import structured
        from ._settings import Plain, profile_of

        return profile_of(cls, structured(Plain, settings, ProfileError))

    def with_cleaners(
        self,
        *,
        pixels: "PixelCleaner | None" = None,
        visual: "PixelCleaner | None" = None,
        text: "TextCleaner | None" = None,
    ) -> Self:
        """This profile with functions that clean, and the pixel options that they make possible."""
        added = set(self.options)
        if pixels is not None:
            added.add(Option.CLEAN_PIXEL_DATA)
        if visual is not None:
            added.add(Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES)
        return attrs.evolve(
            self,
            options=frozenset(added),
            pixel_cleaner=pixels or self.pixel_cleaner,
            visual_cleaner=visual or self.visual_cleaner,
            text_cleaner=text or self.text_cleaner,
        )

    def rule(self, tag: int) -> "Rule | None":
        """The rule of one's own for a tag, or None."""
        return next((rule for known, rule in self.rules if known == tag), None)

    def has(self, option: Option) -> bool:
        """Whether an option is chosen."""
        return option in self.options


# Tracebacks, reprs and pickles name the place that users import from
ProfileError.__module__ = Replace.__module__ = Profile.__module__ = "dicom_core.deid"
