"""What is done over associations, each service once, without I/O: users and providers."""

from typing import TYPE_CHECKING

from dicom_dict.lazy import door

if TYPE_CHECKING:
    from ._echo import VERIFICATION, Verification, echo
    from ._identifier import IDENTIFIER_LIMIT, collect, collect_dataset, encode_identifier
    from ._provider import AssociationInfo, Doorkeeper, OpenAssociation, Provider, Seat, TlsPeer
    from ._refuse import drain, refusal, refuse
    from ._retrieve_contexts import COMMON_STORAGE, GetContexts, get_contexts
    from ._retrieve_keys import GET, MOVE, RetrieveKeys
    from ._several import Several

# The door: which private module holds which public name. A name is loaded when it is first used.
_DOOR = {
    "._echo": "VERIFICATION Verification echo",
    "._identifier": "IDENTIFIER_LIMIT collect collect_dataset encode_identifier",
    "._provider": "AssociationInfo Doorkeeper OpenAssociation Provider Seat TlsPeer",
    "._refuse": "drain refusal refuse",
    "._retrieve_contexts": "COMMON_STORAGE GetContexts get_contexts",
    "._retrieve_keys": "GET MOVE RetrieveKeys",
    "._several": "Several",
}

__all__ = [
    "COMMON_STORAGE",
    "GET",
    "IDENTIFIER_LIMIT",
    "MOVE",
    "VERIFICATION",
    "AssociationInfo",
    "Doorkeeper",
    "GetContexts",
    "OpenAssociation",
    "Provider",
    "RetrieveKeys",
    "Seat",
    "Several",
    "TlsPeer",
    "Verification",
    "collect",
    "collect_dataset",
    "drain",
    "echo",
    "encode_identifier",
    "get_contexts",
    "refusal",
    "refuse",
]

if not TYPE_CHECKING:  # a checker reads the imports above, and then knows a misspelt name
    __getattr__, __dir__ = door(globals(), _DOOR)
