"""The two errors of making a value: a text that breaks its VR's rule, and a type that has no such form."""

from .._errors import ValueEncodeError

__all__ = ["InvalidValue", "WrongValueType"]


class InvalidValue(ValueEncodeError):
    """A value breaks the rule of its VR (PS3.5 6.2).

    ``vr`` and ``rule`` say which; ``text`` holds what was given and is kept out of the sentence,
    since values may identify a patient.
    """

    def __init__(self, vr: str, text: str, rule: str) -> None:
        super().__init__(vr, rule)
        self.args = (vr, text, rule)
        self.text = text


class WrongValueType(ValueEncodeError, TypeError):
    """A Python object of a type that the VR has no form for.

    ``given`` names its type, ``accepted`` the types the VR takes.
    """

    def __init__(self, vr: str, given: str, accepted: str) -> None:
        super().__init__(vr, f"{given} was given; give {accepted}")
        self.args = (vr, given, accepted)
        self.given = given
        self.accepted = accepted


# Tracebacks, reprs and pickles name the place that users import from
InvalidValue.__module__ = WrongValueType.__module__ = "dicom_core.values"
