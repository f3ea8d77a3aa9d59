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
    from ._tls import (
        CertificateCheck,
        TlsConfig,
        TlsIdentity,
        TlsProfile,
        TlsVersion,
    )
    from .services import (
        ReceivedInstance,
        RetrieveCompleted,
        RetrieveConfig,
        RetrieveEvent,
        RetrieveKeys,
        RetrieveProgress,
        RetrieveResult,
    )
    from .services._find_provider import (
        FindProvider,
        FindRequest,
        FindSettings,
    )
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
        Server,
        associate,
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

# The door: which private module holds which public name. A name is loaded when it is first used.
_DOOR = {
    ".": "blocking dimse services testing transport ul",
    "._errors": (
        "AssociationAborted AssociationRejected ConnectionFailed ConnectionLost DeadlineExceeded "
        "ErrorCategory ErrorLevel LimitExceeded LocalProtocolError NegotiationError NetworkError "
        "PartialFailure RemoteProtocolError StatusError TimeoutKind TlsError "
        "TlsFault"
    ),
    "._logging": "log_to_console",
    "._metrics": "MetricsSnapshot NetMetrics OperationMetrics",
    "._negotiation": "AcceptancePolicy Offer",
    "._server_events": (
        "AssociationEnded AssociationEstablished AssociationRefused AssociationReleased DiskSpaceLow "
        "InstanceReceived InstanceRefused ServerEvent ServerFailed ServerStarted ServerStopped"
    ),
    "._settings": "NetworkLimits Timeouts",
    ".services._find_provider": "FindProvider FindRequest FindSettings",
    ".services._matches": "InstanceMatch Match PatientMatch SeriesMatch StudyMatch",
    ".services._query_keys": "QueryKeys",
    ".transport._query": (
        "find find_instances find_patients find_series find_studies iter_find iter_instances "
        "iter_patients iter_series iter_studies"
    ),
    ".services": (
        "ReceivedInstance RetrieveCompleted RetrieveConfig RetrieveEvent RetrieveKeys "
        "RetrieveProgress RetrieveResult"
    ),
    ".transport": (
        "Association Server associate get get_instance get_series get_study iter_get iter_move move move_instance "
        "move_series move_study"
    ),
    "._tls": "CertificateCheck TlsConfig TlsIdentity TlsProfile TlsVersion",
}

__all__ = [
    "AcceptancePolicy",
    "Association",
    "AssociationAborted",
    "AssociationEnded",
    "AssociationEstablished",
    "AssociationRefused",
    "AssociationRejected",
    "AssociationReleased",
    "CertificateCheck",
    "ConnectionFailed",
    "ConnectionLost",
    "DeadlineExceeded",
    "DiskSpaceLow",
    "ErrorCategory",
    "ErrorLevel",
    "FindProvider",
    "FindRequest",
    "FindSettings",
    "InstanceMatch",
    "InstanceReceived",
    "InstanceRefused",
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
    "PartialFailure",
    "PatientMatch",
    "QueryKeys",
    "ReceivedInstance",
    "RemoteProtocolError",
    "RetrieveCompleted",
    "RetrieveConfig",
    "RetrieveEvent",
    "RetrieveKeys",
    "RetrieveProgress",
    "RetrieveResult",
    "SeriesMatch",
    "Server",
    "ServerEvent",
    "ServerFailed",
    "ServerStarted",
    "ServerStopped",
    "StatusError",
    "StudyMatch",
    "TimeoutKind",
    "Timeouts",
    "TlsConfig",
    "TlsError",
    "TlsFault",
    "TlsIdentity",
    "TlsProfile",
    "TlsVersion",
    "associate",
    "blocking",
    "dimse",
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
    "services",
    "testing",
    "transport",
    "ul",
]

if not TYPE_CHECKING:  # a checker reads the imports above, and then knows a misspelt name
    __getattr__, __dir__ = door(globals(), _DOOR)
