"""A real daemon on an embedded server's queue, with its whole log at hand."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import psutil

from punctuald.clock import SystemClock
from punctuald.demo.daemon_process import DaemonProcess, running_daemon
from punctuald.demo.line_follower import LineFollower
from punctuald.demo.sandbox import sandbox_environment
from punctuald.demo.servers import REGION

CLOCK = SystemClock()
QUEUE = "bench"
NOTHING = "handlers:nothing"
STAMP = "handlers:stamp"
HANDLER_PATH = Path(__file__).parent
START_SECONDS = 20.0
STOP_SECONDS = 60.0
LOOK_SECONDS = 0.02
EVENT, TRACEBACK = b'{"timestamp"', b"Traceback (most recent call last)"

Event = Mapping[str, Any]


class RigError(RuntimeError):
    """What a measurement needs did not happen."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How the daemon is to run; ``pool``, ``queue`` are settings on top of the defaults, ``sections`` more of TOML;
    ``more_queues`` are set up as the first one is; ``sample`` is that of the log, none in most benchmarks.
    """

    endpoint_url: str
    handler: str = NOTHING
    handler_path: Path = HANDLER_PATH
    queue_name: str = QUEUE
    pool: Mapping[str, float] = field(default_factory=dict)
    queue: Mapping[str, float | str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    sections: str = ""
    more_queues: Sequence[str] = ()
    sample: float = 0

    def toml(self) -> str:
        """The configuration file."""
        return "\n".join(
            [
                "[pool]",
                *(f"{name} = {value}" for name, value in self.pool.items()),
                *(line for name in (self.queue_name, *self.more_queues) for line in self._queue_toml(name)),
                "[logging]",
                'format = "json"',
                f"sample = {self.sample}",
                self.sections,
            ]
        )

    def _queue_toml(self, queue_name: str) -> Sequence[str]:
        return (
            "[[queue]]",
            f'name = "{queue_name}"',
            f'handler = "{self.handler}"',
            f'handler_path = "{self.handler_path}"',
            f'endpoint_url = "{self.endpoint_url}"',
            f'region = "{REGION}"',
            *(f"{name} = {value}" for name, value in self.queue.items()),
        )


class Rig:
    """A daemon that is ready, seen from outside: by its log and its processes."""

    def __init__(self, daemon: DaemonProcess, log: Path) -> None:
        self._daemon = daemon
        self._log = log
        self._follower = LineFollower(log)
        self.events: list[Event] = []
        self.wait_for(lambda: bool(self.named("daemon.ready")), START_SECONDS, "a ready daemon")
        # Now, while all are well: a worker that chaos has killed has no parent to ask for.
        self.supervisor: psutil.Process = psutil.Process(self.live_pids()[0]).parent()

    def refresh(self) -> list[Event]:
        """All events so far."""
        for line in self._follower.new_lines():
            begin = line.find(EVENT)  # not 0 where a worker that crashes writes its stack in pieces meanwhile
            if begin >= 0:
                self.events.append(orjson.loads(line[begin:]))
            elif TRACEBACK in line:  # the daemon's own: it has to be seen
                raise RigError(self._log.read_text(errors="replace")[-3000:])
        return self.events

    def named(self, name: str) -> list[Event]:
        """All events of that name so far."""
        return [event for event in self.refresh() if event["event"] == name]

    def workers(self, name: str) -> list[Event]:
        """All events of that name which tell of a worker, not of the autoscaler."""
        return [event for event in self.named(name) if "worker" in event]

    def live_pids(self) -> list[int]:
        """Workers that are ready and not known to have ended."""
        ended = {event["pid"] for event in self.workers("process.exited")}
        return [pid for event in self.workers("process.ready") if (pid := event["pid"]) not in ended]

    def wait_for(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Raises `RigError` if ``condition`` does not come true in time, or the daemon ends."""
        give_up_mono = CLOCK.mono() + seconds
        while not condition():
            if self._daemon.exit_status is not None or CLOCK.mono() > give_up_mono:
                tail = self._log.read_text(errors="replace")[-3000:]
                raise RigError(f"{what}: not within {seconds:g} s; the log ends:\n{tail}")
            time.sleep(LOOK_SECONDS)

    def ask_snapshot(self) -> None:
        """Have the statistics logged, some milliseconds from now."""
        self.supervisor.send_signal(signal.SIGUSR1)

    def snapshot(self) -> Event:
        """The statistics as of now."""
        before = len(self.named("stats.snapshot"))
        self.ask_snapshot()
        self.wait_for(lambda: len(self.named("stats.snapshot")) > before, START_SECONDS, "a snapshot")
        return self.named("stats.snapshot")[-1]

    def stop(self) -> Event:
        """Drain and stop; returns the final statistics."""
        status = self._daemon.stop(STOP_SECONDS)
        if status != 0:
            raise RigError(f"the daemon ended with status {status}")
        return self.named("stats.final")[-1]


@contextmanager
def rig(setup: Setup, directory: Path) -> Iterator[Rig]:
    """A daemon that is ready; it is gone at the end, whatever happened."""
    config, log = directory / "config.toml", directory / "daemon.log"
    config.write_text(setup.toml())
    with running_daemon(config, log, daemon_environment(setup)) as daemon:
        yield Rig(daemon, log)


def daemon_environment(setup: Setup) -> Mapping[str, str]:
    """What the daemon is started with."""
    return {**sandbox_environment(os.environ, setup.endpoint_url), **setup.environment}


def counters(event: Event, queue: str = QUEUE) -> Mapping[str, int]:
    """One queue's counters in a snapshot."""
    return Counter(event["queues"].get(queue, {}))  # what is zero is left out
