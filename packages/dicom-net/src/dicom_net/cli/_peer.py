"""Arguments and options of all commands that call a peer, named as users of DCMTK expect them."""

import logging
import os
import sys
from collections.abc import Callable, Mapping
from functools import update_wrapper
from math import inf
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click
from attrs import field, frozen

from dicom_core.cli._options import json_option

from .._opening import Opening

if TYPE_CHECKING:
    from .. import Timeouts
    from .._tls import TlsConfig, TlsProfile
    from ..ul import UserIdentity

__all__ = [
    "TITLE",
    "Peer",
    "client_tls_options",
    "json_option",
    "peer_options",
    "print_json",
    "profile_named",
    "server_tls",
    "server_tls_options",
    "talk",
]

P = ParamSpec("P")


@frozen(kw_only=True)
class Peer:
    """Whom to call, and how."""

    host: str
    port: int
    called_ae: str
    calling_ae: str
    tls: "TlsConfig | None" = field(repr=False)
    user_identity: "UserIdentity | None" = field(repr=False)
    timeouts: "Timeouts"

    @property
    def opening(self) -> Opening:
        """The arguments of the functions that open an association, besides host and port."""
        return Opening(
            called_ae=self.called_ae,
            calling_ae=self.calling_ae,
            tls=self.tls,
            user_identity=self.user_identity,
            timeouts=self.timeouts,
        )


Titles = TypeVar("Titles", str | None, tuple[str, ...])


def _title(context: click.Context, parameter: click.Parameter, value: Titles) -> Titles:
    """An AE title (PS3.5 table 6.2-1), or several: 1 to 16 printable characters, no backslash, not spaces alone."""
    if isinstance(value, tuple):
        for one in value:
            _title(context, parameter, one)
        return value
    if value is None:
        return None
    fine = 0 < len(value) <= 16 and value.isascii() and value.isprintable() and "\\" not in value
    if not fine or not value.strip():
        raise click.BadParameter(
            f"{value!r} is no AE title: 1 to 16 ASCII characters without backslash", param=parameter
        )
    return value


TITLE = _title

_PEER = [
    click.argument("host"),
    click.argument("port", type=click.IntRange(1, 65535)),
    click.option(
        "-aec", "--called", "called_ae", default="ANY-SCP", metavar="AE", show_default=True,
        callback=_title, help="AE title of the peer.",
    ),
    click.option(
        "-aet", "--calling", "calling_ae", default="DICOMPY", metavar="AE", show_default=True,
        callback=_title, help="Our own AE title.",
    ),
]  # fmt: skip
_IDENTITY = [
    click.option("-usr", "--user", default=None, metavar="NAME", help="User name to present."),
    click.option(
        "-pwd", "--password", default=None, metavar="TEXT", envvar="DICOM_PASSWORD",
        help="Passcode of the user; better in the environment variable DICOM_PASSWORD, where nobody sees it.",
    ),
]  # fmt: skip
_TIMEOUTS = [
    click.option(
        "-to", "--connect-timeout", type=click.FloatRange(0, min_open=True), default=None, metavar="SECONDS",
        help="For the connection; default 10.",
    ),
    click.option(
        "-ta", "--acse-timeout", type=click.FloatRange(0, min_open=True), default=None, metavar="SECONDS",
        help="For the association and its release; default 30.",
    ),
    click.option(
        "-td", "--dimse-timeout", type=click.FloatRange(0, min_open=True), default=None, metavar="SECONDS",
        help="For the peer's silence during an operation; default 30.",
    ),
]  # fmt: skip
_TLS = [
    click.option(
        "--tls", "+tla", "with_tls", is_flag=True, help="Speak TLS, without a certificate of ours."
    ),
    click.option(
        "+tls", "tls_pair", nargs=2, type=click.Path(exists=True), default=None, metavar="KEY CERT",
        help="Speak TLS, with our key and certificate; the same as --tls-key KEY --tls-cert CERT.",
    ),
    click.option(
        "--tls-profile", default=None, type=click.Choice(["bcp195", "modified", "1.3"]),
        help="The TLS profile (PS3.15 B.12, B.13); default bcp195 (implies --tls).",
    ),
    click.option(
        "+cf", "--tls-ca", default=None, type=click.Path(exists=True), metavar="FILE",
        help="Certificates that the peer's may be signed by; default: those of the system (implies --tls).",
    ),
    click.option(
        "--tls-cert", default=None, type=click.Path(exists=True), metavar="FILE",
        help="Our certificate, PEM or PKCS#12 (implies --tls).",
    ),
    click.option(
        "--tls-key", default=None, type=click.Path(exists=True), metavar="FILE",
        help="Its private key, where it is in a file of its own.",
    ),
    click.option(
        "--tls-password", default=None, envvar="DICOM_TLS_PASSWORD", metavar="TEXT",
        help="Password of the key; better in the environment variable DICOM_TLS_PASSWORD.",
    ),
    click.option(
        "-ic", "--tls-insecure", is_flag=True,
        help="Do not check the peer's certificate: whoever is in between can read everything (implies --tls).",
    ),
]  # fmt: skip
_VERBOSE = click.option(
    "-v", "--verbose", count=True,
    help="Say what happens on standard error; -vv also each message, -vvv each PDU. Patient data is left out.",
)  # fmt: skip


def _decorated(
    function: Callable[P, int], options: list[Callable[..., object]]
) -> Callable[..., int]:
    found: Callable[..., int] = function
    for option in reversed(options):
        found = option(found)
    return found


def peer_options(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command the argument ``peer``, made of all options that say whom to call and how."""

    def command(
        host: str,
        port: int,
        called_ae: str,
        calling_ae: str,
        user: str | None,
        password: str | None,
        verbose: int,
        **others: object,
    ) -> int:
        talk(verbose)
        peer = Peer(
            host=host,
            port=port,
            called_ae=called_ae,
            calling_ae=calling_ae,
            tls=client_tls(others),
            user_identity=_identity(user, password),
            timeouts=_timeouts(others),
        )
        return function(peer=peer, **others)

    update_wrapper(command, function)
    return _decorated(command, [*_PEER, *_IDENTITY, *_TIMEOUTS, *_TLS, _VERBOSE])


def client_tls_options(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command the argument ``tls``, made of the options of TLS alone."""

    def command(**others: object) -> int:
        return function(tls=client_tls(others), **others)

    update_wrapper(command, function)
    return _decorated(command, [*_TLS])


def talk(verbose: int) -> None:
    """Loggers on standard error, as often as ``-v`` was given."""
    if not verbose:
        return
    from .._logging import CATEGORIES, log_to_console

    quiet = {1: {"pdu", "dimse"}, 2: {"pdu"}}.get(verbose, set())
    level = logging.INFO if verbose == 1 else logging.DEBUG
    log_to_console([one for one in CATEGORIES if one not in quiet], level, sys.stderr)


def _identity(user: str | None, password: str | None) -> "UserIdentity | None":
    if user is None:
        if password is not None and "DICOM_PASSWORD" not in os.environ:
            raise click.UsageError("-pwd needs a user: -usr NAME")
        return None
    from ..ul import UserIdentity, UserIdentityKind

    if password is None:
        return UserIdentity(UserIdentityKind.USERNAME, user.encode())
    return UserIdentity(UserIdentityKind.USERNAME_AND_PASSCODE, user.encode(), password.encode())


def _timeouts(options: dict[str, object]) -> "Timeouts":
    """Those that were given; they are taken out of the options."""
    from attrs import evolve

    from .. import Timeouts

    connect = options.pop("connect_timeout")
    acse = options.pop("acse_timeout")
    dimse = options.pop("dimse_timeout")
    # A retrieve or a query may take as long as it takes, while the peer goes on answering
    found = evolve(Timeouts.DEFAULT, operation=inf)
    if isinstance(connect, float):
        found = evolve(found, connect=connect)
    if isinstance(acse, float):
        found = evolve(found, association=acse)
    if isinstance(dimse, float):
        found = evolve(found, read=dimse, write=dimse)
    return found


def client_tls(options: dict[str, object]) -> "TlsConfig | None":
    """TLS as the options say; they are taken out."""
    _part(options)
    wanted = options.pop("with_tls")
    profile = options.pop("tls_profile")
    roots = options.pop("tls_ca")
    certificate = options.pop("tls_cert")
    key = options.pop("tls_key")
    password = options.pop("tls_password")
    insecure = options.pop("tls_insecure")
    if not (wanted or profile or roots or certificate or insecure):
        if key:
            raise click.UsageError("--tls-key needs --tls-cert")
        return None
    if insecure and roots:
        raise click.UsageError("-ic checks nothing, so +cf has no meaning beside it")
    from .._tls import CertificateCheck, TlsConfig, TlsIdentity

    identity = None
    if isinstance(certificate, str):
        identity = TlsIdentity(
            certificate,
            key if isinstance(key, str) else None,
            password if isinstance(password, str) else None,
        )
    check = CertificateCheck.OFF if insecure else None
    if isinstance(roots, str):
        check = CertificateCheck.ROOTS
    return TlsConfig(
        profile=profile_named(profile),
        identity=identity,
        check=check or CertificateCheck.SYSTEM,
        roots=[roots] if isinstance(roots, str) else [],
    )


def _part(options: dict[str, object]) -> None:
    """Key and certificate as DCMTK takes them, in one option."""
    pair = options.pop("tls_pair", None)
    if isinstance(pair, tuple):
        if options["tls_key"] or options["tls_cert"]:
            raise click.UsageError(
                "+tls has key and certificate; leave --tls-key and --tls-cert out"
            )
        options["tls_key"], options["tls_cert"] = pair


def profile_named(name: object) -> "TlsProfile":
    """A profile by the short name of the command line."""
    from .._tls import TlsProfile

    named = {"modified": TlsProfile.MODIFIED_BCP195, "1.3": TlsProfile.TLS13}
    return named.get(str(name), TlsProfile.BCP195)


def print_json(facts: Mapping[str, object]) -> None:
    """One object, a line."""
    from json import dumps

    ascii_only = sys.stdout.encoding.lower() not in {"utf-8", "utf8"}
    sys.stdout.write(dumps(facts, ensure_ascii=ascii_only, default=str) + "\n")
    sys.stdout.flush()


def server_tls_options(command: Callable[..., int]) -> Callable[..., int]:
    """How a server speaks TLS."""
    options = [one for one in _TLS if one not in {_TLS[0], _TLS[-1]}]
    return _decorated(command, list(options))


def server_tls(options: dict[str, object]) -> "TlsConfig | None":
    """TLS as the options say: with a certificate of ours, and with ``+cf`` only for clients that show one of theirs."""
    options |= {"with_tls": False, "tls_insecure": False}
    _part(options)
    if not isinstance(options["tls_cert"], str):
        if options["tls_profile"] or options["tls_ca"] or options["tls_key"]:
            raise click.UsageError("a server needs --tls-cert to speak TLS")
        return None
    return client_tls(options)
