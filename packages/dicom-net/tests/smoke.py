"""Runs in an environment that holds the installed package and what it needs, and nothing else."""

import sys

import dicom_net as dn

assert "site-packages" in dn.__file__, dn.__file__
assert not {"anyio", "attrs", "ssl"} & set(sys.modules), "importing loads too much"

request = dn.ul.AssociateRQ(
    called="PEER",
    calling="ME",
    contexts=[dn.ul.ProposedContext(1, "1.2.840.10008.1.1", ["1.2.840.10008.1.2"])],
)
assert request.contexts[0].id == 1
assert not {"anyio", "socket", "asyncio"} & set(sys.modules), "the machines do no I/O"
