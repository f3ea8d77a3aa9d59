"""DICOM over the network: machines without I/O, and the same services under asyncio, trio and plain sockets.

Everything here loads when it is first used.
"""

from typing import TYPE_CHECKING

from dicom_dict.lazy import door

if TYPE_CHECKING:
    from . import (
        blocking,
        dimse,
        services,
        testing,
        transport,
        ul,
    )
    from ._client import (
        ClientConfig,
    )
    from ._errors import (
        AssociationAborted,
        AssociationRejected,
        ConnectionFailed,
        ConnectionLost,
        DeadlineExceeded,
        ErrorCategory,
        ErrorLevel,
        LimitExceeded,
        LocalProtocolError,
        NegotiationError,
        NetworkError,
        PartialFailure,
        RemoteProtocolError,
        StatusError,
        TimeoutKind,
        TlsError,
        TlsFault,
    )
    from ._logging import (
        log_to_console,
    )
    from ._metrics import (
        MetricsSnapshot,
        NetMetrics,
        OperationMetrics,
    )
    from ._negotiation import (
        AcceptancePolicy,
        Offer,
    )
    from ._server_events import (
        AssociationEnded,
        AssociationEstablished,
        AssociationRefused,
        AssociationReleased,
        DiskSpaceLow,
        InstanceReceived,
        InstanceRefused,
        ServerEvent,
        ServerFailed,
        ServerStarted,
        ServerStopped,
    )
    from ._settings import (
        NetworkLimits,
        Timeouts,
    )
    from ._storage_config import (
        StorageServerConfig,
    )
    from ._tls import (
        CertificateCheck,
        TlsConfig,
        TlsIdentity,
        TlsProfile,
        TlsVersion,
    )
    from .services import (
        Announced,
        BatchConfig,
        BatchError,
        BatchEvent,
        BatchProgress,
        BatchResult,
        Conversion,
        Destination,
        DirectoryStorage,
        DiskSpace,
        DiskWatch,
        DoctorReport,
        DoctorStep,
        FileOutcome,
        FileResult,
        HeadCheck,
        Layout,
        OwnDestination,
        RawInstance,
        Reach,
        ReceivedInstance,
        ReceivedObject,
        RetrieveCompleted,
        RetrieveConfig,
        RetrieveEvent,
        RetrieveKeys,
        RetrieveProgress,
        RetrieveProvider,
        RetrieveResult,
        RetrieveSettings,
        StopSwitch,
        StorageHandler,
        StorageMoved,
        StorageProvider,
        StorageSettings,
        StoreConfig,
        StoredFile,
        StoreResult,
        Unsendable,
        ValidationPolicy,
        Verification,
        VerificationConfig,
        VerificationResult,
        query_retrieve,
    )
    from .services._find_provider import FindProvider
    from .services._find_types import FindRequest, FindSettings
    from .services._matches import (
        InstanceMatch,
        Match,
        PatientMatch,
        SeriesMatch,
        StudyMatch,
    )
    from .services._query_keys import (
        QueryKeys,
    )
    from .transport import (
        Association,
        AssociationPool,
        DicomClient,
        Server,
        associate,
        doctor,
        get,
        get_instance,
        get_series,
        get_study,
        iter_get,
        iter_move,
        move,
        move_instance,
        move_series,
        move_study,
    )
    from .transport._query import (
        find,
        find_instances,
        find_patients,
        find_series,
        find_studies,
        iter_find,
        iter_instances,
        iter_patients,
        iter_series,
        iter_studies,
    )
    from .transport._storage_server import (
        StorageServer,
    )
    from .transport._store import (
        send,
        store,
        store_batch,
        store_datasets,
        store_directory,
    )
    from .transport._verify import (
        verify,
    )

# The door: which private module holds which public name. A name is loaded when it is first used.
_DOOR = {
    ".": "blocking dimse services testing transport ul",
    "._client": "ClientConfig",
    "._errors": (
        "AssociationAborted AssociationRejected ConnectionFailed ConnectionLost DeadlineExceeded "
        "ErrorCategory ErrorLevel LimitExceeded LocalProtocolError NegotiationError NetworkError "
        "PartialFailure RemoteProtocolError StatusError TimeoutKind TlsError TlsFault"
    ),
    "._logging": "log_to_console",
    "._metrics": "MetricsSnapshot NetMetrics OperationMetrics",
    "._negotiation": "AcceptancePolicy Offer",
    "._server_events": (
        "AssociationEnded AssociationEstablished AssociationRefused AssociationReleased DiskSpaceLow "
        "InstanceReceived InstanceRefused ServerEvent ServerFailed ServerStarted ServerStopped"
    ),
    "._settings": "NetworkLimits Timeouts",
    "._storage_config": "StorageServerConfig",
    "._tls": "CertificateCheck TlsConfig TlsIdentity TlsProfile TlsVersion",
    ".services": (
        "Announced BatchConfig BatchError BatchEvent BatchProgress BatchResult Conversion "
        "Destination DirectoryStorage DiskSpace DiskWatch DoctorReport DoctorStep FileOutcome "
        "FileResult HeadCheck Layout OwnDestination RawInstance Reach ReceivedInstance "
        "ReceivedObject RetrieveCompleted RetrieveConfig RetrieveEvent RetrieveKeys "
        "RetrieveProgress RetrieveProvider RetrieveResult RetrieveSettings StopSwitch "
        "StorageHandler StorageMoved StorageProvider StorageSettings StoreConfig StoreResult "
        "StoredFile Unsendable ValidationPolicy Verification VerificationConfig "
        "VerificationResult query_retrieve"
    ),
    ".services._find_provider": "FindProvider",
    ".services._find_types": "FindRequest FindSettings",
    ".services._matches": "InstanceMatch Match PatientMatch SeriesMatch StudyMatch",
    ".services._query_keys": "QueryKeys",
    ".transport": (
        "Association AssociationPool DicomClient Server associate doctor get get_instance get_series get_study iter_get "
        "iter_move move move_instance move_series move_study"
    ),
    ".transport._query": (
        "find find_instances find_patients find_series find_studies iter_find iter_instances iter_patients "
        "iter_series iter_studies"
    ),
    ".transport._storage_server": "StorageServer",
    ".transport._store": "send store store_batch store_datasets store_directory",
    ".transport._verify": "verify",
}

__all__ = [
    "AcceptancePolicy",
    "Announced",
    "Association",
    "AssociationAborted",
    "AssociationEnded",
    "AssociationEstablished",
    "AssociationPool",
    "AssociationRefused",
    "AssociationRejected",
    "AssociationReleased",
    "BatchConfig",
    "BatchError",
    "BatchEvent",
    "BatchProgress",
    "BatchResult",
    "CertificateCheck",
    "ClientConfig",
    "ConnectionFailed",
    "ConnectionLost",
    "Conversion",
    "DeadlineExceeded",
    "Destination",
    "DicomClient",
    "DirectoryStorage",
    "DiskSpace",
    "DiskSpaceLow",
    "DiskWatch",
    "DoctorReport",
    "DoctorStep",
    "ErrorCategory",
    "ErrorLevel",
    "FileOutcome",
    "FileResult",
    "FindProvider",
    "FindRequest",
    "FindSettings",
    "HeadCheck",
    "InstanceMatch",
    "InstanceReceived",
    "InstanceRefused",
    "Layout",
    "LimitExceeded",
    "LocalProtocolError",
    "Match",
    "MetricsSnapshot",
    "NegotiationError",
    "NetMetrics",
    "NetworkError",
    "NetworkLimits",
    "Offer",
    "OperationMetrics",
    "OwnDestination",
    "PartialFailure",
    "PatientMatch",
    "QueryKeys",
    "RawInstance",
    "Reach",
    "ReceivedInstance",
    "ReceivedObject",
    "RemoteProtocolError",
    "RetrieveCompleted",
    "RetrieveConfig",
    "RetrieveEvent",
    "RetrieveKeys",
    "RetrieveProgress",
    "RetrieveProvider",
    "RetrieveResult",
    "RetrieveSettings",
    "SeriesMatch",
    "Server",
    "ServerEvent",
    "ServerFailed",
    "ServerStarted",
    "ServerStopped",
    "StatusError",
    "StopSwitch",
    "StorageHandler",
    "StorageMoved",
    "StorageProvider",
    "StorageServer",
    "StorageServerConfig",
    "StorageSettings",
    "StoreConfig",
    "StoreResult",
    "StoredFile",
    "StudyMatch",
    "TimeoutKind",
    "Timeouts",
    "TlsConfig",
    "TlsError",
    "TlsFault",
    "TlsIdentity",
    "TlsProfile",
    "TlsVersion",
    "Unsendable",
    "ValidationPolicy",
    "Verification",
    "VerificationConfig",
    "VerificationResult",
    "associate",
    "blocking",
    "dimse",
    "doctor",
    "find",
    "find_instances",
    "find_patients",
    "find_series",
    "find_studies",
    "get",
    "get_instance",
    "get_series",
    "get_study",
    "iter_find",
    "iter_get",
    "iter_instances",
    "iter_move",
    "iter_patients",
    "iter_series",
    "iter_studies",
    "log_to_console",
    "move",
    "move_instance",
    "move_series",
    "move_study",
    "query_retrieve",
    "send",
    "services",
    "store",
    "store_batch",
    "store_datasets",
    "store_directory",
    "testing",
    "transport",
    "ul",
    "verify",
]

if not TYPE_CHECKING:  # a checker reads the imports above, and then knows a misspelt name
    __getattr__, __dir__ = door(globals(), _DOOR)
