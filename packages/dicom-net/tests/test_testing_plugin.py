"""The fixtures for users' tests: a server that is ready, and sees what a program did."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pydicom.data
import pytest

import dicom_core as dc
import dicom_net.blocking as dn
from dicom_net import AssociationRejected
from dicom_net.testing import LocalScp, plugin

# As the entry point would bring them, in an environment that was made before there was one
dicom_scp, make_dicom_scp = plugin.dicom_scp, plugin.make_dicom_scp

FILES = Path(pydicom.data.__file__).parent / "test_files"
CT, MR = FILES / "CT_small.dcm", FILES / "MR_small.dcm"


def test_what_a_program_sends_is_there(dicom_scp: LocalScp) -> None:
    assert dn.verify(*dicom_scp.address, called_ae=dicom_scp.ae_title).success
    result = dn.store(*dicom_scp.address, CT, called_ae=dicom_scp.ae_title)
    assert result.success
    (received,) = dicom_scp.received
    assert dicom_scp.file(received.instance).dataset == dc.read(CT).dataset
    assert "InstanceReceived" in [type(event).__name__ for event in dicom_scp.events]
    with pytest.raises(AssociationRejected):
        dn.verify(*dicom_scp.address, called_ae="OTHER")


def test_what_a_test_puts_there_is_found_and_moved(
    make_dicom_scp: Callable[..., LocalScp],
) -> None:
    archive, viewer = make_dicom_scp(ae_title="ARCHIVE"), make_dicom_scp(ae_title="VIEWER")
    archive.put(CT, dc.read(MR), dc.read(CT).dataset)
    archive.knows("VIEWER", *viewer.address)
    found = dn.find_studies(*archive.address, called_ae="ARCHIVE")
    assert len(found) == len(archive.received) == 2
    study = str(dc.read(MR).dataset.StudyInstanceUID)
    moved = dn.move_study(*archive.address, study, destination="VIEWER", called_ae="ARCHIVE")
    assert moved.is_success
    assert [one.study for one in viewer.received] == [study]


def test_pytest_finds_them_and_loads_nothing_for_it(tmp_path: Path) -> None:
    """In a run of its own, as a user's: the fixtures come by the entry point."""
    (tmp_path / "test_it.py").write_text(
        "import sys\n"
        "def test_nothing_is_loaded():\n"
        "    assert not {'dicom_net.ul', 'dicom_net.dimse', 'dicom_core._reader'} & set(sys.modules)\n"
        "def test_it(dicom_scp):\n"
        "    assert dicom_scp.port and dicom_scp.received == ()\n"
    )
    plugin = [] if _is_installed() else ["-p", "dicom_net.testing.plugin"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin, "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def _is_installed() -> bool:
    """Whether this environment was made since the entry point exists."""
    from importlib.metadata import entry_points

    return any(one.name == "dicom_net" for one in entry_points(group="pytest11"))
