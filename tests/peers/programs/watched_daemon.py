"""The real daemon, told and watched from outside, and surely ended."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import psutil

from control_socket import ControlSocket
from peers.programs.process import TESTS
from punctuald.demo.daemon_process import DaemonProcess, running_daemon
from punctuald.demo.line_follower import LineFollower
from punctuald.demo.sandbox import sandbox_environment

Event = Mapping[str, Any]
Sections = Sequence[tuple[str, Mapping[str, Any]]]
PATIENCE_SECONDS = 60.0
STOP_SECONDS = 60.0
LOOK_SECONDS = 0.02
TRACEBACK = b"Traceback (most recent call last)"


def toml(sections: Sections) -> str:
    """A configuration file: the head of each section, and its settings."""
    return "\n".join(line for head, values in sections for line in (head, *_lines(values)))


def _lines(values: Mapping[str, Any]) -> Sequence[str]:
    return [f"{orjson.dumps(name).decode()} = {orjson.dumps(value).decode()}" for name, value in values.items()]


class WatchedDaemon:
    """One that was started; its directory may be a former one's, whose log and accounts then go on."""

    def __init__(self, process: DaemonProcess, directory: Path, control: ControlSocket) -> None:
        self._process = process
        self._directory = directory
        self.control = control
        self._follower = LineFollower(directory / "daemon.log")
        self._events: list[Event] = []

    @property
    def handled_path(self) -> Path:
        """What its handlers have written."""
        return self._directory / "handled.txt"

    # --- what it says

    def events(self, name: str, **fields: Any) -> list[Event]:
        """All so far of that name and with those fields."""
        for line in self._follower.new_lines():
            assert TRACEBACK not in line, self.last_words()
            self._events.append(orjson.loads(line))
        return [
            event
            for event in self._events
            if event["event"] == name and all(event.get(key) == value for key, value in fields.items())
        ]

    def lines(self) -> int:
        """How many it has logged."""
        self.events("")
        return len(self._events)

    def names(self, since: int = 0) -> list[str]:
        """Of the events after the first ``since``."""
        self.events("")
        return [event["event"] for event in self._events[since:]]

    def last_words(self) -> str:
        """The end of its log."""
        return (self._directory / "daemon.log").read_text(errors="replace")[-6000:]

    def wait_until(self, condition: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Fails with the end of the log."""
        give_up_mono = time.monotonic() + seconds
        while not condition():
            alive = self._process.exit_status is None
            assert alive or condition(), f"it ended while waiting for {what}:\n{self.last_words()}"
            assert time.monotonic() < give_up_mono, f"waited in vain for {what}; the log ends:\n{self.last_words()}"
            time.sleep(LOOK_SECONDS)

    def wait_for(self, name: str, *, count: int = 1, **fields: Any) -> Event:
        """The ``count``-th event of that kind, awaited."""
        self.wait_until(lambda: len(self.events(name, **fields)) >= count, f"{count} of {name} {fields}")
        return self.events(name, **fields)[count - 1]

    # --- its processes

    def workers(self) -> list[int]:
        """The pids of those that are ready and not reaped."""
        ended = {event["pid"] for event in self.events("process.exited")}
        return [e["pid"] for e in self.events("process.ready") if "worker" in e and e["pid"] not in ended]

    @property
    def supervisor(self) -> psutil.Process:
        """Not the shell of whoever started it."""
        return psutil.Process(psutil.Process(self.workers()[0]).ppid())

    def tell(self, number: signal.Signals) -> None:
        """A signal for the supervisor."""
        self.supervisor.send_signal(number)

    def snapshot(self) -> Event:
        """The statistics as of now, of the daemon's only source."""
        before = len(self.events("stats.snapshot"))
        self.tell(signal.SIGUSR1)
        self.wait_until(lambda: len(self.events("stats.snapshot")) > before, "a snapshot")
        return self.events("stats.snapshot")[-1]

    def stop(self) -> float:
        """Drain and stop; how many seconds that took."""
        begun_mono = time.monotonic()
        status = self._process.stop(STOP_SECONDS)
        assert status == 0, f"it ended with status {status}:\n{self.last_words()}"
        return time.monotonic() - begun_mono

    def kill(self) -> None:
        """The supervisor alone; whoever is below it has to find out."""
        os.kill(self.supervisor.pid, signal.SIGKILL)

    def kill_all(self) -> None:
        """The supervisor, and at once all that are below it."""
        self._process.kill()


@contextmanager
def watched_daemon(
    configuration: str, directory: Path, environ: Mapping[str, str], until: str = "daemon.ready"
) -> Iterator[WatchedDaemon]:
    """One that is ready, or as far as ``until``; it is gone at the end, whatever happened. ``environ`` is added to our
    own, but for what would lead to a real AWS."""
    directory.mkdir(parents=True, exist_ok=True)
    config, log = directory / "config.toml", directory / "daemon.log"
    config.write_text(configuration)
    path = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
    control = ControlSocket(directory, config)
    ours = {**sandbox_environment(os.environ, "http://127.0.0.1"), "PYTHONPATH": path}
    whole_environ = {**ours, **control.environ, **environ}
    before = log.read_bytes().count(f'"{until}"'.encode()) if log.exists() else 0
    with running_daemon(config, log, whole_environ) as process:
        daemon = WatchedDaemon(process, directory, control)
        daemon.wait_for(until, count=before + 1)
        yield daemon
