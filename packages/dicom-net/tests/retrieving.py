"""What the tests of retrieving share."""

import socket
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import TypeVar

import dicom_core as dc
import dicom_net as dn
from dicom_core.query import InformationModel
from dicom_core.store import InMemoryStore, drive, put
from dicom_net._negotiation import AcceptancePolicy
from dicom_net._operation import Operation
from dicom_net.services import Provider, get_contexts
from dicom_net.testing import MemoryAssociation, connect
from dicom_net.ul import OperationsWindow

R = TypeVar("R")
CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"
HOST = "127.0.0.1"
STUDY_ROOT, PATIENT_ROOT = InformationModel.STUDY_ROOT, InformationModel.PATIENT_ROOT


def instance(
    number: int, *, series: int = 1, study: int = 1, sop_class: str = CT, syntax: str = EXPLICIT
) -> dc.DicomFile:
    ds = dc.Dataset()
    ds.SOPClassUID = sop_class
    ds.SOPInstanceUID = f"1.2.{study}.{series}.{number}"
    ds.StudyInstanceUID = f"1.2.{study}"
    ds.SeriesInstanceUID = f"1.2.{study}.{series}"
    ds.PatientID = f"P{study}"
    ds.Modality = "CT"
    ds.InstanceNumber = number
    return dc.DicomFile.new(ds, syntax)


def store_of(files: Iterable[dc.DicomFile]) -> InMemoryStore:
    store = InMemoryStore()
    for file in files:
        drive(put(store, file.to_bytes()))
    return store


def uids(files: Iterable[dc.DicomFile]) -> list[str]:
    return [str(file.dataset.SOPInstanceUID) for file in files]


def ten() -> list[dc.DicomFile]:
    return [instance(n, series=s) for s in (1, 2) for n in range(1, 6)]


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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def archive(port: int = 1) -> dn.services.Several:
    """Ten instances, and one destination at a port of this machine."""
    return dn.query_retrieve(
        store_of(ten()), destinations={"OURS": dn.Destination(host=HOST, port=port)}
    )
