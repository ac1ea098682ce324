"""A stream under load that our daemon and Java workers share: told what happens to them, and what came of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from peers.kinesis.accounts import OUR_OWNERS, Accounts, SharedVerdict, judge
from peers.kinesis.handled import OURS, Handled, handled_by_java, read_handled
from peers.kinesis.kcl.program import Kcl
from peers.kinesis.kcl.worker import QUICKLY, KclSettings, KclWorker
from peers.kinesis.lease_rows import LeaseRows
from peers.kinesis.lease_watch import LeaseWatch
from peers.kinesis.load import LoadProducer, Sent
from peers.kinesis.servers import Servers
from peers.kinesis.stream import KnownShard, TestStream
from peers.kinesis.stream_setup import StreamSetup
from peers.log.daemon import log_daemon
from peers.log.load import Load
from peers.log.phases import Phase, PhaseFigures, figures_of
from peers.programs.maven import NotToBeHad
from peers.programs.watched_daemon import WatchedDaemon

PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.05
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Share:
    """What is shared: a stream of so many shards, and the load of `Scene.send`.

    By default it is a small one: kinesis-local goes through all records of a shard each time that it is read.
    """

    name: str
    shards: int = 4
    load: Load = field(default_factory=lambda: Load(60.0))


@dataclass(frozen=True, slots=True)
class Came:
    """What came of it."""

    verdict: SharedVerdict
    phases: Sequence[PhaseFigures]

    def longest(self, phase: str) -> float:
        """Seconds that a record which was due in it waited at most."""
        return max(figures.longest for figures in self.phases if figures.phase.name == phase)

    def __str__(self) -> str:
        return "\n  ".join([str(self.verdict), *map(str, self.phases)])


class Scene:
    """``with Scene(servers, Share("orders"), directory) as scene: …``. All its processes are gone at the end.

    Whoever starts a daemon does so in the thread that made the scene.
    """

    def __init__(self, servers: Servers, share: Share, directory: Path) -> None:
        self._servers, self._share, self._directory = servers, share, directory
        self._stack = ExitStack()
        self._workers: dict[str, KclWorker] = {}
        self._daemons = 0
        self.stream = TestStream(servers, share.name)
        self.rows = LeaseRows(servers, share.name)
        self.watch = LeaseWatch(self.rows)
        self._producer = LoadProducer(self.stream, share.load)
        self._sending: Future[Sequence[Sent]] | None = None
        self._phases: list[tuple[str, float]] = []

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.stream.create(self._share.shards)
            stack.enter_context(self.watch)
            self._executor = stack.enter_context(ThreadPoolExecutor(1))
            stack.callback(self._producer.stop)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    # --- who is on it

    def java(self, kcl: Kcl, name: str, settings: KclSettings = QUICKLY) -> KclWorker:
        """A worker that runs."""
        worker = KclWorker(kcl, self._servers, self.stream.name, self.rows.name, name, self._directory, settings)
        self._workers[name] = worker
        try:
            self._stack.enter_context(worker)
        except NotToBeHad as missing:
            pytest.skip(f"KCL {kcl}: {missing}")
        return worker

    def ours(self, setup: StreamSetup) -> WatchedDaemon:
        """A daemon that is ready; another one each time."""
        self._daemons += 1
        return self._stack.enter_context(log_daemon(setup, self._directory / f"ours-{self._daemons}"))

    # --- what happens

    def begin(self, phase: str) -> None:
        """What comes now has this name in the figures."""
        self._phases.append((phase, time.time()))

    def send(self) -> None:
        """The load begins, and goes on until `finish`."""
        self._sending = self._executor.submit(self._producer.run)

    def split(self) -> Sequence[KnownShard]:
        """A phase: the first open shard, which is read to its end; its children."""
        self.begin("split")
        parent = self.stream.open_shards()[0].name
        children = self.stream.split(parent)
        self.await_done(parent)
        return children

    def merge(self, shards: Sequence[KnownShard]) -> None:
        """A phase: these two, which are read to their ends."""
        self.begin("merge")
        self.stream.merge(*(shard.name for shard in shards))
        for shard in shards:
            self.await_done(shard.name)

    def wait_until(self, is_so: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> float:
        """How many seconds it took to be so."""
        begun_mono = time.monotonic()
        while not is_so():
            assert time.monotonic() - begun_mono < seconds, f"waited in vain for {what}: {self.shares()}"
            assert self._sending is None or not self._sending.done(), f"the load has ended: {self._sending}"
            time.sleep(LOOK_SECONDS)
        return time.monotonic() - begun_mono

    def shares(self) -> Mapping[str, int]:
        """How many shards that are not done each has: a worker in Java by its name, all of ours together."""
        last = self.watch.last.values()
        owners = [lease.owner for lease in last if not lease.checkpoint.is_end]
        return Counter(OURS if owner.startswith(OUR_OWNERS) else owner or NOBODY for owner in owners)

    def await_shares(self, **wanted: int) -> float:
        """Until each has so many shards; how long it took."""
        return self.wait_until(lambda: self.shares() == wanted, f"shares {wanted}")

    def await_shares_of_all(self, *sides: str) -> float:
        """Until each of these sides has some, and nothing is nobody's."""

        def have_some() -> bool:
            shares = self.shares()
            return NOBODY not in shares and shares.keys() >= set(sides)

        return self.wait_until(have_some, f"something for each of {sides}")

    def await_even(self, owners: int) -> float:
        """Until the shards that are not done are spread evenly over so many owners, each of our workers one of them."""

        def is_even() -> bool:
            counts = Counter(lease.owner for lease in self.watch.last.values() if not lease.checkpoint.is_end)
            return "" not in counts and len(counts) == owners and max(counts.values()) - min(counts.values()) <= 1

        return self.wait_until(is_even, f"even shares of {owners}")

    def owners(self) -> frozenset[str]:
        """Of shards that are not done."""
        return frozenset(lease.owner for lease in self.watch.last.values() if not lease.checkpoint.is_end)

    def await_one_gone(self, before: frozenset[str]) -> float:
        """Until one of these owners, who is dead, has nothing any more, and nothing is nobody's."""
        return self.wait_until(lambda: "" not in self.owners() and not before <= self.owners(), "another owner")

    def await_done(self, shard: str) -> float:
        """Until it is read to its end by whoever has it."""

        def is_done() -> bool:
            lease = self.watch.last.get(shard)
            return lease is not None and lease.checkpoint.is_end

        return self.wait_until(is_done, f"the end of {shard}")

    # --- what came of it

    def handled(self) -> Sequence[Handled]:
        """By all, so far."""
        ours = [run for path in self._directory.glob("ours-*/handled.txt") for run in read_handled(path)]
        return [
            *ours,
            *(run for name, each in self._workers.items() for run in handled_by_java(name, each.events("rec"))),
        ]

    def finish(self) -> Came:
        """No more is sent, and all that was sent is waited for."""
        assert self._sending is not None, "nothing was sent"
        self._producer.stop()
        sent = self._sending.result()
        wanted, self._sending = {(each.key, each.number) for each in sent}, None

        def is_handled() -> bool:
            return wanted <= {(run.key, run.number) for run in self.handled()}

        give_up_mono = time.monotonic() + PATIENCE_SECONDS
        while not is_handled() and time.monotonic() < give_up_mono:
            time.sleep(0.5)  # whatever is still missing then is charged as lost
        handled = self.handled()
        verdict = judge(Accounts(sent, handled, self.watch.looks))
        return Came(verdict, figures_of(self._phases_until(time.time()), sent, handled))

    def _phases_until(self, ended_utc: float) -> Sequence[Phase]:
        begins = [*self._phases, ("", ended_utc)]
        return [
            Phase(name, is_takeover=False, begun_utc=begun_utc, ended_utc=end_utc, names=())
            for (name, begun_utc), (_, end_utc) in pairwise(begins)
        ]
