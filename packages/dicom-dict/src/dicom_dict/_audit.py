"""The audit trail messages of PS3.15 A.5: which fields a message has, and what their values may be."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from ._errors import UnknownEntry

__all__ = [
    "AuditCode",
    "AuditEntity",
    "AuditField",
    "AuditFieldFormat",
    "AuditMessage",
    "AuditValue",
    "audit_fields",
    "audit_message",
    "audit_messages",
    "audit_values",
]


class AuditCode(NamedTuple):
    """A coded value that a message prescribes."""

    code: str
    scheme: str
    meaning: str


class AuditValue(NamedTuple):
    """A value of a field that is coded by the audit schema itself."""

    value: str
    meaning: str
    note: str
    """Of roles and identifier types, the object types that they go with; else empty."""


class AuditFieldFormat(NamedTuple):
    """A row of table A.5.2-1: what a field is in every message."""

    name: str
    entity: str
    """``Event``, ``Active Participant``, ``Audit Source`` or ``Participant Object``."""
    optionality: str
    """``M`` mandatory, ``U`` user option, ``MC`` and ``UC`` the same under a condition."""
    description: str
    constraint: str
    context_groups: tuple[int, ...]
    """The context groups (CID) that the text refers to."""


class AuditField(NamedTuple):
    """A row of a message's table: what a field is in this message."""

    name: str
    optionality: str
    constraint: str
    """The text of the standard, empty where the message adds nothing to the general format."""
    codes: tuple[AuditCode, ...]
    """The codes that the text prescribes or defines."""
    values: tuple[AuditValue, ...]
    """The values that the text enumerates."""
    context_groups: tuple[int, ...]


class AuditEntity(NamedTuple):
    """One real world entity of a message, with its fields."""

    kind: str
    """``Event``, ``Active Participant`` or ``Participant Object``."""
    role: str
    """Who or what it is, such as ``Process Sending the Data``; empty for the event."""
    least: int
    most: int | None
    """None where there is no upper bound."""
    fields: tuple[AuditField, ...]

    def field(self, name: str) -> AuditField:
        """The field of this name; ``UnknownEntry`` names the nearest ones."""
        for field in self.fields:
            if field.name == name:
                return field
        raise _unknown("audit field", name, [field.name for field in self.fields])


class AuditMessage(NamedTuple):
    """An audit message."""

    name: str
    """The title of its section, such as ``Data Export``."""
    event_id: AuditCode
    entities: tuple[AuditEntity, ...]

    @property
    def event(self) -> AuditEntity:
        """The event itself, the first entity."""
        return self.entities[0]

    def of_kind(self, kind: str) -> tuple[AuditEntity, ...]:
        """The entities of a kind: ``Active Participant`` or ``Participant Object``."""
        return tuple(entity for entity in self.entities if entity.kind == kind)


def _value(text: str) -> AuditValue:
    value, _, meaning = text.partition("|")
    return AuditValue(value, meaning, "")


def _field(fields: list[str]) -> AuditField:
    name, optionality, constraint, codes, values, groups = fields
    return AuditField(
        name,
        optionality,
        constraint,
        tuple(AuditCode(*code.split("|")) for code in codes.split("; ") if code),
        tuple(_value(value) for value in values.split("; ") if value),
        tuple(int(group) for group in groups.split()),
    )


def _message(name: str, text: str) -> AuditMessage:
    entities: list[AuditEntity] = []
    for line in text.splitlines():
        kind, role, least, most, *rest = line.split("\t")
        entity = AuditEntity(kind, role, int(least), int(most) if most else None, (_field(rest),))
        # The rows of an entity stand together.
        if entities and entities[-1][:4] == entity[:4]:
            before = entities[-1]
            entities[-1] = before._replace(fields=before.fields + entity.fields)
        else:
            entities.append(entity)
    event_id = entities[0].field("EventID").codes[0]
    return AuditMessage(name, event_id, tuple(entities))


@cache
def audit_messages() -> tuple[AuditMessage, ...]:
    """The messages, in the order of the standard."""
    from ._generated.audit import MESSAGES

    return tuple(_message(name, text) for name, text in MESSAGES.items())


@cache
def _by_key() -> Mapping[str, AuditMessage]:
    """By name, by the meaning of the event identifier (Data Export is the event Export), and by its code."""
    keys: dict[str, AuditMessage] = {}
    for message in audit_messages():
        for key in (message.name, message.event_id.meaning, message.event_id.code):
            keys[key] = message
    return MappingProxyType(keys)


def audit_message(key: str) -> AuditMessage:
    """A message by its name, or by the meaning or code of its event identifier.

    >>> audit_message("110103").name
    'DICOM Instances Accessed'
    """
    message = _by_key().get(key)
    if message is None:
        raise _unknown("audit message", key, list(_by_key()))
    return message


@cache
def audit_fields() -> Mapping[str, AuditFieldFormat]:
    """The general message format (table A.5.2-1): field name -> what it is in every message."""
    from ._generated.audit import GENERAL

    rows = {}
    for line in GENERAL.splitlines():
        name, entity, optionality, description, constraint, groups = line.split("\t")
        numbers = tuple(int(group) for group in groups.split())
        rows[name] = AuditFieldFormat(name, entity, optionality, description, constraint, numbers)
    return MappingProxyType(rows)


@cache
def _all_values() -> Mapping[str, tuple[AuditValue, ...]]:
    from ._generated.audit import VALUES

    return MappingProxyType(
        {
            name: tuple(AuditValue(*line.split("\t")) for line in text.splitlines())
            for name, text in VALUES.items()
        }
    )


def audit_values(field: str) -> tuple[AuditValue, ...]:
    """The values of a field that the audit schema codes itself, such as ``EventActionCode``.

    >>> [value.meaning for value in audit_values("ParticipantObjectTypeCode")]
    ['Person', 'System Object', 'Organization', 'Other']
    """
    values = _all_values().get(field)
    if values is None:
        raise _unknown("audit field with enumerated values", field, list(_all_values()))
    return values


def _unknown(table: str, asked: str, known: list[str]) -> UnknownEntry:
    from ._nearest import nearest

    return UnknownEntry(table, asked, nearest(asked, known))


# Tracebacks, reprs and pickles name the place that users import from
AuditCode.__module__ = AuditValue.__module__ = AuditFieldFormat.__module__ = "dicom_dict"
AuditField.__module__ = AuditEntity.__module__ = AuditMessage.__module__ = "dicom_dict"
audit_message.__module__ = audit_values.__module__ = "dicom_dict"
