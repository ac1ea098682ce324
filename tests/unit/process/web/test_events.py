"""What viewers are sent, and what is made for them while nobody looks: nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import orjson

from doubles.stats.past_intervals import past
from punctuald.process.web.events import Events
from punctuald.process.web.feed import Feed, News
from punctuald.view.dashboard.past_interval import PastInterval

NO_INTERVALS: tuple[PastInterval, ...] = ()


class Bench:
    """Publishes from the same thread, as another one would."""

    def __init__(self) -> None:
        self.feed = Feed()
        self.feed.open()
        self.made = 0
        self.events = Events(self.feed, self.charts)
        self.number = 0

    def charts(self, news: News) -> object:
        self.made += 1
        return len(news.intervals)

    def publish(self, intervals: Sequence[PastInterval] = NO_INTERVALS) -> None:
        self.number += 1
        self.feed.publish(News(self.number, {"snapshot": self.number}, intervals, ()))


async def begun(stream: AsyncIterator[bytes]) -> None:
    """The viewer is there."""
    assert await anext(stream) == b"retry: 2000\n\n"


async def next_of(stream: AsyncIterator[bytes]) -> tuple[str, Any]:
    event, data = (await asyncio.wait_for(anext(stream), 10)).decode().strip().split("\n")
    return event.removeprefix("event: "), orjson.loads(data.removeprefix("data: "))


def test_a_viewer_has_the_status_each_time_and_charts_only_when_there_is_a_new_interval() -> None:
    async def scene() -> None:
        bench, intervals = Bench(), (past(0),)
        stream = bench.events.stream()
        await begun(stream)
        bench.publish(NO_INTERVALS)
        assert await next_of(stream) == ("status", {"snapshot": 1})
        assert await next_of(stream) == ("charts", 0)
        bench.publish(NO_INTERVALS)
        assert await next_of(stream) == ("status", {"snapshot": 2})
        bench.publish(intervals)
        assert await next_of(stream) == ("status", {"snapshot": 3})
        assert await next_of(stream) == ("charts", 1)

    asyncio.run(scene())


def test_charts_are_made_once_for_all_viewers() -> None:
    async def scene() -> None:
        bench = Bench()
        streams = [bench.events.stream() for _ in range(3)]
        for stream in streams:
            await begun(stream)
        bench.publish((past(0),))
        for stream in streams:
            assert [await next_of(stream) for _ in range(2)] == [("status", {"snapshot": 1}), ("charts", 1)]
        assert bench.made == 1

    asyncio.run(scene())


def test_a_slow_viewer_has_the_newest_and_not_what_came_between() -> None:
    async def scene() -> None:
        bench = Bench()
        stream = bench.events.stream()
        await begun(stream)
        for _ in range(5):
            bench.publish()
        assert await next_of(stream) == ("status", {"snapshot": 5})

    asyncio.run(scene())


def test_nothing_is_wanted_before_the_first_viewer_comes_and_after_the_last_one_went() -> None:
    async def scene() -> None:
        bench = Bench()
        assert not bench.feed.is_wanted
        stream = bench.events.stream()
        await begun(stream)
        seen = [bench.feed.is_wanted]
        await stream.aclose()
        assert [*seen, bench.feed.is_wanted] == [True, False]

    asyncio.run(scene())


def test_who_comes_after_a_pause_is_not_shown_what_was_published_before_it() -> None:
    async def scene() -> None:
        bench = Bench()
        bench.publish()
        stream = bench.events.stream()
        await begun(stream)
        waiting = asyncio.ensure_future(next_of(stream))
        await asyncio.sleep(0)
        assert not waiting.done()
        bench.publish()
        assert await waiting == ("status", {"snapshot": 2})

    asyncio.run(scene())


def test_to_publish_does_no_harm_when_the_thread_has_ended() -> None:
    feed = Feed()

    async def scene() -> None:
        feed.open()

    asyncio.run(scene())
    feed.publish(News(1, {}, (), ()))
    assert not feed.is_wanted
