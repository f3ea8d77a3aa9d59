"""The doctor names what is wrong with set-ups of DCMTK and Orthanc, in all three ways of running it (issue 5, Shows 5)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import pytest

import dicom_core as dc
import dicom_net as dn

from .certificates import Certificates
from .programs import HOST, Dcmqrscp, Orthanc, Storescp, free_port

WORKLIST = "1.2.840.10008.5.1.4.31"
FAST = dn.Timeouts(connect=10, read=10, association=10)
Doctor = Callable[..., dn.DoctorReport]


def over_anyio(backend: str) -> Doctor:
    def run(port: int, **how: object) -> dn.DoctorReport:
        async def main() -> dn.DoctorReport:
            return await dn.doctor("localhost", port, **how)  # type: ignore[arg-type]

        return anyio.run(main, backend=backend)

    return run


def over_sockets(port: int, **how: object) -> dn.DoctorReport:
    return dn.blocking.doctor("localhost", port, **how)  # type: ignore[arg-type]


@pytest.fixture(params=["asyncio", "trio", "blocking"])
def doctor(request: pytest.FixtureRequest) -> Doctor:
    return over_sockets if request.param == "blocking" else over_anyio(request.param)


@pytest.fixture(scope="module")
def ours() -> int:
    """The port that dcmqrscp and Orthanc have for us."""
    return free_port()


@pytest.fixture(scope="module")
def archive(
    peer: Callable[[str], str], ours: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Dcmqrscp]:
    peer("dcmqrscp")
    destinations = {"OURS": ours, "GONE": free_port()}
    with Dcmqrscp(tmp_path_factory.mktemp("archive"), destinations=destinations) as archive:
        ds = dc.Dataset()
        ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.3.4"
        ds.StudyInstanceUID, ds.SeriesInstanceUID = "1.2.3", "1.2.3.1"
        ds.PatientID, ds.PatientName, ds.StudyID, ds.StudyDate = "P", "Doe^Jane", "S", "20240101"
        ds.StudyTime, ds.AccessionNumber, ds.Modality = "120000", "A", "CT"
        ds.SeriesNumber, ds.InstanceNumber = 1, 1
        assert dn.blocking.store(HOST, archive.port, ds, called_ae=archive.title)
        yield archive


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


def test_all_is_well(doctor: Doctor, archive: Dcmqrscp, ours: int) -> None:
    reach = dn.Reach(ae_title="OURS", host=HOST, port=ours)
    report = doctor(archive.port, called_ae=archive.title, reach=reach)
    assert report.is_well, str(report)
    assert report.step("reach").facts["calling"] == archive.title
    told = "\n".join(report.trace)
    assert "OFFIS_DCMTK" in told
    assert "Doe" not in told
    assert "1.2.3.4" not in told


def test_a_wrong_port(doctor: Doctor) -> None:
    assert doctor(free_port()).cause == "wrong-port"


def test_a_wrong_title(doctor: Doctor, archive: Dcmqrscp) -> None:
    assert doctor(archive.port, called_ae="NOBODY").cause == "called-ae"


def test_a_refused_context(doctor: Doctor, archive: Dcmqrscp) -> None:
    wanted = [(WORKLIST, ["1.2.840.10008.1.2"])]
    report = doctor(archive.port, called_ae=archive.title, contexts=wanted)
    assert report.cause == "some-contexts"
    assert "Worklist" in report.step("contexts").text


def test_tls_where_the_peer_has_none(
    doctor: Doctor, archive: Dcmqrscp, certificates: Certificates
) -> None:
    tls = dn.TlsConfig(roots=[certificates.authority])
    assert doctor(archive.port, called_ae=archive.title, tls=tls).cause == "tls-unexpected"


def test_no_tls_where_the_peer_wants_it(
    doctor: Doctor, peer: Callable[[str], str], certificates: Certificates, tmp_path: Path
) -> None:
    peer("storescp")
    with Storescp(tmp_path, tls=certificates) as scp:
        assert doctor(scp.port, timeouts=FAST).cause == "tls-expected"
        tls = dn.TlsConfig(roots=[certificates.authority])
        report = doctor(scp.port, timeouts=FAST, tls=tls)
        assert report.cause == "tls-certificate"
        assert "certificate" in report.step("tls").text


@pytest.mark.parametrize(
    ("title", "cause"), [("UNKNOWN", "destination-unknown"), ("GONE", "destination-unreachable")]
)
def test_a_destination_that_is_not_reached(
    doctor: Doctor, archive: Dcmqrscp, title: str, cause: str
) -> None:
    reach = dn.Reach(ae_title=title, host=HOST, port=free_port())
    assert doctor(archive.port, called_ae=archive.title, reach=reach).cause == cause


def test_orthanc(doctor: Doctor, peer: Callable[[str], str], ours: int, tmp_path: Path) -> None:
    """It answers to every title, and says of a destination that it does not know only that it cannot."""
    peer("Orthanc")
    with Orthanc(tmp_path, modalities={"ours": ("OURS", ours)}) as orthanc:
        assert doctor(orthanc.port, called_ae="ANY").is_well
        reach = dn.Reach(ae_title="UNKNOWN", host=HOST, port=free_port())
        report = doctor(orthanc.port, called_ae=orthanc.title, reach=reach)
        assert report.cause == "destination-unreachable"
        assert "UNKNOWN" in report.step("reach").advice
