"""Validation settings out of TOML and JSON."""

import os
from collections.abc import Mapping
from typing import Final, TypedDict

from ._config import ValidationConfigError

__all__ = ["checked_settings", "from_json", "from_toml", "load"]


class Settings(TypedDict, total=False):
    """The fields of `ValidationConfig` as plain values."""

    level: str
    check_transfer_syntax: bool
    check_pixels: bool
    warnings_as_errors: bool
    allowed_sop_classes: list[str] | None
    additional_required_tags: list[str]
    disabled: list[str]


_FLAGS: Final = ("check_transfer_syntax", "check_pixels", "warnings_as_errors")
_LISTS: Final = ("allowed_sop_classes", "additional_required_tags", "disabled")


def checked_settings(given: Mapping[str, object]) -> Settings:
    """The settings with their types checked, one by one."""
    found = Settings()
    for name, value in given.items():
        if name == "level" and isinstance(value, str):
            found["level"] = value
        elif name in _FLAGS and isinstance(value, bool):
            _put_flag(found, name, value)
        elif name == "allowed_sop_classes" and value is None:
            found["allowed_sop_classes"] = None
        elif name in _LISTS and isinstance(value, list | tuple):
            texts = [one for one in value if isinstance(one, str)]
            if len(texts) < len(value):
                raise ValidationConfigError(name, "is a list of texts")
            _put_list(found, name, texts)
        elif name in {"level", *_FLAGS, *_LISTS}:
            wanted = (
                "a text" if name == "level" else "true or false" if name in _FLAGS else "a list"
            )
            raise ValidationConfigError(name, f"is {wanted}, not {type(value).__name__}")
        else:
            known = ", ".join(("level", *_FLAGS, *_LISTS))
            raise ValidationConfigError(name, f"is unknown; there are {known}")
    return found


def _put_flag(found: Settings, name: str, value: bool) -> None:
    match name:
        case "check_transfer_syntax":
            found["check_transfer_syntax"] = value
        case "check_pixels":
            found["check_pixels"] = value
        case _:
            found["warnings_as_errors"] = value


def _put_list(found: Settings, name: str, value: list[str]) -> None:
    match name:
        case "allowed_sop_classes":
            found["allowed_sop_classes"] = value
        case "additional_required_tags":
            found["additional_required_tags"] = value
        case _:
            found["disabled"] = value


def from_toml(text: str) -> Mapping[str, object]:
    """The settings of a TOML text."""
    import tomllib

    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValidationConfigError("toml", f"cannot be read: {error}") from error
    return _table(read)


def from_json(text: str) -> Mapping[str, object]:
    """The settings of a JSON text."""
    import json

    try:
        read: object = json.loads(text)
    except ValueError as error:
        raise ValidationConfigError("json", f"cannot be read: {error}") from error
    if not isinstance(read, dict):
        raise ValidationConfigError("json", "is an object at the top")
    return _table(read)


def _table(read: Mapping[str, object]) -> Mapping[str, object]:
    inner = read.get("validation")
    return inner if isinstance(inner, dict) else read


def load(path: str | os.PathLike[str]) -> Mapping[str, object]:
    """The settings of a file, by the ending of its name."""
    name = os.fspath(path)
    with open(name, encoding="utf-8") as stream:
        text = stream.read()
    if name.endswith(".toml"):
        return from_toml(text)
    if name.endswith(".json"):
        return from_json(text)
    raise ValidationConfigError("file", "ends in .toml or .json")
