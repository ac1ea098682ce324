"""A certificate for 127.0.0.1 and the authority that signed it, in the one file form that Kafka takes."""

from __future__ import annotations

from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization


def write_certificates(directory: Path) -> None:
    """``server.pem`` (key, certificate, authority) and ``ca.pem``, which clients need as well."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    chain = [blob.bytes() for blob in issued.cert_chain_pems]
    server = directory / "server.pem"
    server.touch(mode=0o600)
    server.write_bytes(b"".join([_pkcs8(issued.private_key_pem.bytes()), *chain, authority.cert_pem.bytes()]))
    authority.cert_pem.write_to_path(str(directory / "ca.pem"))


def _pkcs8(pem: bytes) -> bytes:
    """Kafka reads no other form of a key."""
    key = serialization.load_pem_private_key(pem, password=None)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
