"""AWS Signature Version 4, as far as the JSON protocol needs it: a POST to "/" without a query.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hashlib import _Hash as HASH

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
_INNER_PAD, _OUTER_PAD = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))


class Credentials(NamedTuple):
    """One set, whole: a token belongs to its own secret and to no other."""

    access_key: str
    secret_key: str
    token: str | None = None


class Signing(NamedTuple):
    """All of a signature but the payload's part: for requests with the same headers and the same date.

    The hashes have taken in what comes before the payload's part, so that each request only goes on from there.
    """

    introduction: str
    canonical_head: HASH
    inner: HASH
    outer: HASH

    def signature(self, payload: bytes) -> str:
        """What the value of the Authorization header ends with, after `introduction`."""
        request, inner, outer = self.canonical_head.copy(), self.inner.copy(), self.outer.copy()
        request.update(sha256(payload).hexdigest().encode())
        inner.update(request.hexdigest().encode())
        outer.update(inner.digest())
        return outer.hexdigest()


class Signer:
    """Signs for one service in one region.

    The key that signs is derived from the secret in four steps and is the same all day (UTC), so the last one is kept,
    together with the secret that it came from: renewed credentials renew it.
    """

    def __init__(self, region: str, service: str) -> None:
        self._region = region
        self._service = service
        self._kept: tuple[str, str, bytes] = ("", "", b"")  # secret, day, key; replaced as a whole, so never mixed

    def prepare(self, credentials: Credentials, amz_date: str, headers: Mapping[str, str]) -> Signing:
        """For requests with just these headers to be signed.

        They have lower-case names, `host` and `x-amz-date` among them and also `x-amz-security-token` where the
        credentials have a token; ``amz_date`` is from `amz_date`.
        """
        names = sorted(headers)
        signed = ";".join(names)
        trimmed = "".join([f"{name}:{' '.join(headers[name].split())}\n" for name in names])
        scope = f"{amz_date[:8]}/{self._region}/{self._service}/{TERMINATOR}"
        inner, outer = _keyed(self._key(credentials.secret_key, amz_date[:8]))
        inner.update(f"{ALGORITHM}\n{amz_date}\n{scope}\n".encode())
        credential = f"{credentials.access_key}/{scope}"
        return Signing(
            introduction=f"{ALGORITHM} Credential={credential}, SignedHeaders={signed}, Signature=",
            canonical_head=sha256(f"POST\n/\n\n{trimmed}\n{signed}\n".encode()),
            inner=inner,
            outer=outer,
        )

    def _key(self, secret_key: str, day: str) -> bytes:
        kept_secret, kept_day, key = self._kept
        if secret_key != kept_secret or day != kept_day:
            key = _derive(secret_key, day, self._region, self._service)
            self._kept = (secret_key, day, key)
        return key


def amz_date(utc: float) -> str:
    """A point in time as X-Amz-Date has it, YYYYMMDDTHHMMSSZ."""
    return _amz_date(int(utc))


@lru_cache(maxsize=4)  # under load many requests fall into one second, and strftime is slow
def _amz_date(utc_second: int) -> str:
    return datetime.fromtimestamp(utc_second, UTC).strftime("%Y%m%dT%H%M%SZ")


def _derive(secret_key: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, service, TERMINATOR):
        key = _hmac(key, part)
    return key


def _keyed(key: bytes) -> tuple[HASH, HASH]:
    """The two hashes of an HMAC (RFC 2104) with their halves of the key taken in: a third of its time is left."""
    padded = key.ljust(sha256().block_size, b"\0")
    return sha256(padded.translate(_INNER_PAD)), sha256(padded.translate(_OUTER_PAD))


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
