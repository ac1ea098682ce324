"""Any source, and a record of what was asked of it; a test may step in while a call is under way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import NamedTuple

from punctuald.clock import Clock
from punctuald.model import Failure, Message, Release
from punctuald.ports import OnRevoked, Source, SourceLimits, SourceRules


class Receive(NamedTuple):
    """One receive: when it began, and what it asked for."""

    begun_mono: float
    most: int
    wait_seconds: float
    visibility_seconds: int


class Call(NamedTuple):
    """One settlement or extension: ``seconds`` of a release or an extension, one a message; ``failed`` its handles."""

    name: str
    begun_mono: float
    messages: tuple[Message, ...]
    seconds: tuple[int, ...] = ()
    reason: str = ""
    failed: frozenset[str] = frozenset()


class WitnessedSource:
    """See `Source`. By a call's name: ``during`` has what to do once after its effect and before its answer, and
    ``late_seconds`` how long answers take yet. ``on_message`` may change what is received."""

    def __init__(self, inner: Source, clock: Clock) -> None:
        self.receives: list[Receive] = []
        self.received: list[Message] = []
        self.calls: list[Call] = []
        self.policies_asked = 0
        self.broker_ahead_seconds = inner.broker_ahead_seconds
        self.during: dict[str, Callable[[], object]] = {}
        self.late_seconds: dict[str, float] = {}
        self.on_message: Callable[[Message], Message] = lambda message: message
        self.on_ask: Callable[[int], None] = lambda _: None
        self.on_call: Callable[[Call], None] = lambda _: None
        self._inner = inner
        self._clock = clock

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def ordered(self) -> bool:
        return self._inner.ordered

    @property
    def limits(self) -> SourceLimits:
        return self._inner.limits

    async def receive(self, most: int, wait_seconds: float, visibility_seconds: int) -> Sequence[Message]:
        self.on_ask(most)
        self.receives.append(Receive(self._clock.mono(), most, wait_seconds, visibility_seconds))
        messages = [self.on_message(each) for each in await self._inner.receive(most, wait_seconds, visibility_seconds)]
        await self._step_in("receive")
        self.received += messages
        return messages

    async def acknowledge(self, messages: Sequence[Message]) -> Sequence[Failure]:
        call = Call("acknowledge", self._clock.mono(), tuple(messages))
        return await self._witness(call, self._inner.acknowledge(messages))

    async def extend(self, messages: Sequence[Message], seconds: int) -> Sequence[Failure]:
        call = Call("extend", self._clock.mono(), tuple(messages), (seconds,) * len(messages))
        return await self._witness(call, self._inner.extend(messages, seconds))

    async def release(self, releases: Sequence[Release]) -> Sequence[Failure]:
        messages, seconds = [each.message for each in releases], [each.after_seconds for each in releases]
        call = Call("release", self._clock.mono(), tuple(messages), tuple(seconds))
        return await self._witness(call, self._inner.release(releases))

    async def dead_letter(self, message: Message, reason: str) -> Sequence[Failure]:
        call = Call("dead_letter", self._clock.mono(), (message,), reason=reason)
        return await self._witness(call, self._inner.dead_letter(message, reason))

    async def rules(self) -> SourceRules:
        self.policies_asked += 1
        return await self._inner.rules()

    def pause(self, partitions: Collection[str]) -> None:
        self._inner.pause(partitions)

    def resume(self, partitions: Collection[str]) -> None:
        self._inner.resume(partitions)

    def on_revoked(self, call: OnRevoked) -> None:
        self._inner.on_revoked(call)

    def end_receiving(self) -> None:
        self._inner.end_receiving()

    async def close(self) -> None:
        await self._inner.close()

    def named(self, name: str) -> list[Call]:
        """The calls of one kind that were made so far."""
        return [call for call in self.calls if call.name == name]

    def bodies(self, name: str) -> list[list[str]]:
        """What each call of one kind was about."""
        return [[message.body for message in call.messages] for call in self.named(name)]

    def released(self) -> list[tuple[str, int]]:
        """What went back, in order, and for how long it stays hidden."""
        return [
            (message.body, seconds)
            for call in self.named("release")
            for message, seconds in zip(call.messages, call.seconds, strict=True)
        ]

    async def _witness(self, call: Call, answer: Awaitable[Sequence[Failure]]) -> Sequence[Failure]:
        self.on_call(call)
        place = len(self.calls)
        self.calls.append(call)
        failures = await answer
        self.calls[place] = call._replace(failed=frozenset(failure.receipt_handle for failure in failures))
        await self._step_in(call.name)
        return failures

    async def _step_in(self, name: str) -> None:
        step_in = self.during.pop(name, None)
        if step_in is not None:
            step_in()
        if name in self.late_seconds:
            await asyncio.sleep(self.late_seconds[name])
