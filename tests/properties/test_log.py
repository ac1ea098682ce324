"""Laws of a log's checkpoints over random histories of two consumers: deaths, revocations, late and lazy commits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from doubles.source.count_nothing import count_nothing
from doubles.virtual_loop import run
from punctuald.clock import ManualClock
from punctuald.model import Message, Release
from punctuald.source.memory.group import Member, MemoryGroup
from punctuald.source.memory.log import MemoryLog
from punctuald.source.memory.log_source import MemoryLogSource

PARTITIONS = ("0", "1")
STEPS = ["send", "receive", "acknowledge", "acknowledge", "release", "pass time", "move", "die"]
Step = tuple[str, int, int]


class History:
    """A log with two consumers, and a plain account beside it: what was acknowledged, and every checkpoint."""

    def __init__(self, clock: ManualClock, commit_every_seconds: int) -> None:
        self.group = MemoryGroup(MemoryLog("orders", clock, PARTITIONS))
        self.sources = [
            MemoryLogSource(self.group, count_nothing, commit_every_seconds=commit_every_seconds) for _ in range(2)
        ]
        self.in_hand: list[list[Message]] = [[], []]
        self.acknowledged: set[str] = set()
        self.checkpoints = dict.fromkeys(PARTITIONS, 0)

    async def step(self, what: str, who: int, number: int) -> None:
        """Do one step."""
        match what:
            case "send":
                self.group.log.send("", key=f"key {number}", partition=PARTITIONS[number % 2])
            case "receive":
                self.in_hand[who] += await self.sources[who].receive(number + 1, 0, 30)
            case "acknowledge" | "release" if self.in_hand[who]:
                await self._settle(what, who, self.in_hand[who].pop(number % len(self.in_hand[who])), number)
            case "pass time":
                await asyncio.sleep(number)
            case "move":
                owners: dict[Member, Sequence[str]] = {
                    self.sources[0]: PARTITIONS[:number],
                    self.sources[1]: PARTITIONS[number:],
                }
                await self.group.reassign(owners)
            case "die":
                await self.group.leave(self.sources[who])

    def violations(self) -> list[str]:
        """Checkpoints that went back since the last look, or passed what was never acknowledged."""
        found: list[str] = []
        for partition in PARTITIONS:
            before, checkpoint = self.checkpoints[partition], self.group.checkpoint(partition)
            passed = {f"{partition}:{offset}" for offset in range(checkpoint)} - self.acknowledged
            if checkpoint < before:
                found.append(f"{partition} went back from {before} to {checkpoint}")
            if passed:
                found.append(f"{partition} passed {sorted(passed)}")
            self.checkpoints[partition] = checkpoint
        return found

    async def survivor(self) -> MemoryLogSource:
        """One more consumer, when both are gone."""
        for source in self.sources:
            await source.close()
        return MemoryLogSource(self.group, count_nothing)

    async def handle_some(self, survivor: MemoryLogSource) -> bool:
        """Whether there was anything left; some of it is acknowledged now."""
        messages = await survivor.receive(3, 0, 30)
        if messages:
            assert await survivor.acknowledge(messages) == []
            self._note(messages)
        return bool(messages)

    async def _settle(self, what: str, who: int, message: Message, number: int) -> None:
        if what == "release":
            await self.sources[who].release([Release(message, after_seconds=number)])
        elif await self.sources[who].acknowledge([message]) == []:
            self._note([message])

    def _note(self, messages: Sequence[Message]) -> None:
        self.acknowledged |= {message.receipt_handle for message in messages}


@given(
    commit_every_seconds=st.sampled_from([0, 3]),
    steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 1), st.integers(0, 4)), max_size=60),
)
def test_a_checkpoint_never_passes_what_is_not_done_and_never_goes_back(
    commit_every_seconds: int, steps: list[Step]
) -> None:
    clock = ManualClock()

    async def live_it() -> None:
        history = History(clock, commit_every_seconds)
        for what, who, number in steps:
            await history.step(what, who, number)
            assert history.violations() == []
        survivor = await history.survivor()
        while await history.handle_some(survivor):
            assert history.violations() == []
        assert history.group.backlog().total == 0  # done to its end: nothing was lost

    run(live_it(), clock)
