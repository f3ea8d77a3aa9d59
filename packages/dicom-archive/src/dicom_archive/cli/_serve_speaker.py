"""What `dicom serve` says on standard output: where it listens and what to try, or events for machines."""

import os
import sys
from ipaddress import ip_address
from typing import TYPE_CHECKING

from dicom_core._display import clean
from dicom_core.cli._run import complain
from dicom_net import ServerStarted, ServerStopped
from dicom_net.cli._facts import facts_of
from dicom_net.cli._peer import print_json

if TYPE_CHECKING:
    from dicom_net import ServerEvent

    from ..node import ServeSettings

__all__ = ["Speaker"]


class Speaker:
    """Says it once, or for each process."""

    def __init__(
        self,
        settings: "ServeSettings",
        *,
        as_json: bool,
        demo: bool = False,
        program: str = "dicom",
    ) -> None:
        self.settings = settings
        self.as_json = as_json
        self.demo = demo
        """Whether there are the synthetic studies to be found."""
        self.program = program
        """What is typed to run our commands."""
        self.worker = 0
        """The number of this process, where there are several."""

    def listens(self, port: int, instances: int | None) -> None:
        """It can be called from now on; there are so many instances."""
        settings = self.settings
        if self.as_json:
            started = facts_of(ServerStarted(settings.host, port))
            print_json(started | {"ae_title": settings.ae_title, "data": settings.data})
            return
        host = _as_called(settings.host)
        peer = f"{host} {port} -aec {_quoted(settings.ae_title)}"
        held = "" if instances is None else f" ({instances:,} instances)"
        secure = ", TLS" if settings.tls else ""
        lines = [
            f"{settings.ae_title} listens on {settings.host} port {port}{secure}",
            f"data: {os.path.abspath(settings.data)}{held}",
            "",
            "try, in another terminal:",
            *(f"  {self.program} {command}" for command in self._commands(peer)),
            "",
            f"Ctrl-C ends it; {self._reach()}",
        ]
        for line in lines:
            sys.stdout.write(clean(line) + "\n")
        sys.stdout.flush()

    def _commands(self, peer: str) -> list[str]:
        if self.demo:
            return [
                f"find {peer}",
                f"get {peer} -P --patient DEMO-0003 -o received",
                "contact received -o sheet.png",
            ]
        return [f"echo {peer}", f"store {peer} FILES", f"find {peer}"]

    def _reach(self) -> str:
        settings = self.settings
        if settings.host == "localhost" or _is_loopback(settings.host):
            return "other machines reach it with --bind 0.0.0.0 and --allow AE, or --any-ae"
        if settings.any_ae and settings.allowed is None:
            return "every AE title may call it"
        return "the AE titles that are allowed may call it"

    def tell(self, event: "ServerEvent") -> None:
        """An event, for machines."""
        if isinstance(event, ServerStarted | ServerStopped):
            return  # those of one worker are not those of the node
        facts = facts_of(event)
        print_json(facts | {"worker": self.worker} if self.worker else facts)

    def died(self, text: str) -> None:
        """A worker ended that should not have."""
        if self.as_json:
            print_json({"event": "WorkerDied", "error": text})
        complain("", text)

    def stopped(self, port: int) -> None:
        """It listens no longer."""
        if self.as_json:
            print_json(facts_of(ServerStopped(self.settings.host, port)))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _as_called(host: str) -> str:
    """The address for a client on this machine."""
    try:
        found = ip_address(host)
    except ValueError:
        return host or "127.0.0.1"
    return "127.0.0.1" if found.is_unspecified else host


def _quoted(title: str) -> str:
    """A title as a word of a shell."""
    import shlex

    return shlex.quote(title)
