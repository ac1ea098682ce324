"""The page as the observer has it: something to look after each second, and to close."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Any

from punctuald.clock import Clock
from punctuald.process.observer.interval_history import IntervalHistory
from punctuald.process.observer.status.decision_history import DecisionHistory
from punctuald.view.dashboard.past_interval import PastInterval

from .feed import Feed, News
from .server import WebServer

PUBLISH_SECONDS = 1.0
_MOST_CHANGES = 500
"""Of the number of workers, in the hour that is shown; what is older has no mark."""


class WebPage:
    """Publishes to the page's thread what is to be seen, as long as anybody looks. ``status`` gives the status
    document."""

    def __init__(
        self,
        server: WebServer,
        feed: Feed,
        status: Callable[[], Mapping[str, Any]],
        history: IntervalHistory,
        decisions: DecisionHistory,
        clock: Clock,
    ) -> None:
        self._server = server
        self._feed = feed
        self._status = status
        self._history = history
        self._decisions = decisions
        self._clock = clock
        self._number = 0
        self._published_mono = -inf
        self._intervals: tuple[PastInterval, ...] = ()

    def look(self) -> None:
        """Call it each second or more often. Never waits."""
        now_mono = self._clock.mono()
        if now_mono - self._published_mono < PUBLISH_SECONDS or not self._feed.is_wanted:
            return
        self._published_mono, self._number = now_mono, self._number + 1
        intervals = self._history.read()
        if intervals != self._intervals:  # else the same object, by which viewers see that nothing is new
            self._intervals = intervals
        self._feed.publish(News(self._number, self._status(), self._intervals, self._decisions.newest(_MOST_CHANGES)))

    def close(self) -> None:
        """The observer ends."""
        self._server.close()
