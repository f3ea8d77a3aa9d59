"""A load on anybody's SCP, and an SCP for anybody's SCU, made of sockets and bytes (`tests.peers.wire`).

python -m benchmarks._net_wire store PORT --files N --pixels BYTES --associations A --window W --pdu MAX --first NUMBER
python -m benchmarks._net_wire echo | associate | find | idle PORT --repeat N
python -m benchmarks._net_wire answer N        an SCP that gives N answers to every C-FIND; it prints its port
"""

import argparse
import contextlib
import json
import socket
import struct
import sys
import threading
import time
from typing import Final

from tests.peers.wire import (
    CT,
    ECHO,
    EXPLICIT,
    FIND,
    HOST,
    IMPLICIT,
    Buffers,
    Context,
    Wire,
    accept,
    command,
    element,
    pdu,
    pdvs,
    store_command,
    user_items,
)

from benchmarks._data import ct
from dicom_dict import sop_classes

STEM: Final = "1.2.826.0.1.3680043.8.498.3."
FIRST: Final = 1_000_000


def store_message(number: int, instance: str, data: memoryview, limit: int) -> Buffers:
    """A C-STORE request with its data set."""
    return pdvs(1, 1, store_command(instance, number), limit) + pdvs(1, 0, data, limit)


def store(words: argparse.Namespace) -> dict[str, float]:
    """Instances on each association: one data set over and over, but for its UID."""
    whole = ct(words.first, words.pixels)
    begin = 144 + struct.unpack_from("<I", whole, 140)[0]
    old = f"{STEM}{words.first}".encode()
    at = whole.index(old, begin) - begin
    share = words.files // words.associations
    failed: list[int] = []

    def work(which: int, peer: Wire) -> None:
        waiting = 0
        limit = min(peer.limit, words.pdu) if words.pdu else peer.limit
        data = bytearray(whole[begin:])
        for number in range(share):
            instance = f"{STEM}{words.first + which * share + number}"
            data[at : at + len(old)] = instance.encode()
            peer.send(store_message(number % 60000 + 1, instance, memoryview(data), limit))
            waiting += 1
            if waiting == words.window:
                failed.extend([bad] if (bad := peer.status()) else ())
                waiting -= 1
        for _ in range(waiting):
            failed.extend([bad] if (bad := peer.status()) else ())

    user = user_items(window=words.window)
    peers = [Wire(words.port).associate((CT, [EXPLICIT]), user=user) for _ in range(words.associations)]  # fmt: skip
    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(peers)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - started
    for peer in peers:
        peer.release()
    if failed:
        raise SystemExit(f"failed: {failed[0]:04X}")
    return {"seconds": seconds, "count": share * words.associations, "bytes": len(whole) - begin}


def echo(words: argparse.Namespace) -> dict[str, float]:
    peer = Wire(words.port).associate((ECHO, [IMPLICIT]))
    started = time.monotonic()
    for number in range(words.repeat):
        peer.echo(number % 60000 + 1)
    seconds = time.monotonic() - started
    peer.release()
    return {"seconds": seconds, "count": words.repeat}


def storage_contexts() -> list[Context]:
    """As many storage classes as an association can offer."""
    names = sorted(name for name in dir(sop_classes) if name.endswith("Storage"))
    return [(str(getattr(sop_classes, name)), [EXPLICIT, IMPLICIT]) for name in names[:128]]


def associate(words: argparse.Namespace) -> dict[str, float]:
    contexts = storage_contexts()
    started = time.monotonic()
    for _ in range(words.repeat):
        Wire(words.port).associate(*contexts).release()
    return {"seconds": time.monotonic() - started, "count": words.repeat}


def idle(words: argparse.Namespace) -> dict[str, float]:
    """Associations that stay open until a line comes in."""
    peers = [Wire(words.port).associate((ECHO, [IMPLICIT])) for _ in range(words.repeat)]
    print("open", flush=True)
    sys.stdin.readline()
    for peer in peers:
        peer.release()
    return {"count": words.repeat, "seconds": 0}


def answer_data(number: int) -> bytes:
    """An answer to a C-FIND at study level."""
    return b"".join((
        element(0x00080020, "20260115"), element(0x00080050, f"A{number:06}"), element(0x00080052, "STUDY"),
        element(0x00100010, f"Doe^Number{number:06}"), element(0x00100020, f"P{number:06}"),
        element(0x0020000D, f"1.2.826.0.1.3680043.8.498.{1000000 + number}"),
    ))  # fmt: skip


def find(words: argparse.Namespace) -> dict[str, float]:
    """C-FIND until the final answer; the responses are counted, not read."""
    peer = Wire(words.port).associate((FIND, [IMPLICIT]))
    fields: list[tuple[int, str | int]] = [(2, FIND), (0x100, 0x20), (0x110, 1), (0x700, 0), (0x800, 1)]  # fmt: skip
    keys = b"".join((
        element(0x00080020, ""), element(0x00080050, ""), element(0x00080052, "STUDY"),
        element(0x00100010, ""), element(0x00100020, ""), element(0x0020000D, ""),
    ))  # fmt: skip
    started, first = time.monotonic(), 0.0
    peer.send(pdvs(1, 1, command(fields), 16384) + pdvs(1, 0, keys, 16384))
    answers = 0
    final = struct.pack("<HHIH", 0, 0x900, 2, 0)
    while True:
        _, body = peer.pdu()
        first = first or time.monotonic() - started
        at = 0
        while at < len(body):  # several values may share a PDU (PS3.8 9.3.5)
            length = int.from_bytes(body[at : at + 4], "big")
            value = body[at + 5 : at + 4 + length]
            at += 4 + length
            if value[0] & 1:
                if final in value:
                    seconds = time.monotonic() - started
                    peer.release()
                    return {"seconds": seconds, "count": answers, "first": first}
                answers += 1


def answer(words: argparse.Namespace) -> dict[str, float]:
    """An SCP that gives the same answers to every C-FIND, as fast as they are taken."""
    pending = command([(2, FIND), (0x100, 0x8020), (0x120, 1), (0x800, 1), (0x900, 0xFF00)])
    done = command([(2, FIND), (0x100, 0x8020), (0x120, 1), (0x800, 0x101), (0x900, 0)])
    stream = b"".join(
        part
        for number in range(words.port)
        for part in pdvs(1, 1, pending, 16384) + pdvs(1, 0, answer_data(number), 16384)
    ) + b"".join(pdvs(1, 1, done, 16384))
    with socket.create_server((HOST, 0)) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            connection, _ = server.accept()
            threading.Thread(target=_answer_one, args=(connection, stream), daemon=True).start()


def _answer_one(connection: socket.socket, stream: bytes) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    held = b""
    with connection, contextlib.suppress(ConnectionResetError, BrokenPipeError):
        while got := connection.recv(1 << 16):
            held += got
            while len(held) >= 6 and len(held) >= (end := 6 + int.from_bytes(held[2:6], "big")):
                whole, held = held[:end], held[end:]
                if whole[0] == 1:
                    connection.sendall(accept(whole))
                elif whole[0] == 4 and whole[11] == 2:  # the last fragment of a data set: the keys
                    connection.sendall(stream)
                elif whole[0] == 5:
                    connection.sendall(pdu(6, bytes(4)))
                    return


WORK: Final = {"store": store, "echo": echo, "associate": associate, "idle": idle, "find": find, "answer": answer}  # fmt: skip


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks._net_wire")
    parser.add_argument("work", choices=WORK)
    parser.add_argument("port", type=int)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--pixels", type=int, default=512 * 512 * 2)
    parser.add_argument("--associations", type=int, default=1)
    parser.add_argument("--window", type=int, default=1)
    parser.add_argument("--pdu", type=int, default=16384)
    parser.add_argument("--first", type=int, default=FIRST, help="of their numbers, seven digits")
    parser.add_argument("--repeat", type=int, default=100)
    words = parser.parse_args(arguments)
    print(json.dumps(WORK[words.work](words)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
