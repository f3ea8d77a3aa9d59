"""pynetdicom in a process of its own, in both roles; what a client did is printed as JSON.

python -m tests.peers.pynet serve PORT TITLE [--received DIR] [--files DIR] [--answers N] [--to NAME=PORT] [--tls CERT KEY CA]
python -m tests.peers.pynet echo | associate | store | find | get | move PORT TITLE [options]
"""

import argparse
import json
import logging
import resource
import signal
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydicom import Dataset, dcmread
from pydicom.uid import UID
from pynetdicom import AE, build_context, build_role, evt
from pynetdicom.association import Association
from pynetdicom.presentation import AllStoragePresentationContexts, StoragePresentationContexts
from pynetdicom.sop_class import (  # type: ignore[attr-defined] # made when it is imported
    PatientRootQueryRetrieveInformationModelFind,
    PatientRootQueryRetrieveInformationModelGet,
    PatientRootQueryRetrieveInformationModelMove,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)

HOST = "127.0.0.1"
MODELS = {
    "find": StudyRootQueryRetrieveInformationModelFind,
    "get": StudyRootQueryRetrieveInformationModelGet,
    "move": StudyRootQueryRetrieveInformationModelMove,
}
NATIVE = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
# What the tests send; all of them for all classes would cost 45 ms of negotiation an association
SYNTAXES = [*NATIVE, "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80",
            "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.1.99"]  # fmt: skip
KEYS = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


def context(files: list[str], *, server: bool) -> ssl.SSLContext:
    """TLS with certificates on both sides."""
    certificate, key, authority = files
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_cert_chain(certificate, key)
    made.load_verify_locations(authority)
    return made


# --- serving ------------------------------------------------------------------------------------


class Archive:
    """The files of a folder, found by equality of keys."""

    def __init__(self, folder: str, answers: int) -> None:
        paths = sorted(Path(folder).rglob("*.dcm")) if folder else []
        self.files = [dcmread(path) for path in paths]
        self.answers = answers

    def matching(self, keys: Dataset) -> Iterator[Dataset]:
        for ds in self.files:
            wanted = ((key, keys.get(key)) for key in KEYS)
            if all(not value or str(ds.get(key)) in _list(value) for key, value in wanted):
                yield ds

    def find(self, event: Any) -> Iterator[tuple[int, Dataset | None]]:
        keys = event.identifier
        for number in range(self.answers):  # canned ones, for measuring
            ds = Dataset()
            ds.QueryRetrieveLevel = "STUDY"
            ds.StudyInstanceUID = f"1.2.826.0.1.3680043.8.498.{number}"
            ds.PatientName = f"Doe^Number{number:06}"
            ds.PatientID = f"P{number:06}"
            ds.StudyDate = "20260115"
            ds.AccessionNumber = f"A{number:06}"
            yield 0xFF00, ds
        level = {"PATIENT": 0, "STUDY": 1, "SERIES": 2, "IMAGE": 3}[keys.QueryRetrieveLevel]
        seen = set()
        for match in self.matching(keys):
            unique = str(match.get(KEYS[level]))
            if unique in seen:
                continue
            seen.add(unique)
            ds = Dataset()
            for element in keys:
                if element.tag in match:
                    ds[element.tag] = match[element.tag]
            ds.QueryRetrieveLevel = keys.QueryRetrieveLevel
            if "SpecificCharacterSet" in match:
                ds.SpecificCharacterSet = match.SpecificCharacterSet
            yield 0xFF00, ds

    def get(self, event: Any) -> Iterator[Any]:
        found = list(self.matching(event.identifier))
        yield len(found)
        for ds in found:
            yield 0xFF00, ds

    def move(self, event: Any, destinations: dict[str, int]) -> Iterator[Any]:
        port = destinations.get(event.move_destination)
        if port is None:
            yield None, None
            return
        contexts = {
            (str(ds.SOPClassUID), str(ds.file_meta.TransferSyntaxUID))
            for ds in self.matching(event.identifier)
        }
        yield HOST, port, {"contexts": [build_context(*pair) for pair in sorted(contexts)]}
        yield from self.get(event)


def _list(value: Any) -> list[str]:
    several = not isinstance(value, str) and hasattr(value, "__iter__")
    return [str(part) for part in value] if several else [str(value)]


def serve(words: argparse.Namespace) -> int:
    """Until SIGTERM."""
    ae = AE(words.title)
    ae.maximum_pdu_size = words.max_pdu
    ae.maximum_associations = 100
    ae.network_timeout = ae.acse_timeout = ae.dimse_timeout = 60
    ae.add_supported_context(Verification)
    for model in (
        PatientRootQueryRetrieveInformationModelFind,
        PatientRootQueryRetrieveInformationModelGet,
        PatientRootQueryRetrieveInformationModelMove,
        *MODELS.values(),
    ):
        ae.add_supported_context(model)
    for each in AllStoragePresentationContexts:
        ae.add_supported_context(each.abstract_syntax or "", SYNTAXES, scu_role=True, scp_role=True)
    archive = Archive(words.files, words.answers)
    destinations = {name: int(port) for name, port in (pair.split("=") for pair in words.to or ())}

    def store(event: Any) -> int:
        if words.received:
            path = Path(words.received) / f"{event.request.AffectedSOPInstanceUID}.dcm"
            path.write_bytes(event.encoded_dataset())
        return 0

    handlers: list[Any] = [
        (evt.EVT_C_STORE, store),
        (evt.EVT_C_FIND, archive.find),
        (evt.EVT_C_GET, archive.get),
        (evt.EVT_C_MOVE, archive.move, [destinations]),
    ]
    tls = context(words.tls, server=True) if words.tls else None
    server = ae.start_server(
        (HOST, words.port), block=False, evt_handlers=handlers, ssl_context=tls
    )
    assert server is not None
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    server.shutdown()
    return 0


# --- asking -------------------------------------------------------------------------------------


def client(words: argparse.Namespace) -> AE:
    """An application entity that asks for what the command needs."""
    ae = AE(words.calling)
    ae.maximum_pdu_size = words.max_pdu
    # Now and then it waits for an answer that was sent, until this runs out
    ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = 15
    if words.command == "echo":
        ae.add_requested_context(Verification)
    elif words.command == "associate":
        ae.requested_contexts = StoragePresentationContexts
    elif words.command == "store":
        wanted = set()
        for path in words.paths:
            head = dcmread(path, specific_tags=["SOPClassUID"], stop_before_pixels=True)
            wanted.add((str(head.SOPClassUID), str(head.file_meta.TransferSyntaxUID)))
        for sop_class, syntax in sorted(wanted):
            ae.add_requested_context(sop_class, UID(syntax))
    else:
        ae.add_requested_context(MODELS[words.command])
        if words.command == "get":
            for each in StoragePresentationContexts[:120]:
                ae.add_requested_context(each.abstract_syntax or "", words.syntax or list(NATIVE))
    return ae


def identifier(words: argparse.Namespace) -> Dataset:
    """The keys of a query, `Keyword=value` each."""
    ds = Dataset()
    ds.QueryRetrieveLevel = words.level
    for pair in words.key:
        keyword, _, value = pair.partition("=")
        setattr(ds, keyword, value.split("\\") if "\\" in value else value)
    return ds


def asked(words: argparse.Namespace) -> dict[str, object]:
    """What came of it."""
    ae = client(words)

    def store(event: Any) -> int:
        if words.received:
            path = Path(words.received) / f"{event.request.AffectedSOPInstanceUID}.dcm"
            path.write_bytes(event.encoded_dataset())
        return 0

    def opened() -> Association:
        options: dict[str, Any] = {}
        if words.tls:
            options["tls_args"] = (context(words.tls, server=False), "localhost")
        if words.command == "get":
            options["ext_neg"] = [
                build_role(each.abstract_syntax or "", scp_role=True)
                for each in StoragePresentationContexts[:120]
            ]
            options["evt_handlers"] = [(evt.EVT_C_STORE, store)]
        made = ae.associate(
            HOST, words.port, ae_title=words.title, max_pdu=words.max_pdu, **options
        )
        if not made.is_established:
            raise SystemExit("no association")
        return made

    def opened_and_released() -> int:
        opened().release()
        return 0

    if words.command == "associate":
        if words.warm:
            opened_and_released()
        return measured(lambda: [opened_and_released() for _ in range(words.repeat)])
    peer = opened()

    def statuses(answers: Any) -> list[int]:
        found = []
        for status, ds in answers:
            found.append(int(status.Status))
            if ds is not None and words.print:
                print(ds.to_json(), flush=True)
        return found

    work: dict[str, Callable[[], list[int]]] = {
        "echo": lambda: [int(peer.send_c_echo().Status) for _ in range(words.repeat)],
        "store": lambda: [int(peer.send_c_store(path).Status) for path in words.paths],
        "find": lambda: statuses(peer.send_c_find(identifier(words), MODELS["find"])),
        "get": lambda: statuses(peer.send_c_get(identifier(words), MODELS["get"])),
        "move": lambda: statuses(
            peer.send_c_move(identifier(words), words.destination, MODELS["move"])
        ),
    }
    if words.warm:
        work[words.command]()
    result = measured(work[words.command])
    peer.release()
    return result


def measured(work: Callable[[], list[int]]) -> dict[str, object]:
    """Its statuses, the seconds that it took and the seconds of processor time."""

    def cpu() -> float:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime

    before, started = cpu(), time.monotonic()
    found = work()
    return {"statuses": found, "seconds": time.monotonic() - started, "cpu": cpu() - before}


def main(arguments: list[str]) -> int:
    """One command."""
    both = argparse.ArgumentParser(add_help=False)
    both.add_argument("--max-pdu", type=int, default=131072)
    both.add_argument("--tls", nargs=3)
    both.add_argument("--received", default="")
    parser = argparse.ArgumentParser(prog="python -m tests.peers.pynet")
    kinds = parser.add_subparsers(dest="command", required=True)
    server = kinds.add_parser("serve", parents=[both])
    server.add_argument("port", type=int)
    server.add_argument("title")
    server.add_argument("--files", default="")
    server.add_argument("--answers", type=int, default=0)
    server.add_argument("--to", action="append")
    for kind in ("echo", "associate", "store", "find", "get", "move"):
        asking = kinds.add_parser(kind, parents=[both])
        asking.add_argument("port", type=int)
        asking.add_argument("title")
        asking.add_argument("paths", nargs="*")
        asking.add_argument("--calling", default="PYNETSCU")
        asking.add_argument("--warm", action="store_true", help="measure the second time")
        asking.add_argument("--repeat", type=int, default=1)
        asking.add_argument("--level", default="STUDY")
        asking.add_argument("--key", action="append", default=[])
        asking.add_argument("--destination", default="")
        asking.add_argument("--syntax", action="append")
        asking.add_argument("--print", action="store_true")
    words = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    if words.command == "serve":
        return serve(words)
    print(json.dumps(asked(words)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
