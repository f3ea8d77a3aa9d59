"""The Upper Layer without sockets: how long it takes to read an instance that came in PDUs of 16 KiB; printed as JSON."""

import json
import statistics
import sys
import time
from typing import Final

from tests.peers.wire import CT, EXPLICIT

from dicom_net import ul

from ._net_wire import store_message

SIZE: Final = 527_166
PIECE: Final = 256 * 1024  # what one `recv_into` brings
TIMES: Final = 400


def established() -> ul.Connection:
    """An acceptor, in Sta6."""
    connection = ul.Connection(ul.Role.ACCEPTOR)
    asking = ul.Connection(ul.Role.REQUESTOR)
    context = ul.ProposedContext(1, CT, (EXPLICIT,))
    asking.send(ul.AssociateRQ(called="A", calling="B", contexts=(context,)), 0)
    connection.connected(0)
    connection.receive_data(b"".join(asking.connected(0)), 0)
    connection.next_event()
    answered = ul.AnsweredContext(1, ul.ContextResult.ACCEPTANCE, EXPLICIT)
    connection.send(ul.AssociateAC(called="A", calling="B", contexts=(answered,)), 0)
    return connection


def main() -> int:
    connection = established()
    message = b"".join(store_message(1, "1.2.3", memoryview(bytes(SIZE)), 16384))
    pieces = [memoryview(message)[start : start + PIECE] for start in range(0, len(message), PIECE)]
    took = []
    for _ in range(TIMES):
        seen = 0
        started = time.perf_counter()
        for piece in pieces:
            connection.receive_data(piece, 0)
            while isinstance(event := connection.next_event(), ul.PData):
                seen += len(event.views)
        took.append(time.perf_counter() - started)
        if seen < SIZE / 16384:
            raise SystemExit(f"{seen} views only")
    median = statistics.median(took)
    print(json.dumps({"microseconds": median * 1e6, "speed": SIZE / median / 1e9}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
