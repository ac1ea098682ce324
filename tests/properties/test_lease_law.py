"""The laws of leases, over random stories of a fleet on one table: deaths, freezes, outages, lost answers, joins,
orderly ends, splits and merges, and workers of KCL 2.x and 3.x beside ours.

LEASE_STORIES says how many stories are tried (15); `make test-long` tries 100.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from captured_logs import capture_logs
from doubles.kinesis.lease_fleet import STREAM, Fleet, Worker
from doubles.kinesis.other_workers import Kcl2Worker, Kcl3Worker
from doubles.virtual_loop import run
from punctuald.clock import ManualClock
from punctuald.policy.leases.checkpoint import Checkpoint
from punctuald.policy.leases.lease import Lease, lease_in

STORIES = int(os.environ.get("LEASE_STORIES", "15"))
FAILOVER = STREAM.failover_seconds
TAKEN_SECONDS = FAILOVER + 2
HAND_OVER_SECONDS = 1.5
"""An owner hears that it is asked by somebody who is dead, and leaves it; from then on nobody has it."""
QUIET_SECONDS = 60.0

ACTIONS = ("join", "kill", "close", "freeze", "away", "throttle", "drop_answers", "split", "merge", "kcl2", "kcl3")


@dataclass(frozen=True)
class Step:
    """After ``wait_seconds``, ``action`` upon the ``which``-th of whatever it is for, for ``seconds``."""

    wait_seconds: float
    action: str
    which: int
    seconds: float


steps = st.lists(
    st.builds(
        Step,
        st.sampled_from([0.0, 0.3, 1.0, 2.5, 7.0, 13.0]),
        st.sampled_from(ACTIONS),
        st.integers(0, 5),
        st.sampled_from([0.4, 2.0, 6.0, 12.0, 25.0]),
    ),
    min_size=1,
    max_size=9,
)


@dataclass
class Story:
    """A fleet, what happens to it, and what must hold at every moment and in the end."""

    fleet: Fleet
    others: list[Kcl2Worker | Kcl3Worker] = field(default_factory=list)
    next_shard: int = 0
    checkpoints: dict[str, Checkpoint] = field(default_factory=dict)
    seen_writes: int = 0
    joined: int = 0
    number: int = 0

    @property
    def alive(self) -> list[Worker]:
        return [worker for worker in self.fleet.workers if worker.is_alive]

    async def tell(self, step: Step) -> None:
        await asyncio.sleep(step.wait_seconds)
        await getattr(self, step.action)(step)
        self.settle_some()

    async def join(self, step: Step) -> None:  # noqa: ARG002
        if len(self.alive) < 5:
            self.joined += 1
            await self.fleet.join(f"w{self.joined}", members=len(self.alive) + 1)

    async def kill(self, step: Step) -> None:
        if len(self.alive) > 1:
            await self.alive[step.which % len(self.alive)].kill()

    async def close(self, step: Step) -> None:
        if len(self.alive) > 1:
            worker = self.alive[step.which % len(self.alive)]
            worker.is_alive = False
            await worker.leases.close()
            worker.reader.reads.clear()

    async def away(self, step: Step) -> None:
        await self._for_a_while(step, "is_away")

    async def throttle(self, step: Step) -> None:
        await self._for_a_while(step, "throttles")

    async def freeze(self, step: Step) -> None:
        """Nothing it asks is answered for so long; what it asks afterwards is."""
        await self._for_a_while(step, "pauses")

    async def drop_answers(self, step: Step) -> None:
        self.alive[step.which % len(self.alive)].view.drop_answers += 1 + step.which

    async def split(self, step: Step) -> None:
        if open_shards := self._held_and_open():
            parent = open_shards[step.which % len(open_shards)]
            children = [self._new_shard(parent), self._new_shard(parent)]
            await self._end(parent, children)

    async def merge(self, step: Step) -> None:  # noqa: ARG002
        if len(open_shards := self._held_and_open()) > 1:
            child = self._new_shard(*open_shards[:2])
            for parent in open_shards[:2]:
                await self._end(parent, [child])

    async def kcl2(self, step: Step) -> None:
        await self._other(Kcl2Worker(f"kcl2-{len(self.others)}", self.fleet), step)

    async def kcl3(self, step: Step) -> None:
        await self._other(Kcl3Worker(f"kcl3-{len(self.others)}", self.fleet), step)

    async def _other(self, worker: Kcl2Worker | Kcl3Worker, step: Step) -> None:
        self.others.append(worker)
        worker.start()
        asyncio.get_running_loop().call_later(step.seconds, worker.kill)

    async def _for_a_while(self, step: Step, what: str) -> None:
        worker = self.alive[step.which % len(self.alive)]
        setattr(worker.view, what, True)
        asyncio.get_running_loop().call_later(step.seconds, setattr, worker.view, what, False)

    def _held_and_open(self) -> list[str]:
        held = {shard for worker in self.alive for shard in worker.held & worker.reader.reads.keys()}
        return sorted(shard for shard in held if self.fleet.shards.shards[shard].is_open)

    def _new_shard(self, *parents: str) -> str:
        self.next_shard += 1
        return self.fleet.shards.add(self.next_shard, *parents)

    async def _end(self, parent: str, children: list[str]) -> None:
        """Each reader of it, now and later, comes to its end and says so; whether children are named is luck."""
        named = children if self.next_shard % 2 else []
        self.fleet.ends[parent] = named

    def settle_some(self) -> None:
        for worker in self.alive:
            for shard in worker.held & worker.reader.reads.keys():
                self.number += 1
                worker.reader.settle(shard, self.number)

    def check(self) -> None:
        """At every turn of the loop."""
        for shard in self.fleet.shards.shards:
            readers = [worker for worker in self.alive if shard in worker.reader.reads and worker.leases.holds(shard)]
            assert len(readers) <= 1, f"{shard} is read by {[reader.name for reader in readers]}"
            if readers:
                self._parents_have_ended(shard)
        for key, row in self.fleet.table.writes[self.seen_writes :]:
            if (lease := lease_in(row)) is not None:
                assert lease.checkpoint >= self.checkpoints.get(key, lease.checkpoint), f"{key} goes back"
                self.checkpoints[key] = lease.checkpoint
        self.seen_writes = len(self.fleet.table.writes)

    def _parents_have_ended(self, shard: str) -> None:
        for parent in self.fleet.shards.shards[shard].parents:
            row = self.fleet.table.rows.get(parent)
            assert row is None or row["checkpoint"] == "SHARD_END", f"{shard} is read before {parent} has ended"

    async def come_to_rest(self) -> None:
        """All faults are over, and nothing else happens."""
        for other in self.others:
            other.kill()
        for worker in self.alive:
            worker.view.heal()
        before = self.to_read()
        await asyncio.sleep(TAKEN_SECONDS + HAND_OVER_SECONDS)
        assert before & self.to_read() <= self.read(), "not taken within the failover time and 2 s"

    def read(self) -> set[str]:
        return {shard for worker in self.alive for shard in worker.held & worker.reader.reads.keys()}

    def to_read(self) -> set[str]:
        rows = self.rows()
        return {
            key
            for key, lease in rows.items()
            if not lease.is_ended and all(parent not in rows or rows[parent].is_ended for parent in lease.parents)
        }

    def rows(self) -> dict[str, Lease]:
        return {key: lease for key, row in self.fleet.table.rows.items() if (lease := lease_in(row)) is not None}

    def open_shards(self) -> set[str]:
        return {name for name, shard in self.fleet.shards.shards.items() if shard.is_open}

    def moves(self) -> int:
        """How often a worker was told anything of a lease, so far."""
        return sum(len(worker.reader.told) for worker in self.fleet.workers)


@dataclass(frozen=True)
class Rest:
    """How things are long after the last fault. ``moves`` are those of the last minute."""

    read: set[str]
    to_read: set[str]
    open_shards: set[str]
    moves: int
    counts: list[int]


async def told(clock: ManualClock, story_steps: list[Step]) -> Rest:
    """What must hold at every moment is asserted at every turn of the loop."""
    fleet = Fleet(clock, shards=5)
    story = Story(fleet, next_shard=4)
    loop = asyncio.get_running_loop()
    await fleet.join("first", members=2)
    await fleet.join("second", members=2)
    loop.on_turn = story.check  # type: ignore[attr-defined]
    for step in story_steps:
        await story.tell(step)
    await story.come_to_rest()
    await asyncio.sleep(2 * TAKEN_SECONDS)  # for each generation of shards that ended meanwhile, and its children
    read, to_read, open_shards = story.read(), story.to_read(), story.open_shards()
    await asyncio.sleep(QUIET_SECONDS)
    before = story.moves()
    await asyncio.sleep(QUIET_SECONDS)
    counts = [len(worker.held) for worker in story.alive]
    return Rest(read, to_read, open_shards, story.moves() - before, counts)


@given(steps)
@settings(max_examples=STORIES, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_the_laws_of_leases_hold_in_every_story(story_steps: list[Step]) -> None:
    clock = ManualClock()
    with capture_logs():
        rest = run(told(clock, story_steps), clock)
    assert rest.read == rest.to_read
    assert rest.open_shards <= rest.to_read, "one is left out whose parents are done with"
    assert rest.moves == 0, "leases are moved about for ever"
    assert max(rest.counts) - min(rest.counts) <= 1
