"""How far away the canned server is: the latency of a call, and whether it speaks TLS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import trustme

from benchmarks.canned.address import LOOPBACK

CA_VARIABLES = ("AWS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""boto3 and AWS's SDK for Go; OpenSSL and rustls; Node; requests and what is built on it; libcurl's users."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Two PEM files: what clients trust, and the server's own certificate with its key."""

    ca_file: Path
    certificate_file: Path

    @property
    def environ(self) -> Mapping[str, str]:
        """What makes clients of all kinds trust this authority."""
        return dict.fromkeys(CA_VARIABLES, str(self.ca_file))


@dataclass(frozen=True, slots=True)
class Wire:
    """Every call is answered ``latency_seconds`` late, however many are under way; without an authority it is plain."""

    latency_seconds: float = 0.0
    authority: Authority | None = None

    @property
    def environ(self) -> Mapping[str, str]:
        """What a client needs in its environment to speak over this wire."""
        return {} if self.authority is None else self.authority.environ

    @property
    def name(self) -> str:
        """For a file's."""
        return f"{self.latency_seconds * 1000:g}ms-{'plain' if self.authority is None else 'tls'}"

    def __str__(self) -> str:
        return f"{self.latency_seconds * 1000:g} ms a call, {'plain' if self.authority is None else 'TLS'}"


PLAIN = Wire()


def make_authority(directory: Path) -> Authority:
    """A certificate authority of our own, and a certificate for the loopback address. Takes some milliseconds."""
    authority = trustme.CA()
    made = Authority(directory / "ca.pem", directory / "server.pem")
    authority.cert_pem.write_to_path(str(made.ca_file))
    authority.issue_cert(LOOPBACK).private_key_and_cert_chain_pem.write_to_path(str(made.certificate_file))
    return made
