"""Where the daemon's figures can be read, and where it sends them."""

from __future__ import annotations

import re
from ipaddress import ip_address

from pydantic import field_validator

from .fields import flag, seconds, text
from .section import Section
from .sources.region import URL

_MOST_PORT = 65_535
_IPV6 = 6
_NAMESPACE = "^[A-Za-z0-9_./#:-]{1,255}$"
_ALLOWED_NAMESPACE = "1 to 255 letters, digits, or _ . / # : -, not AWS/ at the beginning"
_OF_AWS = "AWS/"
_DIMENSION = "^[A-Za-z0-9_.-]{1,255}$"
_ALLOWED_DIMENSION = "1 to 255 letters, digits, or _ . -"
_ALLOWED = "an IP address and a port, such as 127.0.0.1:9464 or [::1]:9464"


class HttpSettings(Section):
    """The HTTP server of the observer: `/metrics`, `/healthz`, `/readyz`, `/status.json`."""

    listen: str = text(
        "127.0.0.1:9464", "Address and port of the metrics and of the health checks; empty = none.", allowed=_ALLOWED
    )

    @field_validator("listen")
    @classmethod
    def _is_an_address(cls, listen: str) -> str:
        return _checked(listen)


class WebSettings(Section):
    """The page of the observer, which needs the extra `web`."""

    listen: str = text("", "Address and port of the page, such as 127.0.0.1:9465; empty = none.", allowed=_ALLOWED)

    @field_validator("listen")
    @classmethod
    def _is_an_address(cls, listen: str) -> str:
        return _checked(listen)


def _checked(listen: str) -> str:
    if listen:
        host_and_port(listen)
    return listen


class CloudWatchSettings(Section):
    """Figures that are sent to Amazon CloudWatch, for an Auto Scaling group to follow."""

    enabled: bool = flag(default=False, meaning="Send BacklogSecondsPerWorker and SlaCompliance.")
    namespace: str = text("Punctuald", "Their namespace.", pattern=_NAMESPACE, allowed=_ALLOWED_NAMESPACE)
    daemon: str = text(
        "punctuald",
        "Their dimension `Daemon`; the same on all hosts of a group, over which CloudWatch then takes the average.",
        pattern=_DIMENSION,
        allowed=_ALLOWED_DIMENSION,
    )
    region: str = text("", "The AWS region; empty = AWS_DEFAULT_REGION, AWS_REGION or the profile's.")
    endpoint_url: str = text(
        "", "Another endpoint than AWS's own; empty = AWS.", pattern=URL, allowed="an http(s) URL, or empty"
    )
    interval_seconds: float = seconds(60, 10, 3600, "Time between two sendings.")

    @field_validator("namespace")
    @classmethod
    def _is_not_of_aws(cls, namespace: str) -> str:
        if namespace.startswith(_OF_AWS):
            raise ValueError(f'"{namespace}" begins with {_OF_AWS}: those are AWS\'s own, which PutMetricData refuses')
        return namespace


def host_and_port(listen: str) -> tuple[str, int]:
    """``[::1]:9464`` to ``::1`` and 9464. Port 0 lets the kernel choose one. Raises ValueError for anything else.

    A name would have to be looked up, and that can take half a minute: longer than a process may be silent.
    """
    host, _, port = listen.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not _is_ip(host, bare) or not re.fullmatch("[0-9]{1,5}", port) or int(port) > _MOST_PORT:
        raise ValueError(f'"{listen}" is not {_ALLOWED}')
    return bare, int(port)


def _is_ip(host: str, bare: str) -> bool:
    """IPv6 in brackets, IPv4 without."""
    try:
        return host == (f"[{bare}]" if ip_address(bare).version == _IPV6 else bare)
    except ValueError:
        return False
