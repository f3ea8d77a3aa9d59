"""What is done over associations, each service once, without I/O: users and providers."""

from typing import TYPE_CHECKING

from dicom_dict.lazy import door

if TYPE_CHECKING:
    from ._echo import VERIFICATION, Verification, echo
    from ._find import FIND, find
    from ._find_options import information, options_of
    from ._find_provider import FindHandler, FindProvider, FindRequest, FindSettings
    from ._identifier import IDENTIFIER_LIMIT, collect, collect_dataset, encode_identifier
    from ._matches import InstanceMatch, Match, PatientMatch, SeriesMatch, StudyMatch
    from ._provider import AssociationInfo, Doorkeeper, OpenAssociation, Provider, Seat, TlsPeer
    from ._query_keys import (
        InstanceKeys,
        PatientKeys,
        QueryKeys,
        SeriesKeys,
        StudyKeys,
        usual_fields,
    )
    from ._refuse import drain, refusal, refuse
    from ._retrieve_contexts import COMMON_STORAGE, GetContexts, get_contexts
    from ._retrieve_keys import GET, MOVE, RetrieveKeys
    from ._several import Several

# The door: which private module holds which public name. A name is loaded when it is first used.
_DOOR = {
    "._echo": "VERIFICATION Verification echo",
    "._find": "FIND find",
    "._find_options": "information options_of",
    "._find_provider": "FindHandler FindProvider FindRequest FindSettings",
    "._identifier": "IDENTIFIER_LIMIT collect collect_dataset encode_identifier",
    "._matches": "InstanceMatch Match PatientMatch SeriesMatch StudyMatch",
    "._provider": "AssociationInfo Doorkeeper OpenAssociation Provider Seat TlsPeer",
    "._query_keys": "InstanceKeys PatientKeys QueryKeys SeriesKeys StudyKeys usual_fields",
    "._refuse": "drain refusal refuse",
    "._retrieve_contexts": "COMMON_STORAGE GetContexts get_contexts",
    "._retrieve_keys": "GET MOVE RetrieveKeys",
    "._several": "Several",
}

__all__ = [
    "COMMON_STORAGE",
    "FIND",
    "GET",
    "IDENTIFIER_LIMIT",
    "MOVE",
    "VERIFICATION",
    "AssociationInfo",
    "Doorkeeper",
    "FindHandler",
    "FindProvider",
    "FindRequest",
    "FindSettings",
    "GetContexts",
    "InstanceKeys",
    "InstanceMatch",
    "Match",
    "OpenAssociation",
    "PatientKeys",
    "PatientMatch",
    "Provider",
    "QueryKeys",
    "RetrieveKeys",
    "Seat",
    "SeriesKeys",
    "SeriesMatch",
    "Several",
    "StudyKeys",
    "StudyMatch",
    "TlsPeer",
    "Verification",
    "collect",
    "collect_dataset",
    "drain",
    "echo",
    "encode_identifier",
    "find",
    "get_contexts",
    "information",
    "options_of",
    "refusal",
    "refuse",
    "usual_fields",
]

if not TYPE_CHECKING:  # a checker reads the imports above, and then knows a misspelt name
    __getattr__, __dir__ = door(globals(), _DOOR)
