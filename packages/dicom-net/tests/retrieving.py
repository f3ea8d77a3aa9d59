"""What the tests of retrieving share."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import TypeVar

from dicom_core.query import InformationModel
from dicom_net._negotiation import AcceptancePolicy
from dicom_net._operation import Operation
from dicom_net.services import Provider, get_contexts
from dicom_net.testing import MemoryAssociation, connect
from dicom_net.ul import OperationsWindow

R = TypeVar("R")
CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"
STUDY_ROOT, PATIENT_ROOT = InformationModel.STUDY_ROOT, InformationModel.PATIENT_ROOT


class Asking:
    """An association in memory, with what the user's operation gave."""

    def __init__(self, association: MemoryAssociation) -> None:
        self.association = association
        self.exchange = association.exchange
        self.items: list[object] = []

    def run(self, operation: Operation[R], *, stop_after: int = 1000) -> R:
        self.items = []
        found: list[R] = []

        def kept() -> Operation[None]:
            found.append((yield from operation))

        with closing(self.association.iterate(kept())) as items:  # type: ignore[type-var]
            for item in items:
                self.items.append(item)
                if len(self.items) == stop_after:
                    break
        return found[0]


def for_get(
    provider: Provider,
    *,
    window: OperationsWindow | None = None,
    models: Iterable[InformationModel] = (STUDY_ROOT,),
    syntaxes: Sequence[str] = (EXPLICIT, IMPLICIT),
) -> Asking:
    wanted = get_contexts([CT, MR], syntaxes, models=models)
    policy = AcceptancePolicy(window=OperationsWindow(1, 8))
    return Asking(
        connect(provider, wanted.contexts, roles=wanted.roles, window=window, policy=policy)
    )
