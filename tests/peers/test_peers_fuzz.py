"""`dicom fuzz` against servers that nobody here wrote: it finds nothing where there is nothing, and what is known to be there."""

from collections.abc import Callable
from pathlib import Path

from dicom_net.testing import FuzzReport, FuzzTarget, Verdict, fuzz
from dicom_net.testing._fuzz import named

from .programs import HOST, Program, PynetdicomScp, Storescp


def played(server: Program, title: str, *names: str) -> FuzzReport:
    target = FuzzTarget(host=HOST, port=server.port, called_ae=title, patience=2)
    return fuzz(target, named(names))


def faults(report: FuzzReport) -> dict[str, str]:
    return {
        f"{one.case.name} {one.case.title}": one.verdict.value
        for one in report.results
        if one.verdict is not Verdict.OK
    }


def test_storescp_conforms(peer: Callable[[str], str], tmp_path: Path) -> None:
    peer("storescp")
    with Storescp(tmp_path) as scp:
        report = played(scp, scp.title, "C", "N01", "N05", "N07", "N08")
    assert faults(report) == {}
    assert report.passed


def test_storescp_keeps_the_connection_of_a_title_that_it_refuses(
    peer: Callable[[str], str], tmp_path: Path
) -> None:
    """DCMTK 3.6.7 with --fork: the child that cannot answer ends, and its parent holds the socket."""
    peer("storescp")
    with Storescp(tmp_path) as scp:
        report = played(scp, scp.title, "N12")
    assert faults(report) == {
        "N12 a called AE title of spaces": "hung",
        "N12 AE titles of control characters": "hung",
    }


def test_pynetdicom_looks_at_what_it_should_not(tmp_path: Path) -> None:
    """pynetdicom 3.0.4: unknown items, further protocol versions, and any application context."""
    with PynetdicomScp(tmp_path) as scp:
        report = played(scp, scp.title, "C0", "C1")
    found = faults(report)
    assert {name.split()[0]: verdict for name, verdict in found.items()} == {
        "C09": "wrong",
        "C11": "wrong",
        "C13": "wrong",
        "C19": "wrong",
    }
