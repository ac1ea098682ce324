"""Clients for whom a server had no room: a line now and then, whatever their number."""

from __future__ import annotations

from punctuald.clock import Clock
from punctuald.logs import logger
from punctuald.policy.log_lines.rate import LogRate

log = logger()

_LINE_SECONDS = 60.0


class Refusals:
    """Of the server at ``port``, which takes ``connections`` at a time."""

    def __init__(self, port: int, connections: int, clock: Clock) -> None:
        self._port = port
        self._connections = connections
        self._clock = clock
        self._rate = LogRate(1, _LINE_SECONDS)

    def one_more(self) -> None:
        """Somebody was refused."""
        suppressed = self._rate.suppressed(self._clock.mono())
        if suppressed is not None:
            log.warning("http.clients_refused", port=self._port, connections=self._connections, suppressed=suppressed)
