"""What no server may be hurt by: the cases of a broken or hostile peer, each bounded in bytes and time.

A server passes when it refuses, aborts or closes, or answers as if nothing were wrong where that is harmless; and
when it answers another connection's C-ECHO afterwards.
"""

import random
from collections.abc import Callable, Sequence

from ...dimse import CEchoRQ, encode
from ...ul import AssociateRQ, ProposedContext, ReleaseRP, UnknownItem, UserIdentity
from ...ul._pdus import encode_control
from .._script import (
    FinishSending,
    Hear,
    HearEnd,
    Outcome,
    Reset,
    Say,
    Step,
    fragments,
    say,
)
from .._stream import Value, p_data
from ._model import (
    ECHO,
    IMPLICIT,
    VERIFICATION,
    Case,
    FuzzTarget,
    Judged,
    Kind,
    Verdict,
    opening,
    refused_or_ended,
)

__all__ = ["HOSTILE", "random_case"]

_ENDS = ("A-ABORT", "A-ASSOCIATE-RJ")
_ANSWERS = (*_ENDS, "A-ASSOCIATE-AC", "P-DATA-TF", "A-RELEASE-RP")


def _case(
    name: str,
    title: str,
    steps: Callable[[FuzzTarget], Sequence[Step]],
    judge: Callable[[Outcome], Judged] = refused_or_ended,
    clause: str = "",
) -> Case:
    return Case(name=name, title=title, kind=Kind.HOSTILE, clause=clause, steps=steps, judge=judge)


def _first(data: bytes) -> Callable[[FuzzTarget], Sequence[Step]]:
    """These bytes instead of a request; then nothing more, so that what is announced cannot come."""
    return lambda target: [Say(data), HearEnd(*_ENDS, within=target.patience)]


def _then(data: bytes) -> Callable[[FuzzTarget], Sequence[Step]]:
    """An association, then these bytes."""
    return lambda target: [*opening(target), Say(data), HearEnd(*_ENDS, within=target.patience)]


def _requested(
    request: Callable[[FuzzTarget], AssociateRQ | bytes],
) -> Callable[[FuzzTarget], Sequence[Step]]:
    """A request that is wrong in itself."""
    return lambda target: [say(request(target)), HearEnd(*_ANSWERS, within=target.patience)]


def _any_answer(outcome: Outcome) -> Judged:
    """Any answer, or the end; only silence is wrong."""
    if outcome.ended or outcome.heard:
        return Verdict.OK, ""
    return Verdict.HUNG, outcome.failure or "heard nothing"


def _whatever(outcome: Outcome) -> Judged:
    """What counts is that the server goes on."""
    del outcome
    return Verdict.OK, ""


def _length(kind: int, length: int) -> bytes:
    return bytes((kind, 0)) + length.to_bytes(4, "big")


def _damaged(at: int, data: bytes) -> Callable[[FuzzTarget], bytes]:
    """A request with bytes replaced."""

    def make(target: FuzzTarget) -> bytes:
        raw = bytearray(encode_control(target.request()))
        raw[at : at + len(data)] = data
        return bytes(raw)

    return make


def _one(context: int, flags: int, data: bytes) -> bytes:
    return p_data([Value(context, flags, data)]).data


def _command(raw: bytes) -> bytes:
    """Elements with a group length that is true."""
    return bytes.fromhex("0000 0000 04000000") + len(raw).to_bytes(4, "little") + raw


def _twice(target: FuzzTarget) -> bytes:
    """Two contexts of one ID."""
    context = ProposedContext(1, VERIFICATION, (IMPLICIT,))
    other = ProposedContext(3, VERIFICATION, (IMPLICIT,))
    raw = encode_control(target.request(context, other))
    return raw.replace(b"\x20\0\0\x2e\3", b"\x20\0\0\x2e\1")


_ECHO = encode(ECHO)
_HTTP = b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: test\r\n\r\n"
_TLS = b"\x16\3\1\0\xc8\1\0\0\xc4\3\3" + bytes(194)
_SSH = b"SSH-2.0-OpenSSH_9.6\r\n"
_NOISE = random.Random(1).randbytes(4096)  # noqa: S311 - the same noise every time
_HUGE = 0xFFFF_FFFF

HOSTILE = (
    _case("N01", "an HTTP request", _first(_HTTP)),
    _case("N01", "a TLS client hello", _first(_TLS)),
    _case("N01", "an SSH banner", _first(_SSH)),
    _case("N01", "4 KiB of noise", _first(_NOISE)),
    *(
        _case("N02", f"{name} of 4 GiB, {where}", steps(_length(kind, _HUGE)))
        for kind, name in (
            (1, "A-ASSOCIATE-RQ"),
            (4, "P-DATA-TF"),
            (5, "A-RELEASE-RQ"),
            (7, "A-ABORT"),
        )
        for where, steps in (("first", _first), ("on an association", _then))
    ),
    *(
        _case("N02", f"{name} of {length} bytes", steps(_length(kind, length) + bytes(length)))
        for kind, name, steps in (
            (1, "A-ASSOCIATE-RQ", _first),
            (4, "P-DATA-TF", _then),
            (5, "A-RELEASE-RQ", _then),
        )
        for length in (0, 3)
    ),
    _case(
        "N03",
        "a P-DATA-TF of 64 MiB, announced",
        _then(_length(4, 64 << 20) + (64 << 20).to_bytes(4, "big")[:4] + b"\1\0" + bytes(1000)),
    ),
    *(
        _case(
            "N04",
            f"a maximum PDU length of {maximum}",
            _requested(lambda target, maximum=maximum: target.request(max_pdu=maximum)),  # type: ignore[misc]
            _any_answer,
        )
        for maximum in (1, 7, _HUGE)
    ),
    *(
        _case("N05", f"a presentation data value of {length} bytes in a PDU of 16", _then(raw))
        for length in (0, 1, 13, _HUGE)
        for raw in [_length(4, 16) + length.to_bytes(4, "big") + b"\1\3" + bytes(10)]
    ),
    _case(
        "N06",
        "a command set without end, 4 MiB of it",
        lambda target: [
            *opening(target),
            *[Say(_one(1, 1, bytes(8192)) * 64) for _ in range(8)],
            HearEnd(*_ENDS, within=target.patience),
        ],
    ),
    _case("N07", "data before any command", _then(_one(1, 2, bytes(100)))),
    _case("N07", "a context that was not asked for", _then(_one(9, 3, _ECHO))),
    _case("N07", "a context with an even ID", _then(_one(2, 3, _ECHO))),
    _case("N07", "data within a command set", _then(_one(1, 1, _ECHO[:8]) + _one(1, 2, b"ab"))),
    _case("N08", "a PDU of type 0", _then(b"\0\0\0\0\0\4" + bytes(4))),
    _case("N08", "a PDU of type FFH", _then(b"\xff\0\0\0\0\4" + bytes(4))),
    _case(
        "N08",
        "a second request",
        lambda target: [
            *opening(target),
            say(target.request()),
            HearEnd(*_ENDS, within=target.patience),
        ],
    ),
    _case("N08", "an A-ASSOCIATE-AC instead of a request", _first(_length(2, 4) + bytes(4))),
    _case("N08", "a release response that nobody asked for", _then(encode_control(ReleaseRP()))),
    _case("N08", "data instead of a request", _first(_one(1, 3, _ECHO))),
    _case(
        "N10",
        "fifty connections that say nothing and close",
        lambda _: [Reset()],
        _whatever,
    ),
    _case("N11", "an item that is longer than its PDU", _requested(_damaged(76, b"\xff\xff"))),
    _case("N11", "two contexts with one ID", _requested(_twice), _any_answer),
    _case(
        "N11",
        "a thousand unknown items",
        _requested(lambda target: target.request(unknown=[UnknownItem(0x70, b"x")] * 1000)),
        _any_answer,
    ),
    _case(
        "N11",
        "a context with 2,000 transfer syntaxes",
        _requested(
            lambda target: target.request(
                ProposedContext(1, VERIFICATION, [f"1.2.3.{one}" for one in range(2000)])
            )
        ),
        _any_answer,
    ),
    _case("N12", "a called AE title of spaces", _requested(_damaged(10, b" " * 16)), _any_answer),
    _case(
        "N12",
        "AE titles of control characters",
        _requested(_damaged(10, b"\r\n\x1b[2J\0%s%n${x}" + bytes(17))),
        _any_answer,
    ),
    _case(
        "N14",
        "a user identity of 60 KiB and of no known kind",
        _requested(lambda target: target.request(user_identity=UserIdentity(99, bytes(60_000)))),
        _any_answer,
    ),
    _case(
        "N15",
        "a command set that is empty",
        _then(_one(1, 3, b"")),
        _any_answer,
    ),
    _case(
        "N15",
        "a command set without a message ID",
        lambda target: [
            *opening(target),
            Say(
                _one(
                    1, 3, _command(bytes.fromhex("0000 0001 02000000 3000 0000 0008 02000000 0101"))
                )
            ),
            HearEnd(*_ANSWERS, within=target.patience),
        ],
        _any_answer,
    ),
    _case(
        "N15",
        "a command set whose group length is 4 GiB",
        lambda target: [
            *opening(target),
            Say(_one(1, 3, _ECHO[:8] + b"\xff\xff\xff\xff" + _ECHO[12:])),
            HearEnd(*_ANSWERS, within=target.patience),
        ],
        _any_answer,
    ),
    _case(
        "N15",
        "a value of 4 GiB in a command set",
        lambda target: [
            *opening(target),
            Say(_one(1, 3, _command(bytes.fromhex("0000 0200 f0ffffff 3130")))),
            HearEnd(*_ANSWERS, within=target.patience),
        ],
        _any_answer,
    ),
    _case(
        "N15",
        "a C-ECHO that announces data which never come, then the end",
        lambda target: [
            *opening(target),
            Say(_one(1, 3, _ECHO[:-2] + b"\0\0")),
            FinishSending(),
            HearEnd(*_ANSWERS, within=target.patience),
        ],
        _any_answer,
    ),
    _case(
        "N20",
        "two hundred requests whose answers nobody reads, then a reset",
        lambda target: [
            *opening(target),
            Say(b"".join(fragments(1, CEchoRQ(message_id=one)) for one in range(1, 201))),
            Reset(),
        ],
        _whatever,
    ),
    _case(
        "N27",
        "a reset in the middle of a PDU",
        lambda target: [*opening(target), Say(_length(4, 1000) + bytes(20)), Reset()],
        _whatever,
    ),
)


def random_case(seed: int) -> Case:
    """A stream of a whole association with some of its bytes changed, the same ones for the same number."""

    def steps(target: FuzzTarget) -> list[Step]:
        chance = random.Random(seed)  # noqa: S311 - to be repeatable, not secret
        request = bytearray(encode_control(target.request()))
        message = bytearray(fragments(1, ECHO) + _length(5, 4) + bytes(4))
        for _ in range(chance.randint(1, 6)):
            victim = chance.choice((request, message))
            at = chance.randrange(len(victim))
            match chance.randrange(4):
                case 0:
                    victim[at] = chance.randrange(256)
                case 1:
                    victim[at : at + 1] = b""
                case 2:
                    victim[at:at] = chance.randbytes(chance.randint(1, 8))
                case _:
                    victim[at : at + 4] = chance.choice(
                        (b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff")
                    )
        return [
            Say(bytes(request)),
            Hear("A-ASSOCIATE-AC", within=1.0),
            Say(bytes(message)),
            HearEnd("A-ABORT", "A-RELEASE-RP", within=1.0),
        ]

    return _case(f"R{seed}", "an association with changed bytes", steps, _whatever)
