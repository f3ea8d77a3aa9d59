"""How a query is matched where the standard leaves a choice."""

from typing import Final

from attrs import frozen

__all__ = ["DEFAULT", "MatchOptions"]


@frozen
class MatchOptions:
    """What was negotiated for an association (PS3.4 C.5.1.1), or asked for by a parameter (PS3.18 8.3.4)."""

    relational: bool = False
    """Keys of any level without the unique keys of the levels above (PS3.4 C.4.1.2.2.1)."""
    combined_datetime: bool = False
    """A date and its time, both ranges of the same form, are one range (C.2.2.2.5.4)."""
    fuzzy_names: bool = False
    """Names match by words: any order, without accents, by their beginning or their sound. See `FuzzyName`."""
    timezone: bool = False
    """Dates and times are compared in the zone that (0008,0201) of the query says (C.2.2.2.1.3)."""
    empty_value: bool = False
    """Two quotation marks match what is empty or absent (C.2.2.2.7)."""
    multiple_values: bool = False
    """Several values in a key must all be there (C.2.2.2.8); otherwise one of them is enough."""
    case_sensitive_names: bool = False
    """Names match only in the very characters; otherwise case and width do not matter (C.2.2.2.1.1)."""
    unknown_matches: bool = False
    """What is empty or absent matches any value of a Required Key, as C.2.2.1.2 wants.

    Off by default: nobody who searches for a name expects all studies without one.
    """


DEFAULT: Final = MatchOptions()


# Tracebacks, reprs and pickles name the place that users import from
MatchOptions.__module__ = "dicom_core.query"
