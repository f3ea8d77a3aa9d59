"""A node's settings out of plain values: each wrong one is named with the tables it stands in, and what it may be."""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, TypeVar, get_args, get_origin

from attrs import AttrsInstance, fields_dict, has
from cattrs import (
    BaseValidationError,
    ClassValidationError,
    Converter,
    ForbiddenExtraKeysError,
    IterableValidationError,
)
from cattrs.gen import make_dict_structure_fn, override

from dicom_core._settings import SettingsError
from dicom_core.store import DuplicatePolicy
from dicom_net.services import Conversion

from ._settings import LogForm, LogLevel, ServeSettings, ServeSettingsError

__all__ = ["NAMES", "structured"]

_Settings = TypeVar("_Settings", bound=AttrsInstance)

NAMES: Final = {"destinations": "destination"}
"""Settings whose name in a file is another: of ``[[destination]]`` each is one."""
_NUMBERS: Final = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}
_NAMED: Final = re.compile(r"'?(\w+)'? (.*)", re.DOTALL)  # how the errors of validators begin


def structured(kind: type[_Settings], given: Mapping[str, object]) -> _Settings:
    """The settings; `ServeSettingsError` names the first that is wrong."""
    try:
        return _converter().structure(given, kind)
    except BaseValidationError as wrong:
        raise _explained(wrong, (), kind) from wrong


@lru_cache(maxsize=1)
def _converter() -> Converter:
    """One that converts nothing by itself: the usual one makes a text of everything, and a list of a text."""
    converter = Converter(forbid_extra_keys=True)
    for plain in (str, bool, int):
        converter.register_structure_hook(plain, _exactly)
    converter.register_structure_hook(float, _number)
    for choice in (DuplicatePolicy, Conversion, LogForm, LogLevel):  # else they were texts
        converter.register_structure_hook(choice, lambda value, kind: kind(value))
    converter.register_structure_hook_func(
        _is_several,
        lambda value, kind: _several(converter, value, kind),
    )
    converter.register_structure_hook(
        ServeSettings,
        make_dict_structure_fn(
            ServeSettings,
            converter,
            _cattrs_forbid_extra_keys=True,
            **{name: override(rename=told) for name, told in NAMES.items()},  # type: ignore[arg-type]
        ),
    )
    return converter


def _is_several(kind: object) -> bool:
    return get_origin(kind) in {frozenset, tuple}


def _exactly(value: object, kind: type[object]) -> object:
    if type(value) is not kind:
        raise TypeError
    return value


def _number(value: object, _: object) -> float:
    if type(value) not in {int, float}:
        raise TypeError
    assert isinstance(value, int | float)
    return float(value)


def _several(converter: Converter, value: object, kind: Any) -> object:
    if not isinstance(value, list | tuple):
        raise TypeError
    inner = get_args(kind)[0]
    found: list[object] = []
    for number, one in enumerate(value):
        try:
            found.append(converter.structure(one, inner))
        except Exception as wrong:
            raise _explained(wrong, (f"[{number}]",), inner) from wrong
    return get_origin(kind)(found)


def _explained(wrong: BaseException, path: tuple[str, ...], kind: object) -> ServeSettingsError:
    """What the error is about, in the words of the file."""
    if isinstance(wrong, ClassValidationError):
        return _of_class(wrong, path)
    if isinstance(wrong, IterableValidationError):
        return _explained(wrong.exceptions[0], path, kind)
    if isinstance(wrong, ForbiddenExtraKeysError):
        known = tuple(NAMES.get(name, name) for name in fields_dict(wrong.cl))
        name = min(wrong.extra_fields)
        return _error((*path, name), f"is unknown; there are {', '.join(known)}", known)
    if isinstance(wrong, SettingsError):
        return _error((*path, wrong.setting), wrong.text, wrong.allowed)
    allowed = _allowed(kind)
    if allowed:
        return _error(path, f"is one of {', '.join(allowed)}", allowed)
    if isinstance(wrong, TypeError):
        return _error(path, f"is {_in_words(kind)}")
    named = _NAMED.match(str(wrong))
    if named and isinstance(kind, type) and has(kind) and named[1] in fields_dict(kind):
        return _error((*path, named[1]), named[2])
    return _error(path, f"is not possible: {wrong}")


def _of_class(wrong: ClassValidationError, path: tuple[str, ...]) -> ServeSettingsError:
    named, others = wrong.group_exceptions()
    # An unknown key explains what is missing, where one is written wrong
    others = sorted(others, key=lambda one: not isinstance(one, ForbiddenExtraKeysError))
    if others:
        return _explained(others[0], path, wrong.cl)
    error, note = named[0]
    told = NAMES.get(note.name, note.name)
    if isinstance(error, KeyError):
        return _error((*path, told), "is missing")
    if isinstance(error, SettingsError) and error.setting.startswith("["):
        return _error((*path, told, error.setting), error.text, error.allowed)
    return _explained(error, (*path, told), note.type)


def _error(path: tuple[str, ...], text: str, allowed: tuple[str, ...] = ()) -> ServeSettingsError:
    return ServeSettingsError(".".join(path).replace(".[", "["), text, allowed)


def _allowed(kind: object) -> tuple[str, ...]:
    one = next((one for one in (kind, *get_args(kind)) if isinstance(one, type)), None)
    return tuple(map(str, one)) if one is not None and issubclass(one, StrEnum) else ()


def _in_words(kind: object) -> str:
    """A type for people."""
    kinds = (kind, *get_args(kind))
    if any(isinstance(one, type) and has(one) for one in kinds):
        return "a table, or several" if get_origin(kind) is tuple else "a table"
    if {get_origin(one) for one in kinds} & {tuple, frozenset}:
        return "a list of texts"
    return next((words for plain, words in _NUMBERS.items() if plain in kinds), str(kind))
