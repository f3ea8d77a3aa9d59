"""The association state machine of PS3.8 9.2.

Rule 1: every legal transition is a cell of `ROWS`. Code elsewhere may ask for a step; it never decides one.
Rule 2: this file knows states and stimuli, not bytes, sockets or clocks. The ARTIM timer appears only in
the meaning of the actions.
Rule 3: a cell that the standard leaves blank is None here, so that it is an error rather than a default.
Rule 4: where an action leads is said once, in `THEN`.
"""

from collections.abc import Mapping
from enum import Enum, IntEnum, auto
from types import MappingProxyType
from typing import Final, NamedTuple

from .._errors import LocalProtocolError

__all__ = ["TABLE", "Action", "Cell", "Role", "State", "Stimulus", "step"]


class Role(Enum):
    """Who asks for the association, and who is asked."""

    REQUESTOR = "requestor"
    ACCEPTOR = "acceptor"

    @property
    def other(self) -> "Role":
        """The other end."""
        return Role.ACCEPTOR if self is Role.REQUESTOR else Role.REQUESTOR


class State(IntEnum):
    """PS3.8 tables 9-1 to 9-5."""

    STA1_IDLE = 1
    STA2_AWAITING_REQUEST = 2
    STA3_AWAITING_LOCAL_ANSWER = 3
    STA4_CONNECTING = 4
    STA5_AWAITING_ANSWER = 5
    STA6_ESTABLISHED = 6
    STA7_AWAITING_RELEASE_RP = 7
    STA8_AWAITING_LOCAL_RELEASE = 8
    STA9_COLLISION_REQUESTOR_AWAITING_LOCAL_RELEASE = 9
    STA10_COLLISION_ACCEPTOR_AWAITING_RELEASE_RP = 10
    STA11_COLLISION_REQUESTOR_AWAITING_RELEASE_RP = 11
    STA12_COLLISION_ACCEPTOR_AWAITING_LOCAL_RELEASE = 12
    STA13_AWAITING_CLOSE = 13


class Stimulus(Enum):
    """The rows of PS3.8 table 9-10, in its order; the value is the row's title."""

    ASSOCIATE_WANTED = "A-ASSOCIATE Request (local user)"
    TRANSPORT_CONFIRMED = "Transport Conn. Confirmn (local transport service)"
    AC_ARRIVED = "A-ASSOCIATE-AC PDU (received on transport connection)"
    RJ_ARRIVED = "A-ASSOCIATE-RJ PDU (received on transport connection)"
    TRANSPORT_INDICATED = "Transport Connection Indication (local transport service)"
    RQ_ARRIVED = "A-ASSOCIATE-RQ PDU (received on transport connection)"
    ACCEPTED = "A-ASSOCIATE response primitive (accept)"
    REJECTED = "A-ASSOCIATE response primitive (reject)"
    DATA_WANTED = "P-DATA request primitive"
    DATA_ARRIVED = "P-DATA-TF PDU"
    RELEASE_WANTED = "A-RELEASE Request primitive"
    RELEASE_RQ_ARRIVED = "A-RELEASE-RQ PDU (received on open transport connection)"
    RELEASE_RP_ARRIVED = "A-RELEASE-RP PDU (received on transport connection)"
    RELEASE_ANSWERED = "A-RELEASE Response primitive"
    ABORT_WANTED = "A-ABORT Request primitive"
    ABORT_ARRIVED = "A-ABORT PDU (received on open transport connection)"
    TRANSPORT_CLOSED = "Transport connection closed indication (local transport service)"
    ARTIM_EXPIRED = "ARTIM timer expired (Association reject/release timer)"
    INVALID_ARRIVED = "Unrecognized or invalid PDU received"


class Action(Enum):
    """What is done (PS3.8 tables 9-6 to 9-9)."""

    AE_1 = auto()
    """Ask for a transport connection."""
    AE_2 = auto()
    """Send A-ASSOCIATE-RQ."""
    AE_3 = auto()
    """Tell the user that the association is accepted."""
    AE_4 = auto()
    """Tell the user that it is rejected; close the transport."""
    AE_5 = auto()
    """Start ARTIM."""
    AE_6 = auto()
    """Stop ARTIM; tell the user that an association is asked for."""
    AE_7 = auto()
    """Send A-ASSOCIATE-AC."""
    AE_8 = auto()
    """Send A-ASSOCIATE-RJ; start ARTIM."""
    DT_1 = auto()
    """Send P-DATA-TF."""
    DT_2 = auto()
    """Give data to the user."""
    AR_1 = auto()
    """Send A-RELEASE-RQ."""
    AR_2 = auto()
    """Tell the user that a release is asked for."""
    AR_3 = auto()
    """Tell the user that the association is released; close the transport."""
    AR_4 = auto()
    """Send A-RELEASE-RP; start ARTIM."""
    AR_5 = auto()
    """Stop ARTIM."""
    AR_6 = auto()
    """Give data to the user."""
    AR_7 = auto()
    """Send P-DATA-TF."""
    AR_8 = auto()
    """Tell the user that a release is asked for, while ours is."""
    AR_9 = auto()
    """Send A-RELEASE-RP."""
    AR_10 = auto()
    """Tell the user that our release was answered."""
    AA_1 = auto()
    """Send A-ABORT; start ARTIM, or start it again."""
    AA_2 = auto()
    """Stop ARTIM; close the transport."""
    AA_3 = auto()
    """Tell the user of the abort; close the transport."""
    AA_4 = auto()
    """Tell the user that the connection is gone."""
    AA_5 = auto()
    """Stop ARTIM."""
    AA_6 = auto()
    """Ignore the PDU."""
    AA_7 = auto()
    """Send A-ABORT."""
    AA_8 = auto()
    """Send A-ABORT as provider; tell the user; start ARTIM."""


class Cell(NamedTuple):
    """An action, and the states it may lead to: two where the role decides (AR-8) or the answer (AE-6)."""

    action: Action
    then: tuple[State, ...]


_S1, _S2, _S3, _S4, _S5, _S6, _S7, _S8, _S9, _S10, _S11, _S12, _S13 = State

THEN: Final[Mapping[Action, tuple[State, ...]]] = MappingProxyType(
    {
        Action.AE_1: (_S4,),
        Action.AE_2: (_S5,),
        Action.AE_3: (_S6,),
        Action.AE_4: (_S1,),
        Action.AE_5: (_S2,),
        # "If acceptable by service-provider": here it always is, since what we could refuse as provider
        # (protocol version, congestion) is refused by who answers, with the same PDU (AE-8).
        Action.AE_6: (_S3, _S13),
        Action.AE_7: (_S6,),
        Action.AE_8: (_S13,),
        Action.DT_1: (_S6,),
        Action.DT_2: (_S6,),
        Action.AR_1: (_S7,),
        Action.AR_2: (_S8,),
        Action.AR_3: (_S1,),
        Action.AR_4: (_S13,),
        Action.AR_5: (_S1,),
        Action.AR_6: (_S7,),
        Action.AR_7: (_S8,),
        Action.AR_8: (_S9, _S10),  # the requestor of the association, its acceptor
        Action.AR_9: (_S11,),
        Action.AR_10: (_S12,),
        Action.AA_1: (_S13,),
        Action.AA_2: (_S1,),
        Action.AA_3: (_S1,),
        Action.AA_4: (_S1,),
        Action.AA_5: (_S1,),
        Action.AA_6: (_S13,),
        Action.AA_7: (_S13,),
        Action.AA_8: (_S13,),
    }
)

_Row = tuple[Action | None, ...]

# PS3.8 table 9-10: a row for each stimulus, a column for each state from Sta1 to Sta13.
# fmt: off
____ = None
AE_1, AE_2, AE_3, AE_4, AE_5, AE_6, AE_7, AE_8 = list(Action)[:8]
DT_1, DT_2 = list(Action)[8:10]
AR_1, AR_2, AR_3, AR_4, AR_5, AR_6, AR_7, AR_8, AR_9, AR10 = list(Action)[10:20]
AA_1, AA_2, AA_3, AA_4, AA_5, AA_6, AA_7, AA_8 = list(Action)[20:]

ROWS: Final[Mapping[Stimulus, _Row]] = MappingProxyType({
    #                               1     2     3     4     5     6     7     8     9     10    11    12    13
    Stimulus.ASSOCIATE_WANTED:    (AE_1, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____),
    Stimulus.TRANSPORT_CONFIRMED: (____, ____, ____, AE_2, ____, ____, ____, ____, ____, ____, ____, ____, ____),
    Stimulus.AC_ARRIVED:          (____, AA_1, AA_8, ____, AE_3, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_6),
    Stimulus.RJ_ARRIVED:          (____, AA_1, AA_8, ____, AE_4, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_6),
    Stimulus.TRANSPORT_INDICATED: (AE_5, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____),
    Stimulus.RQ_ARRIVED:          (____, AE_6, AA_8, ____, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_7),
    Stimulus.ACCEPTED:            (____, ____, AE_7, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____),
    Stimulus.REJECTED:            (____, ____, AE_8, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____),
    Stimulus.DATA_WANTED:         (____, ____, ____, ____, ____, DT_1, ____, AR_7, ____, ____, ____, ____, ____),
    Stimulus.DATA_ARRIVED:        (____, AA_1, AA_8, ____, AA_8, DT_2, AR_6, AA_8, AA_8, AA_8, AA_8, AA_8, AA_6),
    Stimulus.RELEASE_WANTED:      (____, ____, ____, ____, ____, AR_1, ____, ____, ____, ____, ____, ____, ____),
    Stimulus.RELEASE_RQ_ARRIVED:  (____, AA_1, AA_8, ____, AA_8, AR_2, AR_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_6),
    Stimulus.RELEASE_RP_ARRIVED:  (____, AA_1, AA_8, ____, AA_8, AA_8, AR_3, AA_8, AA_8, AR10, AR_3, AA_8, AA_6),
    Stimulus.RELEASE_ANSWERED:    (____, ____, ____, ____, ____, ____, ____, AR_4, AR_9, ____, ____, AR_4, ____),
    Stimulus.ABORT_WANTED:        (____, ____, AA_1, AA_2, AA_1, AA_1, AA_1, AA_1, AA_1, AA_1, AA_1, AA_1, ____),
    Stimulus.ABORT_ARRIVED:       (____, AA_2, AA_3, ____, AA_3, AA_3, AA_3, AA_3, AA_3, AA_3, AA_3, AA_3, AA_2),
    Stimulus.TRANSPORT_CLOSED:    (____, AA_5, AA_4, AA_4, AA_4, AA_4, AA_4, AA_4, AA_4, AA_4, AA_4, AA_4, AR_5),
    Stimulus.ARTIM_EXPIRED:       (____, AA_2, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____, AA_2),
    Stimulus.INVALID_ARRIVED:     (____, AA_1, AA_8, ____, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8, AA_7),
})
# fmt: on

TABLE: Final[Mapping[State, Mapping[Stimulus, Cell]]] = MappingProxyType(
    {
        state: MappingProxyType(
            {
                stimulus: Cell(action, THEN[action])
                for stimulus, row in ROWS.items()
                if (action := row[state - 1]) is not None
            }
        )
        for state in State
    }
)


def step(state: State, stimulus: Stimulus, role: Role) -> tuple[Action, State]:
    """What to do, and the state that follows; a blank cell raises `LocalProtocolError`."""
    cell = TABLE[state].get(stimulus)
    if cell is None:
        raise LocalProtocolError(f"{stimulus.value} is not possible in {state.name}")
    action, then = cell
    return action, then[-1] if action is AR_8 and role is Role.ACCEPTOR else then[0]


# Tracebacks, reprs and pickles name the place that users import from
Role.__module__ = State.__module__ = Stimulus.__module__ = Action.__module__ = "dicom_net.ul"
Cell.__module__ = step.__module__ = "dicom_net.ul"
