"""What the command line says, over what a file says."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import click
from attrs import evolve

if TYPE_CHECKING:
    from ..node import DestinationSettings, ServeSettings, TlsSettings

__all__ = ["settings_of"]

_PLAIN: Final = (
    "data", "index", "dimse", "ae_title", "host", "any_ae", "workers", "durable",
)  # fmt: skip


def settings_of(base: "ServeSettings", options: Mapping[str, object]) -> "ServeSettings":
    """The settings with the options that were given; those that are None were not."""
    from dicom_core.store import DuplicatePolicy

    from ..node import DiskSettings, LogForm, LogLevel

    changes: dict[str, object] = {
        name: options[name] for name in _PLAIN if options.get(name) is not None
    }
    for name, kind in (("duplicates", DuplicatePolicy), ("log", LogForm), ("log_level", LogLevel)):
        found = options.get(name)
        if isinstance(found, str):
            changes[name] = kind(found)
    if options.get("allowed"):
        changes["allowed"] = options["allowed"]
    most = options.get("max_associations")
    if isinstance(most, int):
        changes["limits"] = evolve(base.limits, associations=most, associations_per_peer=most)
    reserve = options.get("reserve")
    if isinstance(reserve, int):
        changes["disk"] = DiskSettings(warn=4 * reserve << 20, refuse=reserve << 20)
    to = options.get("destinations")
    if isinstance(to, tuple) and to:
        named = [_destination(str(one)) for one in to]
        kept = {one.ae for one in named}
        changes["destinations"] = [
            *(one for one in base.destinations if one.ae not in kept), *named,
        ]  # fmt: skip
    tls = _tls(base.tls, options)
    if tls is not None:
        changes["tls"] = tls
    return evolve(base, **changes)  # type: ignore[arg-type] # click checked their types


def _destination(text: str) -> "DestinationSettings":
    """AE=HOST:PORT."""
    from ..node import DestinationSettings, ServeSettingsError

    title, there, rest = text.partition("=")
    host, colon, port = rest.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")  # of an address of IPv6
    if not (there and colon and host and port.isascii() and port.isdigit()):
        raise click.UsageError(f"--to {text}: say AE=HOST:PORT, such as WORKSTATION=10.0.0.5:104")
    try:
        return DestinationSettings(ae=title, host=host, port=int(port))
    except (ServeSettingsError, ValueError) as wrong:
        raise click.UsageError(f"--to {text}: {wrong}") from wrong


def _tls(base: "TlsSettings | None", options: Mapping[str, object]) -> "TlsSettings | None":
    """None where nothing was said of it."""
    from ..node import TlsSettings

    given = {
        name: options.get(option)
        for name, option in (
            ("certificate", "tls_cert"),
            ("key", "tls_key"),
            ("password", "tls_password"),
            ("profile", "tls_profile"),
        )
        if options.get(option) is not None
    }
    pair = options.get("tls_pair")
    if isinstance(pair, tuple):
        if "key" in given or "certificate" in given:
            raise click.UsageError(
                "+tls has key and certificate; leave --tls-key and --tls-cert out"
            )
        given["key"], given["certificate"] = pair
    if options.get("tls_ca") is not None:
        given["authorities"] = (options["tls_ca"],)
    if not given or set(given) == {"password"}:  # which the environment gives, too
        return None
    if base is not None:
        return evolve(base, **given)  # type: ignore[arg-type] # click checked their types
    if "certificate" not in given:
        raise click.UsageError("a server needs --tls-cert to speak TLS")
    return TlsSettings(**given)  # type: ignore[arg-type] # click checked their types
