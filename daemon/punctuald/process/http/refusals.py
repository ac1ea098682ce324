"""Clients for whom a server has no room: each gets an answer, and the log has a line now and then."""

from __future__ import annotations

from http import HTTPStatus

import h11

from punctuald.clock import Clock
from punctuald.logs import logger
from punctuald.policy.clients.admission import MOST_CONNECTIONS, MOST_PER_SECOND, Admission, Excess
from punctuald.policy.log_lines.rate import LogRate

from .answer import head_of, plain

log = logger()

_LINE_SECONDS = 60.0
_TEXTS = {
    Excess.CONNECTIONS: f"there are {MOST_CONNECTIONS} connections already",
    Excess.RATE: f"there were more than {MOST_PER_SECOND} connections in a second",
}


class Refusals:
    """Of the server at ``port``."""

    def __init__(self, port: int, clock: Clock) -> None:
        self._port = port
        self._clock = clock
        self._admission = Admission(clock.mono())
        self._rate = LogRate(1, _LINE_SECONDS)
        self._answers = {excess: _answer(text) for excess, text in _TEXTS.items()}

    def refusal(self, connections: int) -> bytes | None:
        """What to write to one more client while there are so many connections; None = it is let in."""
        excess = self._admission.excess(connections, self._clock.mono())
        if excess is None:
            return None
        self._say(excess)
        return self._answers[excess]

    def _say(self, excess: Excess) -> None:
        suppressed = self._rate.suppressed(self._clock.mono())
        if suppressed is not None:
            log.warning(
                "http.clients_refused",
                port=self._port,
                reason=excess.value,
                connections=MOST_CONNECTIONS,
                suppressed=suppressed,
            )


def _answer(text: str) -> bytes:
    """Made once, so without a date: to refuse somebody has to cost next to nothing."""
    answer = plain(HTTPStatus.SERVICE_UNAVAILABLE, text)
    return head_of(answer, h11.Connection(h11.SERVER), None) + answer.body
