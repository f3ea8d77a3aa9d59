"""Certificates and keys in every form, and what is said where one cannot be used (NET-110 to NET-113)."""

import hashlib
import ssl
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    pkcs12,
)

import dicom_net as dn
from dicom_net._certificate import certificate_pin, key_pin, validity


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def issued(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("localhost", "127.0.0.1")


def chain_of(issued: trustme.LeafCert) -> bytes:
    return b"".join(pem.bytes() for pem in issued.cert_chain_pems)


def key_as(
    issued: trustme.LeafCert, encoding: Encoding, form: PrivateFormat, password: str = ""
) -> bytes:
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    how = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return key.private_bytes(encoding, form, how)


def as_pkcs12(issued: trustme.LeafCert, password: str) -> bytes:
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    certificate = x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes())
    how = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return pkcs12.serialize_key_and_certificates(b"me", key, certificate, None, how)  # type: ignore[arg-type]


def accepted(identity: dn.TlsIdentity) -> ssl.SSLContext:
    return dn.TlsConfig(identity=identity).server_context()


def refused(identity: dn.TlsIdentity) -> dn.TlsError:
    with pytest.raises(dn.TlsError) as caught:
        dn.TlsConfig(identity=identity).server_context()
    assert caught.value.suggestion
    return caught.value


def test_pem_in_one_file(issued: trustme.LeafCert, tmp_path: Path) -> None:
    path = tmp_path / "both.pem"
    path.write_bytes(issued.private_key_and_cert_chain_pem.bytes())
    accepted(dn.TlsIdentity(path))
    accepted(dn.TlsIdentity(str(path)))
    accepted(dn.TlsIdentity(path.read_bytes()))


@pytest.mark.parametrize(
    ("encoding", "form", "password"),
    [
        (Encoding.PEM, PrivateFormat.PKCS8, ""),
        (Encoding.PEM, PrivateFormat.PKCS8, "secret"),
        (Encoding.PEM, PrivateFormat.TraditionalOpenSSL, ""),
        (Encoding.PEM, PrivateFormat.TraditionalOpenSSL, "secret"),
        (Encoding.DER, PrivateFormat.PKCS8, ""),
        (Encoding.DER, PrivateFormat.PKCS8, "secret"),
        (Encoding.DER, PrivateFormat.TraditionalOpenSSL, ""),
    ],
)
def test_keys_in_every_form(
    issued: trustme.LeafCert, encoding: Encoding, form: PrivateFormat, password: str
) -> None:
    key = key_as(issued, encoding, form, password)
    accepted(dn.TlsIdentity(chain_of(issued), key, password or None))


def test_a_certificate_of_der(issued: trustme.LeafCert) -> None:
    der = ssl.PEM_cert_to_DER_cert(issued.cert_chain_pems[0].bytes().decode())
    accepted(dn.TlsIdentity(der, issued.private_key_pem.bytes()))


@pytest.mark.parametrize("password", ["", "secret"])
def test_pkcs12(issued: trustme.LeafCert, password: str) -> None:
    accepted(dn.TlsIdentity(as_pkcs12(issued, password), password=password or None))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    error = refused(dn.TlsIdentity(tmp_path / "none.pem"))
    assert error.fault is dn.TlsFault.MISSING_FILE
    assert "none.pem cannot be read" in str(error)


def test_a_wrong_password_is_told_for_each_form(issued: trustme.LeafCert) -> None:
    key = key_as(issued, Encoding.PEM, PrivateFormat.PKCS8, "secret")
    for identity in (
        dn.TlsIdentity(chain_of(issued), key, "wrong"),
        dn.TlsIdentity(chain_of(issued), key),
        dn.TlsIdentity(as_pkcs12(issued, "secret"), password="wrong"),
        dn.TlsIdentity(as_pkcs12(issued, "secret")),
    ):
        error = refused(identity)
        assert error.fault is dn.TlsFault.WRONG_PASSWORD
        assert "secret" not in str(error)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x30\x03\x02\x01\x03", b"-----BEGIN nothing"])
def test_what_is_no_certificate_is_told(issued: trustme.LeafCert, content: bytes) -> None:
    assert (
        refused(dn.TlsIdentity(content, issued.private_key_pem.bytes())).fault
        is dn.TlsFault.BAD_FORMAT
    )
    with pytest.raises(dn.TlsError) as caught:
        dn.TlsConfig(roots=content).client_context()
    assert caught.value.fault is dn.TlsFault.BAD_FORMAT


def test_the_key_of_another_is_told(authority: trustme.CA, issued: trustme.LeafCert) -> None:
    other = authority.issue_cert("other")
    error = refused(dn.TlsIdentity(chain_of(issued), other.private_key_pem.bytes()))
    assert "not that of the certificate" in str(error)


def test_a_certificate_out_of_its_time_is_told(authority: trustme.CA) -> None:
    now = datetime.now(UTC)
    old = authority.issue_cert("a", not_before=now - timedelta(9), not_after=now - timedelta(1))
    new = authority.issue_cert("a", not_before=now + timedelta(1), not_after=now + timedelta(9))
    for late, words in ((old, "has expired on"), (new, "is not valid before")):
        error = refused(dn.TlsIdentity(late.private_key_and_cert_chain_pem.bytes()))
        assert error.fault is dn.TlsFault.EXPIRED
        assert words in str(error)


def test_a_changed_file_is_read_again(authority: trustme.CA, tmp_path: Path) -> None:
    path = tmp_path / "me.pem"
    path.write_bytes(authority.issue_cert("one").private_key_and_cert_chain_pem.bytes())
    config = dn.TlsConfig(identity=dn.TlsIdentity(path))
    first = config.server_context()
    assert config.server_context() is first
    replacement = tmp_path / "new.pem"
    replacement.write_bytes(authority.issue_cert("two").private_key_and_cert_chain_pem.bytes())
    replacement.replace(path)
    assert config.server_context() is not first


def test_pins_and_dates_are_those_that_cryptography_reads(issued: trustme.LeafCert) -> None:
    certificate = x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes())
    der = certificate.public_bytes(Encoding.DER)
    public = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert certificate_pin(der) == hashlib.sha256(der).hexdigest()
    assert key_pin(der) == "sha256/" + b64encode(hashlib.sha256(public).digest()).decode()
    assert validity(der) == (certificate.not_valid_before_utc, certificate.not_valid_after_utc)


@pytest.mark.parametrize("percent", range(0, 100, 3))
def test_a_certificate_cut_short_is_a_value_error(issued: trustme.LeafCert, percent: int) -> None:
    der = ssl.PEM_cert_to_DER_cert(issued.cert_chain_pems[0].bytes().decode())
    with pytest.raises(ValueError, match="no certificate"):
        validity(der[: len(der) * percent // 100])


def test_settings_that_contradict_themselves_are_refused() -> None:
    for options in (
        {"minimum": dn.TlsVersion.TLS_1_3, "maximum": dn.TlsVersion.TLS_1_2},
        {"profile": dn.TlsProfile.TLS13, "maximum": dn.TlsVersion.TLS_1_2},
        {"check": dn.CertificateCheck.ROOTS},
        {"check": dn.CertificateCheck.PINS},
    ):
        with pytest.raises(dn.TlsError):
            dn.TlsConfig(**options)
    with pytest.raises(dn.TlsError, match="needs an identity"):
        dn.TlsConfig().server_context()


@pytest.mark.parametrize("profile", list(dn.TlsProfile))
def test_profiles_hold_what_annex_b_of_part_15_says(profile: dn.TlsProfile) -> None:
    context = dn.TlsConfig(profile=profile).client_context()
    least = ssl.TLSVersion.TLSv1_3 if profile is dn.TlsProfile.TLS13 else ssl.TLSVersion.TLSv1_2
    assert context.minimum_version is least
    names = {str(cipher["name"]) for cipher in context.get_ciphers()}
    for name in names:  # B.13: no CBC, no SHA-1, no RSA key exchange
        assert name.startswith(("TLS_", "ECDHE-")), name
        assert any(mode in name for mode in ("GCM", "CCM", "CHACHA20")), name
    for needed in (
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES128-GCM-SHA256",
        "TLS_AES_256_GCM_SHA384",
    ):
        assert needed in names


def test_what_is_secret_is_in_no_repr(issued: trustme.LeafCert) -> None:
    identity = dn.TlsIdentity(as_pkcs12(issued, "secret"), password="secret")
    shown = repr(dn.TlsConfig(identity=identity))
    assert "secret" not in shown
    assert len(shown) < 500
