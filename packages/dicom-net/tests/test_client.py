"""A client is the functions with the peer given already (NET-093 to NET-095)."""

import inspect

import anyio
import pytest
from doors import ON_BOTH_LOOPS

import dicom_net as dn
from dicom_net import blocking, transport
from dicom_net.services import Verification

METHODS = sorted(
    name
    for name, _ in inspect.getmembers(transport.DicomClient, inspect.isfunction)
    if not name.startswith("_")
)


def test_everything_that_goes_to_a_peer_is_a_method() -> None:
    functions = {
        name
        for name in transport.__all__
        if inspect.isfunction(value := getattr(transport, name))
        and list(inspect.signature(value).parameters)[:2] == ["host", "port"]
    }
    # An association itself is no service; the doctor looks at what a client takes for granted
    assert functions - {"associate", "open_association", "doctor"} == set(METHODS)


@pytest.mark.parametrize("door", [transport, blocking], ids=["transport", "blocking"])
@pytest.mark.parametrize("name", METHODS)
def test_each_method_is_its_function_without_the_peer(door: object, name: str) -> None:
    function = inspect.signature(getattr(door, name))
    method = inspect.signature(getattr(getattr(door, "DicomClient"), name))  # noqa: B009
    theirs = list(function.parameters.values())[2:]
    ours = list(method.parameters.values())[1:]
    assert [(one.name, one.kind, one.default) for one in ours] == [
        (one.name, one.kind, one.default) for one in theirs
    ]


def established(events: list[dn.ServerEvent]) -> list[dn.AssociationEstablished]:
    return [event for event in events if isinstance(event, dn.AssociationEstablished)]


class TestAsync:
    """Under asyncio and trio."""

    pytestmark = ON_BOTH_LOOPS

    async def test_calls_in_its_block_share_an_association(self) -> None:
        events: list[dn.ServerEvent] = []
        async with dn.Server(Verification(), on_event=events.append) as server:
            async with dn.DicomClient(*server.address, called_ae="DICOMPY") as client:
                for _ in range(3):
                    assert await client.verify()
            assert await client.verify()  # outside, each call has its own
        assert len(established(events)) == 2

    async def test_reuse_can_be_turned_off(self) -> None:
        events: list[dn.ServerEvent] = []
        async with dn.Server(Verification(), on_event=events.append) as server:
            config = dn.ClientConfig(
                host="127.0.0.1", port=server.port, called_ae="DICOMPY", reuse=False
            )
            async with dn.DicomClient.from_config(config) as client:
                assert await client.verify()
                assert await client.verify()
        assert len(established(events)) == 2

    async def test_what_a_call_names_goes_first(self) -> None:
        events: list[dn.ServerEvent] = []
        async with dn.Server(Verification(), on_event=events.append) as server:
            client = dn.DicomClient(*server.address, called_ae="DICOMPY", calling_ae="USUAL")
            await client.verify()
            await client.verify(calling_ae="OTHER")
            assert [event.info.calling for event in established(events)] == ["USUAL", "OTHER"]

    async def test_calls_at_once_have_associations_of_their_own(self) -> None:
        events: list[dn.ServerEvent] = []
        async with (
            dn.Server(Verification(), on_event=events.append) as server,
            dn.DicomClient(*server.address, called_ae="DICOMPY", size=2) as client,
            anyio.create_task_group() as group,
        ):
            for _ in range(10):
                group.start_soon(client.verify)
        assert len(established(events)) <= 2


class TestBlocking:
    """With threads."""

    def test_calls_in_its_block_share_an_association(self) -> None:
        events: list[dn.ServerEvent] = []
        with blocking.Server(Verification(), on_event=events.append) as server:
            with blocking.DicomClient(*server.address, called_ae="DICOMPY") as client:
                for _ in range(3):
                    assert client.verify()
            assert client.verify()
        assert len(established(events)) == 2


def test_a_configuration_is_checked() -> None:
    for wrong in ({"host": ""}, {"host": "a", "port": 0}, {"host": "a", "size": 0}):
        with pytest.raises(ValueError):  # noqa: PT011 - attrs words it
            dn.ClientConfig(**wrong)
