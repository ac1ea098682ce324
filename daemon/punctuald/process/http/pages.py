"""Pages that are made once a second at most, however many ask for them."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from math import inf
from typing import Protocol

from punctuald.clock import Clock
from punctuald.logs import logger
from punctuald.policy.log_lines.rate import REMINDER_SECONDS, LogRate

from .answer import Answer, plain

log = logger()

FRESH_SECONDS = 1.0
"""So long a copy of a page is good at least."""
REST = 10
"""And for so many times as long as it took to make: the metrics of hundreds of queues take a second of CPU."""


class Page(Protocol):
    """What is at one path."""

    def answer(self, accept: str) -> Answer:
        """As it is now. ``accept``: the request's header, "" where it has none."""
        ...


class FreshPage:
    """Made by ``build`` when it is asked for, and given again while it is fresh.

    What ``build`` raises is a defect of ours. It is logged and answered with 500, and does not end the observer, which
    has more to do than to make pages.
    """

    def __init__(self, path: str, build: Callable[[], Answer], clock: Clock) -> None:
        self._path = path
        self._build = build
        self._clock = clock
        self._failures = LogRate(1, REMINDER_SECONDS)
        self._fresh_until_mono = -inf
        self._answer = plain(HTTPStatus.SERVICE_UNAVAILABLE, "not made yet")

    def answer(self, accept: str = "") -> Answer:
        """See `Page.answer`."""
        del accept
        begin_mono = self._clock.mono()
        if begin_mono >= self._fresh_until_mono:
            self._answer = self._built(begin_mono)
            end_mono = self._clock.mono()
            self._fresh_until_mono = max(begin_mono + FRESH_SECONDS, end_mono + REST * (end_mono - begin_mono))
        return self._answer

    def _built(self, now_mono: float) -> Answer:
        try:
            return self._build()
        except Exception:
            suppressed = self._failures.suppressed(now_mono)
            if suppressed is not None:
                log.exception("http.page_failed", path=self._path, suppressed=suppressed)
            return plain(HTTPStatus.INTERNAL_SERVER_ERROR, "this page could not be made: see the daemon's log")


class NegotiatedPage:
    """Two forms of one page: ``special`` for those whose Accept header names ``media_type``, ``usual`` for all others.

    Who names it can read it, so the preferences that the header gives are not weighed.
    """

    def __init__(self, usual: Page, special: Page, media_type: str) -> None:
        self._usual = usual
        self._special = special
        self._media_type = media_type

    def answer(self, accept: str) -> Answer:
        """See `Page.answer`."""
        named = {each.partition(";")[0].strip().lower() for each in accept.split(",")}
        return (self._special if self._media_type in named else self._usual).answer(accept)
