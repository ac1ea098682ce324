"""Where an SQS endpoint is and how its requests are signed, as boto3 finds it, in plain values to inherit by a fork."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import botocore.session
from botocore.exceptions import BotoCoreError
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies

from punctuald.errors import SourceMisconfigured

from .connection import Server
from .signature import ALGORITHM
from .sqs_errors import explain, whereabouts
from .sqs_rehearsal import rehearse
from .sqs_session import new_session

PLUGINS_VARIABLE = "BOTOCORE_EXPERIMENTAL__PLUGINS"
"""How botocore is told to load code that hooks into every client."""

DEFAULT_PORTS: Mapping[str, int] = {"http": 80, "https": 443}

USUAL_HEADERS = frozenset(
    {"x-amz-target", "content-type", "content-length", "x-amzn-query-mode", "x-amz-date", "authorization"}
    | {"user-agent", "amz-sdk-invocation-id", "amz-sdk-request", "x-amz-user-agent"}
)
"""What boto3 sends by itself. Another one comes from a setting or a hook that we would pass over."""


@dataclass(frozen=True, slots=True)
class Address:
    """``region`` and ``service`` are those to sign for. ``obstacle`` says why only boto3 can speak to it, if so."""

    url: str
    host_header: str
    server: Server
    region: str
    service: str
    obstacle: str | None


def resolve(region: str, endpoint_url: str) -> Address:
    """Ask boto3 where it would send a request; "" as for `make_client`, which also says what it raises.

    Makes no connection. Reads the certificate authorities, 40 ms of CPU that a worker then need not spend.
    """
    session = new_session()
    try:
        request = rehearse(session, region or None, endpoint_url or None)
    except (BotoCoreError, ValueError) as error:
        raise explain(error, whereabouts(region, endpoint_url)) from error
    parts = urlsplit(request.url)
    algorithm, signing_region, service = _signing(request.headers)
    return Address(
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
    ca_bundle, REQUESTS_CA_BUNDLE, or its own.

    Not `ssl.create_default_context`: from Python 3.13 on it refuses authorities of companies that boto3 accepts.
    """
    bundle = session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE") or True
    path = get_cert_path(bundle)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(path)
    except OSError as error:
        raise SourceMisconfigured(
            f"SQS: the certificate authorities in {path} can't be read ({error}): check AWS_CA_BUNDLE", code="CaBundle"
        ) from error
    return context
