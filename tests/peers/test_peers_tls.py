"""TLS with programs nobody here wrote: DCMTK in both roles, and openssl's client (NET-108, NET-109, NET-111, N25)."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import anyio
import pytest

import dicom_net as dn
from dicom_net import blocking
from dicom_net.services import VERIFICATION, Verification, echo

from .certificates import Certificates
from .programs import HOST, Storescp, environment

CONTEXTS: Final = [(VERIFICATION, ["1.2.840.10008.1.2"])]
DOORS: Final = ["asyncio", "trio", "blocking"]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


def ours(certificates: Certificates, party: str, **options: object) -> dn.TlsConfig:
    assert party in {"server", "client"}
    key = certificates.key("server" if party == "server" else "client")
    identity = dn.TlsIdentity(key.with_suffix(".pem"), key)
    return dn.TlsConfig(identity=identity, roots=certificates.authority, **options)  # type: ignore[arg-type]


def ask(door: str, port: int, called: str, tls: dn.TlsConfig) -> int:
    """The status of an echo."""

    async def main() -> int:
        async with dn.associate(
            "localhost", port, CONTEXTS, called_ae=called, tls=tls
        ) as association:
            return (await association.run(echo(association.exchange))).status

    if door != "blocking":
        return anyio.run(main, backend=door)
    with blocking.associate("localhost", port, CONTEXTS, called_ae=called, tls=tls) as association:
        return association.run(echo(association.exchange)).status


@pytest.fixture(scope="module")
def storescp(
    peer: Callable[[str], str],
    certificates: Certificates,
    tmp_path_factory: pytest.TempPathFactory,
) -> Storescp:
    peer("storescp")
    return Storescp(tmp_path_factory.mktemp("storescp"), ignore=True, tls=certificates)


@pytest.mark.parametrize("door", DOORS)
def test_storescp_and_our_certificate(
    door: str, storescp: Storescp, certificates: Certificates
) -> None:
    with storescp as scp:
        assert ask(door, scp.port, scp.title, ours(certificates, "client")) == 0


@pytest.mark.parametrize("door", DOORS)
def test_n25_storescp_wants_a_certificate(
    door: str, storescp: Storescp, certificates: Certificates
) -> None:
    with storescp as scp, pytest.raises(dn.TlsError) as caught:
        ask(door, scp.port, scp.title, dn.TlsConfig(roots=certificates.authority))
    assert caught.value.fault in {
        dn.TlsFault.CERTIFICATE_WANTED,
        dn.TlsFault.NO_COMMON_PROTOCOL,  # the alert of TLS 1.2, whose text says both
    }


@pytest.mark.parametrize("door", DOORS)
def test_n25_storescp_has_a_certificate_that_we_do_not_trust(
    door: str, storescp: Storescp, certificates: Certificates
) -> None:
    with storescp as scp, pytest.raises(dn.TlsError) as caught:
        ask(door, scp.port, scp.title, dn.TlsConfig(roots=certificates.foreign_authority))
    assert caught.value.fault is dn.TlsFault.UNKNOWN_CA


@pytest.mark.parametrize("profile", list(dn.TlsProfile))
@pytest.mark.parametrize("mutual", [True, False])
def test_echoscu_and_our_server(
    peer: Callable[[str], str],
    certificates: Certificates,
    profile: dn.TlsProfile,
    mutual: bool,
) -> None:
    tls = ours(certificates, "server", profile=profile, client_certificate=mutual)
    with blocking.Server(Verification(), tls=tls) as server:
        done = run(peer("echoscu"), "-v", *certificates.dcmtk("client"), port=server.port)
    old = profile is dn.TlsProfile.TLS13 and "TLS" in done.stderr and done.returncode
    if old:
        pytest.skip("this echoscu has no TLS 1.3")
    assert "Received Echo Response (Success)" in done.stderr, done.stderr


def test_n25_echoscu_with_a_foreign_certificate(
    peer: Callable[[str], str], certificates: Certificates, tmp_path: Path
) -> None:
    stranger = Certificates(tmp_path)
    events: list[dn.ServerEvent] = []
    tls = ours(certificates, "server")
    with blocking.Server(Verification(), tls=tls, on_event=events.append) as server:
        done = run(peer("echoscu"), *stranger.dcmtk("client"), "-ic", port=server.port)
    assert done.returncode != 0
    assert not any(isinstance(event, dn.AssociationEstablished) for event in events)
    (failed,) = [event for event in events if isinstance(event, dn.ServerFailed)]
    assert "authority of the peer's certificate" in failed.error


def run(program: str, *options: str, port: int) -> "subprocess.CompletedProcess[str]":
    words = [program, *options, "-aec", "DICOMPY", HOST, str(port)]
    return subprocess.run(
        words, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("options", "works"),
    [
        (["-tls1_3"], True),
        (["-tls1_2"], True),
        (["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"], True),
        (["-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"], False),  # RSA key exchange, CBC
        (["-tls1_2", "-cipher", "ECDHE-RSA-AES256-SHA384:@SECLEVEL=0"], False),  # CBC
        (["-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"], False),
        (["-tls1", "-cipher", "DEFAULT:@SECLEVEL=0"], False),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, list) else None,
)
def test_n25_openssl_gets_in_by_what_the_profile_has(
    peer: Callable[[str], str], certificates: Certificates, options: list[str], works: bool
) -> None:
    openssl = peer("openssl")
    tls = ours(certificates, "server", client_certificate=False)
    with blocking.Server(Verification(), tls=tls) as server:
        address = f"{HOST}:{server.port}"
        done = subprocess.run(
            [
                openssl,
                "s_client",
                "-connect",
                address,
                "-CAfile",
                str(certificates.authority),
                *options,
            ],
            input=b"",
            capture_output=True,
            timeout=60,
            check=False,
        )
    text = done.stdout.decode(errors="replace")
    assert ("Verification: OK" in text and "Cipher is (NONE)" not in text) is works, text[-2000:]
