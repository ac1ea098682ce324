"""Where an endpoint of AWS is and how its requests are signed, as boto3 finds it, in values to inherit by a fork."""

from __future__ import annotations

import functools
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import botocore.session
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies

from punctuald.errors import SourceMisconfigured

from .connection import Server
from .session import new_session
from .signed_json.sigv4 import ALGORITHM
from .warm_up import Call, warm_up

PLUGINS_VARIABLE = "BOTOCORE_EXPERIMENTAL__PLUGINS"
"""How a user has botocore load code that hooks into every client."""

DEFAULT_PORTS: Mapping[str, int] = {"http": 80, "https": 443}

USUAL_HEADERS = frozenset(
    {"x-amz-target", "content-type", "content-length", "x-amzn-query-mode", "x-amz-date", "authorization"}
    | {"user-agent", "amz-sdk-invocation-id", "amz-sdk-request", "x-amz-user-agent"}
)
"""What boto3 sends by itself. Another one comes from a setting or a hook that we would pass over."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``region`` and ``service`` are those to sign for. ``obstacle`` says why only boto3 can speak to it, if so."""

    url: str
    host_header: str
    server: Server
    region: str
    service: str
    obstacle: str | None


def resolve(call: Call, region: str, endpoint_url: str) -> Endpoint:
    """Ask boto3 where it would send ``call``. "" takes AWS's own settings: environment, profile.

    Makes no connection. Reads the certificate authorities, once for each bundle: 21 ms of CPU and 1 MiB that a worker
    need not spend, for what is resolved before the fork. Raises botocore's exceptions and `ValueError`, and
    `SourceMisconfigured` where the authorities can't be read.
    """
    session = new_session()
    request = warm_up(session, call, region or None, endpoint_url or None)
    parts = urlsplit(request.url)
    algorithm, signing_region, service = _signing(request.headers)
    return Endpoint(
        url=request.url,
        host_header=_host_header(parts),
        server=Server(str(parts.hostname), _port(parts), _tls(session) if parts.scheme == "https" else None),
        region=signing_region,
        service=service,
        obstacle=_obstacle(parts, algorithm, request.headers),
    )


def _obstacle(parts: SplitResult, algorithm: str, headers: Mapping[str, Any]) -> str | None:
    if os.environ.get(PLUGINS_VARIABLE, "DISABLED") != "DISABLED":
        return f"botocore plugins are set in {PLUGINS_VARIABLE}"
    if get_environ_proxies(parts.geturl()).get(parts.scheme):
        return f"an {parts.scheme.upper()} proxy is set"
    if parts.path != "/" or parts.query:
        return "the endpoint has a path"
    if algorithm != ALGORITHM:
        return f"requests are signed with {algorithm}"
    unusual = sorted({name.lower() for name in headers} - USUAL_HEADERS)
    return f"boto3 would also send the header {unusual[0]}" if unusual else None


def _signing(headers: Mapping[str, Any]) -> tuple[str, str, str]:
    """Algorithm, region and service, out of `ALGORITHM Credential=KEY/DAY/REGION/SERVICE/aws4_request, …`."""
    value = headers.get("Authorization", b"none")
    algorithm, _, rest = (value.decode() if isinstance(value, bytes) else str(value)).partition(" ")
    scope = rest.partition(",")[0].split("/")
    return (algorithm, scope[2], scope[3]) if algorithm == ALGORITHM else (algorithm, "", "")


def _port(parts: SplitResult) -> int:
    return parts.port or DEFAULT_PORTS[parts.scheme]


def _host_header(parts: SplitResult) -> str:
    """Without a port that the scheme implies, as the signature's rules want it."""
    name = str(parts.hostname)
    host = f"[{name}]" if ":" in name else name
    return host if _port(parts) == DEFAULT_PORTS[parts.scheme] else f"{host}:{_port(parts)}"


def _tls(session: botocore.session.Session) -> ssl.SSLContext:
    """Checks certificates and host names against the authorities that boto3 trusts: AWS_CA_BUNDLE, the profile's
    ca_bundle, REQUESTS_CA_BUNDLE, or its own."""
    bundle = session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE") or True
    return _context(get_cert_path(bundle))


@functools.cache
def _context(path: str) -> ssl.SSLContext:
    """Not `ssl.create_default_context`: from Python 3.13 on it refuses authorities of companies that boto3 accepts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(path)
    except OSError as error:
        raise SourceMisconfigured(
            f"the certificate authorities in {path} can't be read ({error}): check AWS_CA_BUNDLE", code="CaBundle"
        ) from error
    return context
