"""The stream of a page's news: server-sent events, as https://html.spec.whatwg.org/multipage/server-sent-events.html
has them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

import orjson

from .feed import Feed, News

Charts = Callable[[News], object]
"""The charts of the intervals of some news, as `orjson` can write them."""

_AGAIN = b"retry: 2000\n\n"  # milliseconds: a browser that lost its connection tries again


class Events:
    """What is the same for all viewers is made once."""

    def __init__(self, feed: Feed, charts: Charts) -> None:
        self._feed = feed
        self._charts = charts
        self._made_of: object = None
        self._charts_event = b""
        self._status_number = 0
        self._status_event = b""

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """For one viewer, until it goes: the status with all news, charts at first and when an interval is over."""
        self._feed.enter()
        try:
            yield _AGAIN
            number, seen = 0, b""
            while True:
                news = await self._feed.after(number)
                number = news.number
                yield self._status_of(news)
                if (charts := self._charts_of(news)) is not seen:
                    seen = charts
                    yield charts
        finally:
            self._feed.leave()

    def _status_of(self, news: News) -> bytes:
        if self._status_number != news.number:
            self._status_number, self._status_event = news.number, _event("status", news.status)
        return self._status_event

    def _charts_of(self, news: News) -> bytes:
        if self._made_of is not news.intervals:
            self._made_of, self._charts_event = news.intervals, _event("charts", self._charts(news))
        return self._charts_event


def _event(name: str, data: object) -> bytes:
    """`orjson` writes no line breaks, so the data is one line."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(data))
