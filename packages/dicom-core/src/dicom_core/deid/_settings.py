"""The settings of a profile as a file has them."""

from typing import TYPE_CHECKING, Literal, TypeVar

from attrs import field, frozen

from dicom_dict import DeidentificationOption as Option
from dicom_dict import TagFormatError, UnknownEntry

from ._profile import WORDS, Profile, ProfileError, Replace

if TYPE_CHECKING:
    from ._profile import Rule

__all__ = ["Plain", "profile_of"]

_Kind = TypeVar("_Kind", bound=Profile)


@frozen
class Plain:
    """What `Profile.basic` takes, in the types of TOML and JSON."""

    options: list[str] = field(factory=list)
    rules: dict[str, object] = field(factory=dict)
    patient: Literal["pseudonym", "empty"] = "pseudonym"
    domain: str = ""
    declared_safe: bool = False
    beyond_table: bool = True
    scrub: bool = True
    unknown_elements: Literal["remove", "keep"] = "remove"
    burned_in: Literal["quarantine", "accept"] = "quarantine"
    oldest: int | None = 89


def profile_of(kind: type[_Kind], plain: Plain) -> _Kind:
    """The profile, or a `ProfileError` that names what is wrong."""
    for name in plain.options:
        if name not in {*Option}:
            text = (
                f"has {name!r}, which is no option of PS3.15 Annex E; there are {', '.join(Option)}"
            )
            raise ProfileError("options", text, Option)
    try:
        return kind.basic(
            *plain.options,
            rules={key: _rule(key, rule) for key, rule in plain.rules.items()},
            patient=plain.patient,
            domain=plain.domain,
            declared_safe=plain.declared_safe,
            beyond_table=plain.beyond_table,
            scrub=plain.scrub,
            unknown_elements=plain.unknown_elements,
            burned_in=plain.burned_in,
            oldest=plain.oldest,
        )
    except (UnknownEntry, TagFormatError) as error:
        raise ProfileError("rules", f"has a key that is no element: {error}") from error
    except ProfileError:
        raise
    except ValueError as error:
        raise ProfileError("options", f"cannot be combined so: {error}") from error


def _rule(key: str, given: object) -> "Rule":
    for word in WORDS:
        if given == word:
            return word
    if isinstance(given, dict) and list(given) == ["replace"]:
        return Replace(given["replace"])
    text = f"has for {key} none of {', '.join(WORDS)}, and no table with 'replace'"
    raise ProfileError("rules", text, WORDS)
