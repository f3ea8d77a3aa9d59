"""Settings out of TOML, JSON and plain mappings, by cattrs: the shape is checked here, the meaning by who uses them."""

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar, Final, Literal, Self, TypeVar, get_args, get_origin

from dicom_dict import DicomError

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = ["FromSettings", "SettingsError", "structured"]

_Settings = TypeVar("_Settings")
_NAMES: Final = {str: "a text", bool: "true or false", int: "a whole number"}


class SettingsError(DicomError, ValueError):
    """A setting is unknown or has a wrong value.

    ``table`` names the table it belongs to (``validation``, ``deidentification``), ``setting`` the key,
    and ``allowed`` the values or keys there are, where they can be listed.
    """

    table = ""

    def __init__(self, setting: str, text: str, allowed: Iterable[str] = ()) -> None:
        self.setting = setting
        self.text = text
        self.allowed = tuple(map(str, allowed))
        super().__init__(setting, text, self.allowed)

    def __str__(self) -> str:
        return f"the {self.table} setting {self.setting!r} {self.text}"


class FromSettings:
    """Made from settings; a wrong one raises the class's own `SettingsError`, whose table is where they may stand."""

    __slots__ = ()

    _settings_error: ClassVar[type[SettingsError]]

    @classmethod
    def from_mapping(cls, settings: Mapping[str, object]) -> Self:
        """From plain values by name."""
        raise NotImplementedError

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """From TOML: settings at the top, or in a table of their own such as ``[validation]``."""
        return cls.from_mapping(_from_toml(text, cls._settings_error))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """From one JSON object, or its member of the same name."""
        return cls.from_mapping(_from_json(text, cls._settings_error))

    @classmethod
    def load(cls, path: "str | os.PathLike[str]") -> Self:
        """From a file whose name ends in ``.toml`` or ``.json``."""
        return cls.from_mapping(_load(path, cls._settings_error))


def _from_toml(text: str, error: type[SettingsError]) -> Mapping[str, object]:
    """The settings of a TOML text: of the table of this name, or else at the top."""
    import tomllib

    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise error("toml", f"cannot be read: {wrong}") from wrong
    return _table(read, error.table)


def _from_json(text: str, error: type[SettingsError]) -> Mapping[str, object]:
    """The same of a JSON text."""
    import json

    try:
        read: object = json.loads(text)
    except ValueError as wrong:
        raise error("json", f"cannot be read: {wrong}") from wrong
    if not isinstance(read, dict):
        raise error("json", "is an object at the top")
    return _table(read, error.table)


def _load(path: "str | os.PathLike[str]", error: type[SettingsError]) -> Mapping[str, object]:
    """The same of a file, by the ending of its name."""
    name = os.fspath(path)
    readers = {".toml": _from_toml, ".json": _from_json}
    reader = readers.get(os.path.splitext(name)[1].lower())
    if reader is None:
        raise error("file", "ends in .toml or .json", tuple(readers))
    with open(name, encoding="utf-8") as stream:
        try:
            text = stream.read()
        except UnicodeDecodeError as wrong:
            raise error("file", "is a text in UTF-8") from wrong
    return reader(text, error)


def _table(read: Mapping[str, object], table: str) -> Mapping[str, object]:
    inner = read.get(table)
    return inner if isinstance(inner, dict) else read


def structured(
    kind: type[_Settings], given: Mapping[str, object], error: type[SettingsError]
) -> _Settings:
    """An attrs class of plain values; the first wrong one is named, with what it may be.

    Needs cattrs, which comes with ``dicom-core[settings]``.
    """
    from .interop._missing import need

    need(cattrs="dicom-core[settings]")
    from attrs import fields_dict
    from cattrs import ClassValidationError

    known = tuple(fields_dict(kind))  # type: ignore[arg-type]
    for name in given:
        if name not in known:
            raise error(name, f"is unknown; there are {', '.join(known)}", known)
    try:
        return _converter().structure(given, kind)
    except ClassValidationError as wrong:
        ((_, note), *_), _ = wrong.group_exceptions()
        wanted: object = fields_dict(kind)[note.name].type  # type: ignore[arg-type]
        found = type(given[note.name]).__name__
        allowed = tuple(map(str, get_args(wanted))) if get_origin(wanted) is Literal else ()
        text = f"is {_in_words(wanted)}" + ("" if allowed else f", not {found}")
        raise error(note.name, text, allowed) from wrong


def _in_words(kind: object) -> str:
    """A type for people."""
    kinds = (kind, *get_args(kind))  # of X | None too
    if get_origin(kind) is Literal:
        return f"one of {', '.join(map(str, get_args(kind)))}"
    for one in kinds:
        if get_origin(one) is list:
            return "a list of texts"
        if get_origin(one) is dict:
            return "a table"
    return next((words for plain, words in _NAMES.items() if plain in kinds), str(kind))


def _converter() -> "Converter":
    """One that converts nothing: cattrs makes a text of everything and a list of a text, by default."""
    from cattrs import Converter

    converter = Converter(forbid_extra_keys=True)
    for plain in _NAMES:
        converter.register_structure_hook(plain, _exactly)
    converter.register_structure_hook_func(_is_list, lambda value, _: _texts(value))
    converter.register_structure_hook_func(
        _is_optional,
        lambda value, kind: None if value is None else converter.structure(value, _other(kind)),
    )
    converter.register_structure_hook_func(lambda kind: kind is object, lambda value, _: value)
    return converter


def _is_list(kind: object) -> bool:
    return get_origin(kind) is list


def _is_optional(kind: object) -> bool:
    return type(None) in get_args(kind)


def _exactly(value: object, kind: type[object]) -> object:
    if type(value) is not kind:
        raise TypeError
    return value


def _texts(value: object) -> list[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise TypeError
    return list(value)


def _other(kind: object) -> type[object]:
    (found,) = (one for one in get_args(kind) if one is not type(None))
    assert isinstance(found, type) or get_origin(found) is not None
    return found  # type: ignore[no-any-return]


# Tracebacks and pickles name the place that users import from
SettingsError.__module__ = "dicom_core"
