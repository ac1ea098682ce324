"""The same story through `punctuald.testing` and through a worker on the delivery bench: an author sees the daemon."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubles.delivery.bench import DeliveryBench
from doubles.virtual_loop import run
from punctuald import Discard, Message, Reject, Retry
from punctuald.clock import ManualClock
from punctuald.handler import Handler, handler_of
from punctuald.model import Outcome
from punctuald.testing import MemoryQueue

REASON = "punctuald.reason"
Say = Callable[[], BaseException | None]
DONE: Say = lambda: None  # noqa: E731 - one of a row of words
FAIL: Say = lambda: ValueError("boom")  # noqa: E731
REJECT: Say = lambda: Reject("no such customer")  # noqa: E731
DISCARD: Say = lambda: Discard("spam")  # noqa: E731
RETRY: Say = Retry
RETRY_10: Say = lambda: Retry("busy", after_seconds=10)  # noqa: E731


class Sent(NamedTuple):
    """A message, and what its handler says of it try by try; it is done after that."""

    body: str
    group: str
    says: tuple[Say, ...]
    wait_seconds: int = 0  # before it is sent


@dataclass(frozen=True)
class Story:
    sent: Sequence[Sent]
    ordered: bool = False
    max_receives: int = 0
    has_dead_letter_queue: bool = True
    seconds: int = 120  # that pass after the last send


@dataclass
class Seen:
    """What came of it: for each message its tries and when they were, the order within groups, and what is left."""

    tries: dict[str, list[tuple[str, int, float]]] = field(default_factory=lambda: defaultdict(list))
    order: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    dead: list[tuple[str, str]] = field(default_factory=list)
    left: int = 0

    def handler(self, story: Story, clock: ManualClock) -> Callable[[Message], None]:
        begun_mono = clock.mono()
        groups = {sent.body: sent.group for sent in story.sent}
        says = {sent.body: list(sent.says) for sent in story.sent}

        def handle(message: Message) -> None:
            said = (says[message.body].pop(0) if says[message.body] else DONE)()
            at_seconds = round(clock.mono() - begun_mono)
            self.tries[message.body].append((type(said).__name__, message.tries, at_seconds))
            if story.ordered:
                self.order[groups[message.body]].append(message.body)
            if said is not None:
                raise said

        return handle


def through_testing(story: Story) -> Seen:
    seen, queue = (
        Seen(),
        MemoryQueue(
            ordered=story.ordered,
            max_receive_count=story.max_receives,
            has_dead_letter_queue=story.has_dead_letter_queue,
        ),
    )
    handle = seen.handler(story, queue.clock)
    for sent in story.sent:
        queue.clock.advance(sent.wait_seconds)
        queue.send(sent.body, group=sent.group)
        queue.drain(handle)
    queue.clock.advance(story.seconds)
    queue.drain(handle)
    seen.dead = sorted((letter.body, letter.reason) for letter in queue.dead_letters)
    seen.left = queue.left
    return seen


def through_the_delivery(story: Story) -> Seen:
    seen, clock = Seen(), ManualClock()

    async def play() -> None:
        bench = DeliveryBench(
            clock,
            fifo=story.ordered,
            max_receives=story.max_receives,
            has_dead_letter_queue=story.has_dead_letter_queue,
        )
        bench.handlings.usual_seconds = 0.001
        bench.handlings.verdict = as_the_daemon_calls(seen.handler(story, clock))
        bench.start()
        for sent in story.sent:
            await asyncio.sleep(sent.wait_seconds)
            bench.send(sent.body, group=sent.group)
        await asyncio.sleep(story.seconds + 0.4)
        seen.dead = sorted((entry.body, entry.attributes.get(REASON, "")) for entry in bench.dead.take(1_000, 1))
        seen.left = bench.queue.backlog().total
        assert bench.loop_errors == []

    run(play(), clock)
    return seen


def as_the_daemon_calls(function: Callable[[Message], None]) -> Callable[[Message], Outcome]:
    handler = handler_of(function, time_limit_seconds=300)
    assert isinstance(handler, Handler)
    return lambda message: handler.handle_one(message, lambda *_: None)


STORIES = {
    "retries and failures come back": Story(
        [Sent("a", "g", (RETRY_10, FAIL)), Sent("b", "g", (FAIL, FAIL, FAIL)), Sent("c", "g", (RETRY,))]
    ),
    "what is rejected and discarded goes": Story([Sent("a", "g", (REJECT,)), Sent("b", "g", (RETRY, DISCARD))]),
    "the redrive policy takes what fails too often": Story([Sent("a", "g", (FAIL,) * 9)], max_receives=3),
    "one receive is all there is": Story([Sent("a", "g", (FAIL,)), Sent("b", "g", ())], max_receives=1),
    "nowhere to put what is rejected": Story(
        [Sent("a", "g", (REJECT,)), Sent("b", "g", ())], has_dead_letter_queue=False, seconds=1_000
    ),
    "a failed head holds its group": Story(
        [Sent("a", "g", (FAIL, RETRY_10)), Sent("b", "g", (FAIL,)), Sent("c", "h", ()), Sent("d", "g", (), 5)],
        ordered=True,
    ),
    "a head is given up at its last try": Story(
        [Sent("a", "g", (FAIL,) * 9), Sent("b", "g", (REJECT,)), Sent("c", "g", (DISCARD,))],
        ordered=True,
        max_receives=3,
    ),
    "a rejected head with nowhere to go": Story(
        [Sent("a", "g", (REJECT,)), Sent("b", "g", ())], ordered=True, has_dead_letter_queue=False, seconds=1_000
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_a_test_sees_what_the_daemon_does(name: str) -> None:
    assert through_testing(STORIES[name]) == through_the_delivery(STORIES[name])


@pytest.mark.parametrize("name", STORIES)
def test_in_every_story_something_happens(name: str) -> None:
    seen = through_testing(STORIES[name])

    assert set(seen.tries) == {sent.body for sent in STORIES[name].sent}
    assert any(said != "NoneType" for tries in seen.tries.values() for said, _, _ in tries)


messages = st.builds(
    Sent,
    st.just(""),
    st.sampled_from("gh"),
    st.lists(st.sampled_from([FAIL, RETRY, RETRY_10, REJECT, DISCARD]), max_size=4).map(tuple),
    st.sampled_from([0, 0, 5]),
)


@given(
    st.lists(messages, min_size=1, max_size=5),
    st.booleans(),
    st.sampled_from([0, 1, 2, 3]),
)
def test_in_any_story_a_test_sees_what_the_daemon_does(sent: list[Sent], ordered: bool, max_receives: int) -> None:
    named = [each._replace(body=f"m{number}") for number, each in enumerate(sent)]
    story = Story(named, ordered, max_receives)

    assert through_testing(story) == through_the_delivery(story)
