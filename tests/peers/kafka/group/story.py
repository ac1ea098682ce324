"""A story: a load on a topic, what is done to the daemon that reads it meanwhile, and what came of it."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from peers.kafka.accounts import Accounts, judge
from peers.kafka.commit_watch import CommitWatch
from peers.kafka.handled import read_handled
from peers.kafka.load import LoadProducer, Sent
from peers.kafka.server import KafkaServer
from peers.log.daemon import log_daemon
from peers.log.load import Load
from peers.log.phases import Phase, PhaseFigures, figures_of
from peers.log.verdict import Verdict
from peers.programs.watched_daemon import WatchedDaemon

from .topic_setup import TopicSetup

PARTITIONS = 8
KEYS = 64
CATCH_UP_SECONDS = 40.0
BROKER_DOWN_SECONDS = 20.0
BROKER_FROZEN_SECONDS = 30.0
WORKER_FROZEN_SECONDS = 9.0


class Act(StrEnum):
    """What happens. Those of `TAKEOVERS` leave partitions with nobody until a session has timed out."""

    BEGIN = "nothing"
    OUT = "one worker more"
    IN = "one worker fewer"
    RELOAD = "SIGHUP"
    RESTART = "stop and start"
    KILL_WORKER = "kill -9 of a worker"
    KILL_SUPERVISOR = "kill -9 of the supervisor, and start"
    FREEZE_WORKER = "a worker stands still"
    KILL_BROKER = "broker dead"
    FREEZE_BROKER = "broker frozen"


TAKEOVERS = frozenset({Act.KILL_WORKER, Act.KILL_SUPERVISOR, Act.FREEZE_WORKER, Act.KILL_BROKER, Act.FREEZE_BROKER})


@dataclass(frozen=True, slots=True)
class Story:
    """``steps``: each begins so many seconds after the one before, and has ``pauses`` till the next."""

    name: str
    per_second: float
    steps: Sequence[tuple[Act, float]]
    topic: Mapping[str, object] = field(default_factory=dict)
    pool: Mapping[str, object] = field(default_factory=dict)
    handler: str = "peers.kafka.handled:write"
    handler_seconds: float = 0.0
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def records(self) -> int:
        """How many are sent meanwhile."""
        return round(self.per_second * sum(seconds for _, seconds in self.steps))


@dataclass(frozen=True, slots=True)
class Told:
    """What came of it."""

    verdict: Verdict
    phases: Sequence[PhaseFigures]
    stop_seconds: float

    def __str__(self) -> str:
        rows = [str(self.verdict), *map(str, self.phases), f"stopped in {self.stop_seconds:.1f} s"]
        return "\n  ".join(rows)


class Telling:
    """One run of a story. Daemons are started by the thread that calls `run`."""

    def __init__(self, kafka: KafkaServer, story: Story, directory: Path) -> None:
        self._kafka = kafka
        self._story = story
        self._directory = directory
        self._setup = TopicSetup(
            kafka.bootstrap(),
            story.name,
            topic=story.topic,
            pool=story.pool,
            handler=story.handler,
            environ=story.environ,
        )
        self._random = random.Random(1)  # noqa: S311 - a draw that can be repeated
        self._phases: list[Phase] = []
        self._acts: Mapping[Act, Callable[[ExitStack], None]] = {
            Act.BEGIN: lambda _: None,
            Act.OUT: lambda _: self.daemon.control.scale_by(1),
            Act.IN: lambda _: self.daemon.control.scale_by(-1),
            Act.RELOAD: lambda _: self.daemon.tell(signal.SIGHUP),
            Act.RESTART: self._restart,
            Act.KILL_WORKER: lambda _: os.kill(self._a_worker(), signal.SIGKILL),
            Act.KILL_SUPERVISOR: self._kill_supervisor,
            Act.FREEZE_WORKER: lambda _: self._freeze_worker(),
            Act.KILL_BROKER: lambda _: self._kill_broker(),
            Act.FREEZE_BROKER: lambda _: self._freeze_broker(),
        }

    def run(self) -> Told:
        """From the first record to the verdict."""
        name = self._story.name
        self._kafka.create_topic(name, PARTITIONS)
        with ExitStack() as stack, ThreadPoolExecutor(1) as executor:
            watch = stack.enter_context(CommitWatch(self._kafka, name, name, PARTITIONS))
            self._start(stack)
            self._await_all_partitions()
            producer = LoadProducer(self._kafka.client_settings(), name, Load(self._story.per_second, KEYS))
            sending = executor.submit(producer.run, self._story.records)
            self._take_steps(stack)
            sent = self._caught_up(sending)
            stop_seconds = self.daemon.stop()
        handled = read_handled(self.daemon.handled_path)
        accounts = Accounts(sent, handled, watch.looks, self._story.handler_seconds)
        return Told(judge(accounts), figures_of(self._phases, sent, handled), stop_seconds)

    def _start(self, stack: ExitStack) -> None:
        self.daemon: WatchedDaemon = stack.enter_context(log_daemon(self._setup, self._directory))

    def _await_all_partitions(self) -> None:
        self.daemon.wait_until(lambda: self._owned() == PARTITIONS, "all partitions to be somebody's")

    def _owned(self) -> int:
        gained, lost = self.daemon.events("kafka.partitions_gained"), self.daemon.events("kafka.partitions_revoked")
        counts: list[int] = [*(event["count"] for event in gained), *(-event["count"] for event in lost)]
        return sum(counts)

    def _take_steps(self, stack: ExitStack) -> None:
        due_mono = time.monotonic()
        for act, seconds in self._story.steps:
            begun = self.daemon.lines()
            begun_utc = time.time()
            self._acts[act](stack)
            due_mono += seconds
            time.sleep(max(0.0, due_mono - time.monotonic()))
            names = self.daemon.names(begun)
            self._phases.append(Phase(act.value, act in TAKEOVERS, begun_utc, time.time(), names))

    def _caught_up(self, sending: Future[Sequence[Sent]]) -> Sequence[Sent]:
        sent = sending.result()
        name = self._story.name
        self.daemon.wait_until(lambda: self._kafka.lag(name, name) == 0, "an end of the lag", CATCH_UP_SECONDS)
        return sent

    # --- what happens

    def _a_worker(self) -> int:
        self.daemon.wait_until(lambda: bool(self.daemon.workers()), "a worker")
        workers = self.daemon.workers()
        return workers[self._random.randrange(len(workers))]

    def _restart(self, stack: ExitStack) -> None:
        self.daemon.stop()
        self._start(stack)

    def _kill_supervisor(self, stack: ExitStack) -> None:
        self.daemon.kill()
        self._start(stack)

    def _freeze_worker(self) -> None:
        pid = self._a_worker()
        os.kill(pid, signal.SIGSTOP)
        time.sleep(WORKER_FROZEN_SECONDS)
        os.kill(pid, signal.SIGCONT)

    def _kill_broker(self) -> None:
        self._kafka.kill()
        time.sleep(BROKER_DOWN_SECONDS)
        self._kafka.start()

    def _freeze_broker(self) -> None:
        self._kafka.freeze()
        time.sleep(BROKER_FROZEN_SECONDS)
        self._kafka.thaw()
