"""Certificates for TLS with peers, made by trustme: an authority, a server, a client, and a foreign authority."""

from pathlib import Path
from typing import Literal, TypeAlias

import trustme

__all__ = ["Certificates", "Party"]

Party: TypeAlias = Literal["server", "client"]


class Certificates:
    """PEM files in a folder. RSA keys: the profiles of DCMTK 3.6.7 want them."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.authority = folder / "ca.pem"
        self.foreign_authority = folder / "other-ca.pem"
        ours = trustme.CA(key_type=trustme.KeyType.RSA)
        ours.cert_pem.write_to_path(str(self.authority))
        trustme.CA(key_type=trustme.KeyType.RSA).cert_pem.write_to_path(str(self.foreign_authority))
        parties: tuple[Party, ...] = ("server", "client")
        for party in parties:
            made = ours.issue_cert(
                "localhost", "127.0.0.1", common_name="localhost", key_type=trustme.KeyType.RSA
            )
            made.private_key_pem.write_to_path(str(self.key(party)))
            chain = b"".join(blob.bytes() for blob in made.cert_chain_pems)
            self.certificate(party).write_bytes(chain)

    def certificate(self, party: Party) -> Path:
        """The certificate of a party with its chain."""
        return self.folder / f"{party}.pem"

    def key(self, party: Party) -> Path:
        """The private key of a party."""
        return self.folder / f"{party}.key"

    def dcmtk(self, party: Party) -> list[str]:
        """The options of DCMTK's tools: the key comes first."""
        return ["+tls", str(self.key(party)), str(self.certificate(party)), "+cf", str(self.authority)]  # fmt: skip

    def plain(self, party: Party) -> list[str]:
        """The options of `tests.peers.pynet`."""
        return ["--tls", str(self.certificate(party)), str(self.key(party)), str(self.authority)]
