"""One thing after another happens to a stream and to those who share it; what comes next is drawn."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from random import Random

from peers.kinesis.accounts import OUR_OWNERS
from peers.kinesis.kcl.program import Kcl
from peers.kinesis.kcl.worker import KclWorker
from peers.kinesis.servers import Servers
from peers.kinesis.sharing.scene import Scene
from peers.kinesis.sharing.settings import setup_of
from peers.kinesis.stream import KnownShard
from peers.programs.watched_daemon import WatchedDaemon

QUIET_SECONDS = 3.0
MOST_OPEN_SHARDS = 6


class Act(StrEnum):
    """What can happen."""

    JAVA_JOINS = "a Java worker joins"
    JAVA_STOPS = "a Java worker stops"
    JAVA_KILLED = "kill -9 of a Java worker"
    OURS_START = "ours start"
    OURS_STOP = "ours stop"
    OURS_KILLED = "kill -9 of all of ours"
    WORKER_KILLED = "kill -9 of a worker of ours"
    SPLIT = "split"
    MERGE = "merge"


class Journey:
    """``begin`` once, then ``go_on`` as often as there is time. Somebody is always there to go on."""

    def __init__(self, scene: Scene, servers: Servers, kcl: Kcl, draw: Random) -> None:
        self._scene, self._servers, self._kcl, self._draw = scene, servers, kcl, draw
        self._java: list[KclWorker] = []
        self._ours: list[WatchedDaemon] = []
        self._java_count = 0
        self._acts: Mapping[Act, Callable[[], None]] = {
            Act.JAVA_JOINS: self._java_joins,
            Act.JAVA_STOPS: lambda: self._a_java().stop(),
            Act.JAVA_KILLED: lambda: self._a_java().kill(),
            Act.OURS_START: self._ours_start,
            Act.OURS_STOP: self._ours_stop,
            Act.OURS_KILLED: lambda: self._ours.pop().kill_all(),
            Act.WORKER_KILLED: self._worker_killed,
            Act.SPLIT: self._split,
            Act.MERGE: self._merge,
        }

    def begin(self) -> None:
        """Both sides are there, and records come."""
        self._scene.rows.create(self._scene.stream.open_shards())
        self._java_joins()
        self._ours_start()
        self._scene.send()

    def go_on(self) -> None:
        """One act; returns when each open shard is somebody's who lives, and a while later."""
        act = self._draw.choice([act for act in Act if self._is_possible(act)])
        self._scene.begin(act)
        self._acts[act]()
        self._scene.wait_until(self._is_calm, f"calm after {act}", seconds=120.0)
        time.sleep(QUIET_SECONDS)

    def _is_possible(self, act: Act) -> bool:
        open_shards = len(self._scene.stream.open_shards())
        others = len(self._java) + len(self._ours) > 1
        return {
            Act.JAVA_JOINS: len(self._java) < 2,
            Act.JAVA_STOPS: bool(self._java) and others,
            Act.JAVA_KILLED: bool(self._java) and others,
            Act.OURS_START: not self._ours,
            Act.OURS_STOP: bool(self._ours) and others,
            Act.OURS_KILLED: bool(self._ours) and others,
            Act.WORKER_KILLED: bool(self._ours),
            Act.SPLIT: open_shards < MOST_OPEN_SHARDS,
            Act.MERGE: open_shards > 2,
        }[act]

    def _is_calm(self) -> bool:
        """Each open shard is somebody's who lives, and all others are done."""
        return all(map(self._is_as_it_should, self._scene.stream.shards())) and all(
            map(self._lives, self._scene.owners())
        )

    def _is_as_it_should(self, shard: KnownShard) -> bool:
        """The lease of one that is done may be gone: KCL deletes it after a while."""
        lease = self._scene.watch.last.get(shard.name)
        return not shard.is_open if lease is None else lease.checkpoint.is_end != shard.is_open

    def _lives(self, owner: str) -> bool:
        """A killed worker of ours counts as living as long as its daemon does."""
        return bool(self._ours) if owner.startswith(OUR_OWNERS) else owner in {worker.name for worker in self._java}

    def _a_java(self) -> KclWorker:
        """Who is one of them no longer."""
        return self._java.pop(self._draw.randrange(len(self._java)))

    def _java_joins(self) -> None:
        self._java_count += 1
        self._java.append(self._scene.java(self._kcl, f"java-{self._java_count}"))

    def _ours_start(self) -> None:
        self._ours.append(self._scene.ours(setup_of(self._servers, self._scene.rows.name)))

    def _ours_stop(self) -> None:
        self._ours.pop().stop()

    def _worker_killed(self) -> None:
        [daemon] = self._ours
        daemon.wait_until(lambda: bool(daemon.workers()), "a worker")
        os.kill(self._draw.choice(daemon.workers()), signal.SIGKILL)

    def _split(self) -> None:
        self._scene.stream.split(self._draw.choice(self._scene.stream.open_shards()).name)

    def _merge(self) -> None:
        shards = self._scene.stream.open_shards()
        at = self._draw.randrange(len(shards) - 1)
        self._scene.stream.merge(shards[at].name, shards[at + 1].name)
