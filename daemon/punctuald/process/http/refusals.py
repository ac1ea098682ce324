"""Clients for whom a server had no room: a line now and then, whatever their number."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus

import h11

from punctuald.clock import Clock
from punctuald.logs import logger
from punctuald.policy.log_lines.rate import LogRate

from .answer import head_of, plain
from .pace import MOST_PER_SECOND

log = logger()

_LINE_SECONDS = 60.0


class Reason(StrEnum):
    """What there was too much of."""

    CONNECTIONS = "connections"  # at a time
    RATE = "rate"  # of connections, in a second


def answers(connections: int) -> Mapping[Reason, bytes]:
    """What to write to whom a server refuses that takes so many at a time. Made once, so without a date: to refuse
    somebody has to cost next to nothing."""
    texts = {
        Reason.CONNECTIONS: f"there are {connections} connections already",
        Reason.RATE: f"there were more than {MOST_PER_SECOND} connections in a second",
    }
    return {reason: _answer(text) for reason, text in texts.items()}


def _answer(text: str) -> bytes:
    answer = plain(HTTPStatus.SERVICE_UNAVAILABLE, text)
    return head_of(answer, h11.Connection(h11.SERVER), None) + answer.body


class Refusals:
    """Of the server at ``port``, which takes ``connections`` at a time."""

    def __init__(self, port: int, connections: int, clock: Clock) -> None:
        self._port = port
        self._connections = connections
        self._clock = clock
        self._rate = LogRate(1, _LINE_SECONDS)

    def one_more(self, reason: Reason) -> None:
        """Somebody was refused."""
        suppressed = self._rate.suppressed(self._clock.mono())
        if suppressed is not None:
            log.warning(
                "http.clients_refused",
                port=self._port,
                reason=reason.value,
                connections=self._connections,
                suppressed=suppressed,
            )
