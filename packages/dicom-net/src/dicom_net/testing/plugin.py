"""Fixtures for pytest: a ready server in the test's own process.

    def test_my_program_sends(dicom_scp):
        my_program.send("image.dcm", dicom_scp.host, dicom_scp.port, called_ae=dicom_scp.ae_title)
        assert len(dicom_scp.received) == 1

pytest finds them by itself where dicom-net is installed.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ._local import LocalScp

__all__ = ["dicom_scp", "make_dicom_scp"]


@pytest.fixture
def make_dicom_scp() -> "Iterator[Callable[..., LocalScp]]":
    """Starts a `dicom_net.testing.LocalScp` with the arguments that it is given; all of them end with the test."""
    from ._local import LocalScp  # no test run pays for what it does not use

    with ExitStack() as stack:

        def make(**options: object) -> "LocalScp":
            return stack.enter_context(LocalScp(**options))  # type: ignore[arg-type]

        yield make


@pytest.fixture
def dicom_scp(make_dicom_scp: "Callable[..., LocalScp]") -> "LocalScp":
    """A server of echo, storage, find, get and move with a store in memory; its AE title is ``TESTSCP``."""
    return make_dicom_scp()
