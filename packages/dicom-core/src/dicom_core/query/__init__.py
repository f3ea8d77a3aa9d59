"""Queries once, for everybody: keys, levels and matching of PS3.4 C.2.2.2 as plain data.

>>> from dicom_core import query
>>> wanted = query.build("STUDY", PatientName="DOE^*", StudyDate="20240101-20241231")
>>> [str(key) for key in wanted.keys if key.is_matching]
['PatientName: wild card', 'StudyDate: range']

A `Query` comes from a C-FIND identifier (`from_identifier`), from the parameters of a QIDO-RS or UPS-RS
search (`from_parameters`) or from keywords (`build`), and goes back into either form. It matches
and projects data sets in memory (`Query.matches`, `Query.project`); an index translates the same data,
`Key` by `Key`, into its own language.
"""

from ._build import KeyValue, build
from ._errors import QueryError
from ._identifier import from_identifier, to_identifier
from ._key import IgnoredKey, Key
from ._kinds import (
    AllOf,
    AnyOf,
    CombinedRange,
    EmptyValue,
    FuzzyName,
    Match,
    Range,
    SequenceMatch,
    SingleValue,
    UIDList,
    Universal,
    Wildcard,
)
from ._levels import InformationModel, QueryLevel, default_fields, level_of, unique_key
from ._matcher import Matcher
from ._moments import days, moments, times
from ._names import fold_name, name_groups, name_words, soundex
from ._options import MatchOptions
from ._parameters import from_parameters, to_parameters
from ._query import Query
from ._wildcard import WildcardPattern

__all__ = [
    "AllOf",
    "AnyOf",
    "CombinedRange",
    "EmptyValue",
    "FuzzyName",
    "IgnoredKey",
    "InformationModel",
    "Key",
    "KeyValue",
    "Match",
    "MatchOptions",
    "Matcher",
    "Query",
    "QueryError",
    "QueryLevel",
    "Range",
    "SequenceMatch",
    "SingleValue",
    "UIDList",
    "Universal",
    "Wildcard",
    "WildcardPattern",
    "build",
    "days",
    "default_fields",
    "fold_name",
    "from_identifier",
    "from_parameters",
    "level_of",
    "moments",
    "name_groups",
    "name_words",
    "soundex",
    "times",
    "to_identifier",
    "to_parameters",
    "unique_key",
]
