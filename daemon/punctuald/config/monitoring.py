"""Where the daemon's figures can be read."""

from __future__ import annotations

import re
from ipaddress import ip_address

from pydantic import field_validator

from .fields import text
from .section import Section

_MOST_PORT = 65_535
_IPV6 = 6
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
