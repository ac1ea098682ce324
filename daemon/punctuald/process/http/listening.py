"""The listening end of the HTTP server. What keeps it from listening costs the pages, and never the daemon."""

from __future__ import annotations

import socket
from ipaddress import ip_address

from punctuald.logs import logger

log = logger()

_WAITING_CLIENTS = 128


def listen_at(host: str, port: int) -> socket.socket | None:
    """A socket that does not block, bound to that IP address. None, and a line in the log, where it can't be had: taken
    by another daemon or program, of another machine, or not allowed.

    It is not tried again before the next reload: else, while the daemon that has the port is started anew, another one
    would take its place, and be scraped by its name.
    """
    try:
        listening = _bound(host, port)
    except OSError as error:
        log.warning("http.not_listening", host=host, port=port, error=error.strerror or str(error))
        return None
    _say(host, listening.getsockname()[1])
    return listening


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
    try:
        # Connections of the observer before this one may still be in TIME_WAIT (socket(7)).
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_WAITING_CLIENTS)
    except OSError:
        listening.close()
        raise
    return listening


def _say(host: str, port: int) -> None:
    if ip_address(host).is_loopback:
        log.info("http.listening", host=host, port=port)
    else:
        log.warning("http.open_to_others", host=host, port=port)
