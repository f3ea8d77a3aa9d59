"""What is done over associations, each service once, without I/O: users and providers."""

from typing import TYPE_CHECKING

from dicom_dict.lazy import door

if TYPE_CHECKING:
    from .._operation import (
        END,
        End,
        Operation,
        StopWanted,
        call,
        give,
        poll,
        pull,
        receive,
        write,
    )
    from ._directory import (
        DirectoryStorage,
        DiskSpace,
        DiskWatch,
        StorageMoved,
    )
    from ._directory_layout import (
        Layout,
    )
    from ._doctor import (
        Complaint,
        Instruments,
        diagnose,
    )
    from ._doctor_reach import (
        Reach,
    )
    from ._doctor_report import (
        DoctorReport,
        DoctorStep,
        Finding,
        StepName,
    )
    from ._echo import (
        CONTEXTS,
        VERIFICATION,
        Verification,
        echo,
        verify_on,
    )
    from ._echo_types import (
        VerificationConfig,
        VerificationResult,
    )
    from ._find import (
        FIND,
        find,
    )
    from ._find_options import (
        information,
        options_of,
    )
    from ._find_provider import FindProvider
    from ._find_types import FindHandler, FindRequest, FindSettings
    from ._identifier import (
        IDENTIFIER_LIMIT,
        collect,
        collect_dataset,
        encode_identifier,
    )
    from ._matches import (
        InstanceMatch,
        Match,
        PatientMatch,
        SeriesMatch,
        StudyMatch,
    )
    from ._provider import (
        AssociationInfo,
        Doorkeeper,
        OpenAssociation,
        Provider,
        Seat,
        TlsPeer,
    )
    from ._query_keys import (
        InstanceKeys,
        PatientKeys,
        QueryKeys,
        SeriesKeys,
        StudyKeys,
        usual_fields,
    )
    from ._query_retrieve import (
        query_retrieve,
    )
    from ._refuse import (
        drain,
        refusal,
        refuse,
    )
    from ._retrieve_config import (
        Into,
        OwnDestination,
        RetrieveConfig,
        Visitors,
        move_contexts,
        receiver_for,
    )
    from ._retrieve_contexts import (
        COMMON_STORAGE,
        GetContexts,
        get_contexts,
    )
    from ._retrieve_keys import (
        GET,
        MOVE,
        RetrieveKeys,
    )
    from ._retrieve_provider import (
        Destination,
        Destinations,
        RetrieveProvider,
        RetrieveSettings,
    )
    from ._retrieve_source import (
        FromStore,
        Handlers,
        RetrieveSource,
    )
    from ._retrieve_types import (
        ReceivedInstance,
        RetrieveCompleted,
        RetrieveEvent,
        RetrieveProgress,
        RetrieveResult,
    )
    from ._retrieve_user import (
        get,
        move,
    )
    from ._several import (
        Several,
    )
    from ._storage import (
        StorageProvider,
        storage_syntaxes,
    )
    from ._storage_memory import (
        MemoryArrival,
        MemoryReceiver,
    )
    from ._storage_types import (
        Announced,
        Arrival,
        HeadCheck,
        ReceivedObject,
        Receiver,
        StorageHandler,
        StorageSettings,
        StoredFile,
        ValidationPolicy,
    )
    from ._store import (
        Accepted,
        Queue,
        store_instance,
        store_queue,
    )
    from ._store_batch import (
        Batch,
        Job,
        StopSwitch,
    )
    from ._store_plan import (
        Header,
        Planned,
        plan,
    )
    from ._store_source import (
        Outgoing,
        StoreSource,
        Unsendable,
        files_below,
        outgoing,
    )
    from ._store_types import (
        BatchConfig,
        BatchError,
        BatchEvent,
        BatchProgress,
        BatchResult,
        Conversion,
        FileOutcome,
        FileResult,
        RawInstance,
        StoreConfig,
        StoreResult,
    )

# The door: which private module holds which public name. A name is loaded when it is first used.
_DOOR = {
    ".._operation": "END End Operation StopWanted call give poll pull receive write",
    "._directory": "DirectoryStorage DiskSpace DiskWatch StorageMoved",
    "._directory_layout": "Layout",
    "._echo": "CONTEXTS VERIFICATION Verification echo verify_on",
    "._echo_types": "VerificationConfig VerificationResult",
    "._find": "FIND find",
    "._find_options": "information options_of",
    "._find_provider": "FindProvider",
    "._find_types": "FindHandler FindRequest FindSettings",
    "._identifier": "IDENTIFIER_LIMIT collect collect_dataset encode_identifier",
    "._matches": "InstanceMatch Match PatientMatch SeriesMatch StudyMatch",
    "._provider": "AssociationInfo Doorkeeper OpenAssociation Provider Seat TlsPeer",
    "._query_keys": "InstanceKeys PatientKeys QueryKeys SeriesKeys StudyKeys usual_fields",
    "._query_retrieve": "query_retrieve",
    "._refuse": "drain refusal refuse",
    "._retrieve_config": "Into OwnDestination RetrieveConfig Visitors move_contexts receiver_for",
    "._retrieve_contexts": "COMMON_STORAGE GetContexts get_contexts",
    "._retrieve_keys": "GET MOVE RetrieveKeys",
    "._retrieve_provider": "Destination Destinations RetrieveProvider RetrieveSettings",
    "._retrieve_source": "FromStore Handlers RetrieveSource",
    "._retrieve_types": (
        "ReceivedInstance RetrieveCompleted RetrieveEvent RetrieveProgress RetrieveResult"
    ),
    "._retrieve_user": "get move",
    "._several": "Several",
    "._storage": "storage_syntaxes StorageProvider",
    "._storage_memory": "MemoryArrival MemoryReceiver",
    "._storage_types": (
        "Announced Arrival HeadCheck ReceivedObject Receiver StorageHandler StorageSettings StoredFile "
        "ValidationPolicy"
    ),
    "._store": "Accepted Queue store_instance store_queue",
    "._store_batch": "Batch Job StopSwitch",
    "._store_plan": "Header Planned plan",
    "._store_source": "Outgoing StoreSource Unsendable files_below outgoing",
    "._store_types": (
        "BatchConfig BatchError BatchEvent BatchProgress BatchResult Conversion FileOutcome FileResult "
        "RawInstance StoreConfig StoreResult"
    ),
    "._doctor": "Complaint Instruments diagnose",
    "._doctor_report": "DoctorReport DoctorStep Finding StepName",
    "._doctor_reach": "Reach",
}

__all__ = [
    "COMMON_STORAGE",
    "CONTEXTS",
    "END",
    "FIND",
    "GET",
    "IDENTIFIER_LIMIT",
    "MOVE",
    "VERIFICATION",
    "Accepted",
    "Announced",
    "Arrival",
    "AssociationInfo",
    "Batch",
    "BatchConfig",
    "BatchError",
    "BatchEvent",
    "BatchProgress",
    "BatchResult",
    "Complaint",
    "Conversion",
    "Destination",
    "Destinations",
    "DirectoryStorage",
    "DiskSpace",
    "DiskWatch",
    "DoctorReport",
    "DoctorStep",
    "Doorkeeper",
    "End",
    "FileOutcome",
    "FileResult",
    "FindHandler",
    "FindProvider",
    "FindRequest",
    "FindSettings",
    "Finding",
    "FromStore",
    "GetContexts",
    "Handlers",
    "HeadCheck",
    "Header",
    "InstanceKeys",
    "InstanceMatch",
    "Instruments",
    "Into",
    "Job",
    "Layout",
    "Match",
    "MemoryArrival",
    "MemoryReceiver",
    "OpenAssociation",
    "Operation",
    "Outgoing",
    "OwnDestination",
    "PatientKeys",
    "PatientMatch",
    "Planned",
    "Provider",
    "QueryKeys",
    "Queue",
    "RawInstance",
    "Reach",
    "ReceivedInstance",
    "ReceivedObject",
    "Receiver",
    "RetrieveCompleted",
    "RetrieveConfig",
    "RetrieveEvent",
    "RetrieveKeys",
    "RetrieveProgress",
    "RetrieveProvider",
    "RetrieveResult",
    "RetrieveSettings",
    "RetrieveSource",
    "Seat",
    "SeriesKeys",
    "SeriesMatch",
    "Several",
    "StepName",
    "StopSwitch",
    "StopWanted",
    "StorageHandler",
    "StorageMoved",
    "StorageProvider",
    "StorageSettings",
    "StoreConfig",
    "StoreResult",
    "StoreSource",
    "StoredFile",
    "StudyKeys",
    "StudyMatch",
    "TlsPeer",
    "Unsendable",
    "ValidationPolicy",
    "Verification",
    "VerificationConfig",
    "VerificationResult",
    "Visitors",
    "call",
    "collect",
    "collect_dataset",
    "diagnose",
    "drain",
    "echo",
    "encode_identifier",
    "files_below",
    "find",
    "get",
    "get_contexts",
    "give",
    "information",
    "move",
    "move_contexts",
    "options_of",
    "outgoing",
    "plan",
    "poll",
    "pull",
    "query_retrieve",
    "receive",
    "receiver_for",
    "refusal",
    "refuse",
    "storage_syntaxes",
    "store_instance",
    "store_queue",
    "usual_fields",
    "verify_on",
    "write",
]

if not TYPE_CHECKING:  # a checker reads the imports above, and then knows a misspelt name
    __getattr__, __dir__ = door(globals(), _DOOR)
