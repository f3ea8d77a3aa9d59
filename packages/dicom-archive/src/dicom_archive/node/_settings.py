"""Everything about a node as one value, as a file of TOML has it."""

import os
import sys
from collections.abc import Iterable, Mapping
from enum import StrEnum
from ipaddress import ip_address
from typing import TYPE_CHECKING, ClassVar, Final, Self

from attrs import Attribute, evolve, field, frozen
from attrs.validators import ge, gt, instance_of, le

from dicom_core._settings import FromSettings, SettingsError
from dicom_core.store import DuplicatePolicy
from dicom_net import NetworkLimits, Timeouts
from dicom_net.services import Conversion

if TYPE_CHECKING:
    from dicom_net import AcceptancePolicy, TlsConfig
    from dicom_net.services import Destination

__all__ = [
    "DestinationSettings",
    "DiskSettings",
    "LogForm",
    "LogLevel",
    "QuerySettings",
    "ServeSettings",
    "ServeSettingsError",
    "StorageLimits",
    "TlsSettings",
]

PORT: Final = 11112  # IANA's port for DICOM beside 104, which ordinary users may not open
LOOPBACK: Final = "127.0.0.1"


class ServeSettingsError(SettingsError):
    """A setting of a node is unknown or has a wrong value; ``setting`` names it with its tables, such as ``tls.key``."""

    table = "serve"


class LogForm(StrEnum):
    """How the log is written to standard error."""

    TEXT = "text"
    JSON = "json"
    """One object a line, with the facts of each record as members."""
    OFF = "off"


class LogLevel(StrEnum):
    """How much is logged."""

    WARNING = "warning"
    INFO = "info"
    """Associations, queries and retrieves, but not each instance."""
    DEBUG = "debug"
    """Each instance and each message."""


def _title(_instance: object, attribute: "Attribute[str]", value: object) -> None:
    """An AE title (PS3.5 table 6.2-1)."""
    fine = isinstance(value, str) and 0 < len(value) <= 16 and value.isascii()
    if not fine or not str(value).isprintable() or "\\" in str(value) or not str(value).strip():
        text = f"is no AE title: 1 to 16 ASCII characters without backslash, not {value!r}"
        raise ServeSettingsError(attribute.name, text)


def _each_title(
    instance: object, attribute: "Attribute[frozenset[str]]", value: Iterable[str] | None
) -> None:
    for one in value or ():
        _title(instance, attribute, one)  # type: ignore[arg-type] # only its name is used


def _set(items: Iterable[str]) -> frozenset[str]:
    return frozenset([items] if isinstance(items, str) else items)


def _set_or_none(items: Iterable[str] | None) -> frozenset[str] | None:
    return None if items is None else _set(items)


def _texts(items: Iterable[str]) -> tuple[str, ...]:
    return tuple([items] if isinstance(items, str) else items)


@frozen(kw_only=True)
class TlsSettings:
    """TLS of the server, and of the associations that it opens to destinations with ``tls``."""

    certificate: str
    """A file of ours, PEM or PKCS#12."""
    key: str | None = field(default=None, repr=False)
    """The file of its private key, where that is apart."""
    password: str | None = field(default=None, repr=False)
    """Of the key; better in the environment variable DICOM_TLS_PASSWORD."""
    authorities: tuple[str, ...] = field(default=(), converter=_texts)
    """Files of certificates that those of peers are signed by. Empty: callers need none, destinations one
    that the system trusts."""
    client_certificate: bool = True
    """Whether callers must show a certificate, where there are ``authorities``."""
    profile: str = field(default="bcp195")
    """``bcp195``, ``modified`` (PS3.15 B.12, B.13) or ``1.3``."""

    @profile.validator
    def _known(self, attribute: "Attribute[str]", value: str) -> None:
        if value not in _PROFILES:
            names = tuple(_PROFILES)
            raise ServeSettingsError(attribute.name, f"is one of {', '.join(names)}", names)

    def config(self) -> "TlsConfig":
        """The same for dicom-net."""
        from dicom_net import TlsConfig, TlsIdentity, TlsProfile

        password = self.password or os.environ.get("DICOM_TLS_PASSWORD")
        return TlsConfig(
            profile=TlsProfile[_PROFILES[self.profile]],
            identity=TlsIdentity(self.certificate, self.key, password),
            roots=self.authorities,
            client_certificate=self.client_certificate,
        )


_PROFILES: Final = {"bcp195": "BCP195", "modified": "MODIFIED_BCP195", "1.3": "TLS13"}


@frozen(kw_only=True)
class DestinationSettings:
    """Where instances may be moved to: an application entity that C-MOVE may name."""

    ae: str = field(validator=_title)
    host: str
    port: int = field(validator=[ge(1), le(65535)])
    tls: bool = False
    called_ae: str = ""
    """What it is called there, where that is another title."""


def _several(items: Iterable[DestinationSettings]) -> tuple[DestinationSettings, ...]:
    return tuple(items)


@frozen(kw_only=True)
class StorageLimits:
    """The most that is kept; what is beyond is refused with A700H, out of resources."""

    instances: int = field(default=sys.maxsize, validator=gt(0))
    size: int = field(default=sys.maxsize, validator=gt(0))
    """Bytes of all files. Where there is a limit, the index is asked for each piece that comes."""
    instance_size: int = field(default=16 << 30, validator=gt(0))
    """Bytes of one file."""
    busy: float = field(default=10.0, validator=gt(0))
    """Seconds to wait for somebody who has the index locked; then A700H, too."""


@frozen(kw_only=True)
class DiskSettings:
    """Free bytes of the disk below which somebody is told, and instances are refused (A700H); 0 turns it off."""

    warn: int = field(default=4 << 30, validator=ge(0))
    refuse: int = field(default=1 << 30, validator=ge(0))


@frozen(kw_only=True)
class QuerySettings:
    """How queries and retrieves are answered."""

    answers: int | None = None
    """The most answers to one query; the rest is refused with A700H."""
    scan: int = field(default=100_000, validator=gt(0))
    """The most entities that are looked at one by one for a query that no index answers."""
    retrieve: int = field(default=100_000, validator=gt(0))
    """The most instances of one C-GET or C-MOVE."""
    conversion: Conversion = Conversion.LOSSLESS
    """What may be done to instances whose transfer syntax a receiver does not take."""


@frozen(kw_only=True)
class ServeSettings(FromSettings):
    """Everything about a node. Made by hand, or out of TOML (`load`, `from_toml`); `to_toml` writes it back."""

    _settings_error: ClassVar[type[SettingsError]] = ServeSettingsError

    data: str = "dicom-archive"
    """The folder of the archive; made where it is missing."""
    index: str | None = field(default=None, repr=False)
    """The database of the index, as a URL: ``postgresql+psycopg://...``; None is a file in the folder."""
    ae_title: str = field(default="DICOMPY", validator=_title)
    host: str = field(default=LOOPBACK, validator=instance_of(str))
    """Other machines reach it where this is another address; then ``allowed`` or ``any_ae`` says who may call."""
    dimse: int = field(default=PORT, validator=[ge(0), le(65535)])
    """The port; 0 lets the system choose one."""
    check_called: bool = False
    """Refuse who calls another title than ours."""
    allowed: frozenset[str] | None = field(
        default=None, converter=_set_or_none, validator=_each_title
    )
    """The AE titles that may call; None is all that are not denied."""
    denied: frozenset[str] = field(default=frozenset(), converter=_set, validator=_each_title)
    any_ae: bool = False
    """Everybody may call, from other machines too."""
    workers: int = field(default=1, validator=[ge(1), le(256)])
    """Processes that serve the same port and folder; limits hold for each."""
    duplicates: DuplicatePolicy = DuplicatePolicy.KEEP
    durable: bool = True
    """Acknowledge an instance only when the disk has it."""
    quarantine: bool = True
    """Keep what is refused for what is in it, with the reason, in a folder apart."""
    grace: float = field(default=10.0, validator=ge(0))
    """Seconds that requests have for their end when the node stops."""
    max_pdu: int = field(default=262_144, validator=[ge(4096), le(1 << 30)])
    log: LogForm = LogForm.TEXT
    log_level: LogLevel = LogLevel.INFO
    tls: TlsSettings | None = None
    destinations: tuple[DestinationSettings, ...] = field(default=(), converter=_several)
    timeouts: Timeouts = Timeouts.DEFAULT
    limits: NetworkLimits = field(factory=NetworkLimits)
    storage: StorageLimits = field(factory=StorageLimits)
    query: QuerySettings = field(factory=QuerySettings)
    disk: DiskSettings = field(factory=DiskSettings)

    def __attrs_post_init__(self) -> None:
        if not (is_loopback(self.host) or self.any_ae or self.allowed):
            raise ServeSettingsError(
                "host",
                f"is {self.host!r}, which other machines reach: say which AE titles may call "
                "(allowed, --allow AE), or that all may (any_ae, --any-ae)",
            )
        seen: set[str] = set()
        for one in self.destinations:
            if one.ae in seen:
                raise ServeSettingsError("destination", f"is there twice for {one.ae!r}")
            seen.add(one.ae)

    @classmethod
    def from_mapping(cls, settings: Mapping[str, object]) -> Self:
        """See `dicom_core.validate.ValidationConfig.from_mapping`; names are those of a file, such as ``destination``."""
        from ._reading import structured

        return structured(cls, settings)

    @classmethod
    def load(cls, path: "str | os.PathLike[str]") -> Self:
        """From a file of TOML or JSON; paths in it are seen from its folder."""
        return super().load(path)._seen_from(os.path.dirname(os.path.abspath(path)))

    def to_toml(self) -> str:
        """A file that says the same, with every setting there is."""
        from ._toml import to_toml

        return to_toml(self)

    def _seen_from(self, folder: str) -> Self:
        tls = self.tls
        if tls is not None:
            tls = evolve(
                tls,
                certificate=os.path.join(folder, tls.certificate),
                key=None if tls.key is None else os.path.join(folder, tls.key),
                authorities=[os.path.join(folder, one) for one in tls.authorities],
            )
        return evolve(self, data=os.path.join(folder, self.data), tls=tls)

    # --- the same for dicom-net ------------------------------------------------------------------

    def policy(self) -> "AcceptancePolicy":
        """Whom the server lets in."""
        from dicom_net import AcceptancePolicy
        from dicom_net.ul import OperationsWindow

        return AcceptancePolicy(
            ae_titles=[self.ae_title] if self.check_called else [],
            allowed=self.allowed,
            denied=self.denied,
            max_pdu=self.max_pdu,
            window=OperationsWindow(self.limits.operations, self.limits.operations),
        )

    def known_destinations(self) -> "dict[str, Destination]":
        """Where C-MOVE may send to."""
        from dicom_net import TlsConfig
        from dicom_net.services import Destination

        made: dict[str, Destination] = {}
        secure: TlsConfig | None = None
        for one in self.destinations:
            if one.tls and secure is None:
                secure = TlsConfig.DEFAULT if self.tls is None else self.tls.config()
            made[one.ae] = Destination(
                host=one.host,
                port=one.port,
                tls=secure if one.tls else None,
                called_ae=one.called_ae,
            )
        return made


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# Tracebacks, reprs and pickles name the place that users import from
for _name in __all__:
    globals()[_name].__module__ = "dicom_archive.node"
del _name
