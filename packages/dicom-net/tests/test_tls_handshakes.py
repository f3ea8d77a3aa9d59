"""TLS between our own two ends, in all three ways of running them, and N25: it fails closed, with a clear text."""

import datetime as dt
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import anyio
import pytest
import trustme
from doors import CONTEXTS

import dicom_net as dn
from dicom_net import blocking
from dicom_net._certificate import certificate_pin, key_pin
from dicom_net.dimse import CEchoRSP
from dicom_net.services import Verification, echo

Echo: TypeAlias = Callable[..., CEchoRSP]


def over_anyio(backend: str) -> Echo:
    def run(
        server_tls: dn.TlsConfig | None,
        client_tls: dn.TlsConfig | None,
        on_event: Callable[[dn.ServerEvent], None],
    ) -> CEchoRSP:
        async def main() -> CEchoRSP:
            async with (
                dn.Server(Verification(), tls=server_tls, on_event=on_event) as server,
                dn.associate(
                    "localhost", server.port, CONTEXTS, called_ae="DICOMPY", tls=client_tls
                ) as association,
            ):
                return await association.run(echo(association.exchange))

        return anyio.run(main, backend=backend)

    return run


def over_threads(
    server_tls: dn.TlsConfig | None,
    client_tls: dn.TlsConfig | None,
    on_event: Callable[[dn.ServerEvent], None],
) -> CEchoRSP:
    with (
        blocking.Server(Verification(), tls=server_tls, on_event=on_event) as server,
        blocking.associate(
            "localhost", server.port, CONTEXTS, called_ae="DICOMPY", tls=client_tls
        ) as association,
    ):
        return association.run(echo(association.exchange))


@pytest.fixture(params=["asyncio", "trio", "blocking"])
def door(request: pytest.FixtureRequest) -> Echo:
    return over_threads if request.param == "blocking" else over_anyio(request.param)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def foreign() -> trustme.CA:
    return trustme.CA(organization_name="somebody else")


def identity(authority: trustme.CA, *names: str, **options: dt.datetime) -> dn.TlsIdentity:
    issued = authority.issue_cert(*names, **options)  # type: ignore[arg-type]
    return dn.TlsIdentity(issued.private_key_and_cert_chain_pem.bytes())


def roots(authority: trustme.CA) -> bytes:
    return authority.cert_pem.bytes()


def der_of(found: dn.TlsIdentity) -> bytes:
    assert isinstance(found.certificate, bytes)
    text = found.certificate.decode()
    start = text.index("-----BEGIN CERTIFICATE")
    return ssl.PEM_cert_to_DER_cert(
        text[start : text.index("-----END CERTIFICATE", start) + 25] + "\n"
    )


def succeeds(door: Echo, server: dn.TlsConfig, client: dn.TlsConfig) -> list[dn.ServerEvent]:
    events: list[dn.ServerEvent] = []
    assert door(server, client, events.append).status == 0
    return events


def fails(door: Echo, server: dn.TlsConfig | None, client: dn.TlsConfig | None) -> dn.TlsError:
    events: list[dn.ServerEvent] = []
    with pytest.raises(dn.TlsError) as caught:
        door(server, client, events.append)
    assert not any(isinstance(event, dn.AssociationEstablished) for event in events)
    assert "localhost" in str(caught.value)
    assert caught.value.suggestion in str(caught.value)
    return caught.value


@pytest.mark.parametrize("profile", list(dn.TlsProfile))
def test_each_profile(door: Echo, authority: trustme.CA, profile: dn.TlsProfile) -> None:
    server = dn.TlsConfig(profile=profile, identity=identity(authority, "localhost"))
    events = succeeds(door, server, dn.TlsConfig(profile=profile, roots=roots(authority)))
    (established,) = [event for event in events if isinstance(event, dn.AssociationEstablished)]
    assert established.info.tls is not None
    assert established.info.tls.version == "TLSv1.3"
    assert established.info.tls.subject == ""  # nobody asked the client for its certificate


@pytest.mark.parametrize("version", list(dn.TlsVersion))
def test_versions_can_be_narrowed(
    door: Echo, authority: trustme.CA, version: dn.TlsVersion
) -> None:
    server = dn.TlsConfig(identity=identity(authority, "localhost"))
    client = dn.TlsConfig(roots=roots(authority), minimum=version, maximum=version)
    events = succeeds(door, server, client)
    (established,) = [event for event in events if isinstance(event, dn.AssociationEstablished)]
    assert established.info.tls is not None
    assert established.info.tls.version == f"TLSv{version}"


@pytest.mark.parametrize("version", list(dn.TlsVersion))
def test_both_sides_know_each_other(
    door: Echo, authority: trustme.CA, version: dn.TlsVersion
) -> None:
    server = dn.TlsConfig(identity=identity(authority, "localhost"), roots=roots(authority))
    mine = identity(authority, "workstation", "scanner")
    client = dn.TlsConfig(roots=roots(authority), identity=mine, maximum=version)
    events = succeeds(door, server, client)
    (established,) = [event for event in events if isinstance(event, dn.AssociationEstablished)]
    assert established.info.tls is not None
    assert set(established.info.tls.names) == {"workstation", "scanner"}
    assert "O=trustme" in established.info.tls.subject
    assert established.info.tls.fingerprint == certificate_pin(der_of(mine))


@pytest.mark.parametrize("version", list(dn.TlsVersion))
def test_n25_a_client_without_certificate(
    door: Echo, authority: trustme.CA, version: dn.TlsVersion
) -> None:
    server = dn.TlsConfig(identity=identity(authority, "localhost"), roots=roots(authority))
    error = fails(door, server, dn.TlsConfig(roots=roots(authority), maximum=version))
    assert "wants a certificate" in str(error)


@pytest.mark.parametrize("version", list(dn.TlsVersion))
def test_n25_a_client_with_a_certificate_of_another_authority(
    door: Echo, authority: trustme.CA, foreign: trustme.CA, version: dn.TlsVersion
) -> None:
    server = dn.TlsConfig(identity=identity(authority, "localhost"), roots=roots(authority))
    mine = identity(foreign, "workstation")
    error = fails(
        door, server, dn.TlsConfig(roots=roots(authority), identity=mine, maximum=version)
    )
    assert error.fault is dn.TlsFault.CERTIFICATE_REFUSED


def test_n25_an_unknown_authority(door: Echo, authority: trustme.CA, foreign: trustme.CA) -> None:
    server = dn.TlsConfig(identity=identity(foreign, "localhost"))
    for client in (dn.TlsConfig(roots=roots(authority)), dn.TlsConfig.DEFAULT):
        assert fails(door, server, client).fault is dn.TlsFault.UNKNOWN_CA


def test_n25_another_host_name(door: Echo, authority: trustme.CA) -> None:
    server = dn.TlsConfig(identity=identity(authority, "pacs.example"))
    error = fails(door, server, dn.TlsConfig(roots=roots(authority)))
    assert error.fault is dn.TlsFault.WRONG_HOST_NAME
    succeeds(door, server, dn.TlsConfig(roots=roots(authority), server_name="pacs.example"))
    succeeds(door, server, dn.TlsConfig(roots=roots(authority), check_host_name=False))


def test_n25_an_expired_certificate(
    door: Echo, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = dt.datetime.now(dt.UTC)
    old = identity(
        authority,
        "localhost",
        not_before=now - dt.timedelta(days=9),
        not_after=now - dt.timedelta(days=1),
    )
    # A server of ours does not start with it; others' do
    monkeypatch.setattr("dicom_net._tls_files._check_dates", lambda chain, source: None)
    error = fails(door, dn.TlsConfig(identity=old), dn.TlsConfig(roots=roots(authority)))
    assert error.fault is dn.TlsFault.EXPIRED


def test_n25_no_common_version(door: Echo, authority: trustme.CA) -> None:
    server = dn.TlsConfig(profile=dn.TlsProfile.TLS13, identity=identity(authority, "localhost"))
    client = dn.TlsConfig(roots=roots(authority), maximum=dn.TlsVersion.TLS_1_2)
    assert fails(door, server, client).fault is dn.TlsFault.NO_COMMON_PROTOCOL


def test_a_pinned_certificate_needs_no_authority(door: Echo, foreign: trustme.CA) -> None:
    mine = identity(foreign, "anything")
    server = dn.TlsConfig(identity=mine)
    der = der_of(mine)
    colons = ":".join(certificate_pin(der).upper()[at : at + 2] for at in range(0, 64, 2))
    for pin in (certificate_pin(der), colons, key_pin(der)):
        succeeds(door, server, dn.TlsConfig(pins=pin))


def test_n25_another_certificate_than_the_pinned(door: Echo, foreign: trustme.CA) -> None:
    server = dn.TlsConfig(identity=identity(foreign, "localhost"))
    assert fails(door, server, dn.TlsConfig(pins="00" * 32)).fault is dn.TlsFault.WRONG_PIN
    trusted = dn.TlsConfig(roots=roots(foreign), pins="00" * 32)
    assert fails(door, server, trusted).fault is dn.TlsFault.WRONG_PIN


def test_unchecked_is_possible_and_warns(
    door: Echo, foreign: trustme.CA, caplog: pytest.LogCaptureFixture
) -> None:
    server = dn.TlsConfig(identity=identity(foreign, "other"))
    succeeds(door, server, dn.TlsConfig.INSECURE)
    assert "without checking" in caplog.text


def test_n25_a_client_without_tls(door: Echo, authority: trustme.CA) -> None:
    server = dn.TlsConfig(identity=identity(authority, "localhost"))
    with pytest.raises(dn.NetworkError):
        door(server, None, lambda event: None)


def test_n25_a_server_without_tls(door: Echo, authority: trustme.CA) -> None:
    assert fails(door, None, dn.TlsConfig(roots=roots(authority))).fault is dn.TlsFault.NOT_TLS


@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
@pytest.mark.anyio
async def test_a_running_server_takes_a_renewed_certificate(
    authority: trustme.CA, foreign: trustme.CA, tmp_path: Path
) -> None:
    def issue(by: trustme.CA) -> None:
        fresh = tmp_path / "fresh.pem"
        fresh.write_bytes(by.issue_cert("localhost").private_key_and_cert_chain_pem.bytes())
        fresh.replace(tmp_path / "server.pem")

    async def works(by: trustme.CA) -> bool:
        tls = dn.TlsConfig(roots=roots(by))
        try:
            await dn.verify("localhost", server.port, called_ae="DICOMPY", tls=tls)
        except dn.TlsError:
            return False
        return True

    issue(authority)
    events: list[dn.ServerEvent] = []
    tls = dn.TlsConfig(identity=dn.TlsIdentity(tmp_path / "server.pem"))
    async with dn.Server(Verification(), tls=tls, on_event=events.append) as server:
        assert await works(authority)
        issue(foreign)
        assert await works(foreign)
        assert not await works(authority)
        # A file that is no good is told of, and the last that was stays
        (tmp_path / "server.pem").write_bytes(b"half a certificate")
        assert await works(foreign)
    assert any(
        "server.pem" in event.error for event in events if isinstance(event, dn.ServerFailed)
    )
