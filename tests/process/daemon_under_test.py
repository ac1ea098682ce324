"""The real daemon as a process of its own: configured, started, told, watched by its log, and surely ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import psutil

from control_socket import ControlSocket
from process import canaries
from process.given import PRELUDE, config_text, queue_text
from punctuald.clock import SystemClock
from punctuald.demo import tethered
from punctuald.demo.daemon_process import kill_tree
from punctuald.demo.line_follower import LineFollower
from punctuald.demo.queues import connect, create_queue
from punctuald.demo.servers import TEST_CREDENTIALS
from punctuald.source.sqs.names import dead_letter_name, queue_name

Event = Mapping[str, Any]
CANARY: Mapping[str, Any] = {"canary": {"DataType": "String", "StringValue": canaries.ATTRIBUTE}}

CLOCK = SystemClock()
TETHERED = (sys.executable, "-P", tethered.__file__)
PATIENCE_SECONDS = 25.0
"""For what surely comes: only a failing test waits so long."""
LOOK_SECONDS = 0.02


class SecondQueue(NamedTuple):
    """Beside the daemon's own."""

    name: str
    url: str


class DaemonUnderTest:
    """``punctuald run`` on a queue of its own; its handler module is ``work`` in the same directory.

    ``environ`` comes on top of the test's own environment at each start. A message that was received ``receives`` times
    goes to the dead-letter queue: by default so many that the queue's own redrive never comes first. ``redirections``
    are a shell's: where its output goes instead of to the log and the errors that are watched here.
    """

    def __init__(
        self,
        directory: Path,
        endpoint_url: str,
        environ: Mapping[str, str],
        *,
        fifo: bool = False,
        receives: int = 50,
    ) -> None:
        self.directory = directory
        self.config_path = directory / "config.toml"
        self.control = ControlSocket(directory, self.config_path)
        self._environ = environ
        self.queue = queue_name(f"orders-{uuid.uuid4().hex[:8]}", fifo=fifo)
        self.url = create_queue(endpoint_url, self.queue, fifo=fifo, dead_letter=receives)
        self._endpoint_url = endpoint_url
        self._log = directory / "log.jsonl"
        self._errors = directory / "errors.txt"
        self.redirections = ""
        self._follower = LineFollower(self._log)
        self._events: list[Event] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._bodies: set[str] = set()

    # --- before the start

    def write_handler(self, source: str, module: str = "work") -> None:
        """A module with `PRELUDE`'s names at hand."""
        (self.directory / f"{module}.py").write_text(PRELUDE + source)

    def configure(self, **sections: Mapping[str, Any]) -> None:
        """`QUICK` with the given settings on top."""
        own = {"name": self.queue, "endpoint_url": self._endpoint_url}
        self.write_config(config_text({**sections, "queue": {**own, **sections.get("queue", {})}}))

    def second_queue(self) -> SecondQueue:
        """Another queue beside its own, for `configure_both`; without a dead-letter queue."""
        name = queue_name(f"invoices-{uuid.uuid4().hex[:8]}", fifo=False)
        self.second = SecondQueue(name, create_queue(self._endpoint_url, name, fifo=False))
        return self.second

    def configure_both(self, first: Mapping[str, Any] | None = None, **second: Any) -> None:
        """As `configure`, with `second_queue` too; each with the given settings on top of `QUICK`'s."""
        self.configure(queue=first or {})
        own = {"name": self.second.name, "endpoint_url": self._endpoint_url}
        self.write_config(self.config_path.read_text() + "\n" + queue_text({**own, **second}))

    def write_config(self, text: str) -> None:
        """Just that."""
        self.config_path.write_text(text)

    def launch(self, **environ: str) -> None:
        """Start it and don't wait."""
        self.launch_in(self.directory, str(self.config_path), **environ)

    @property
    def usual_environment(self) -> Mapping[str, str]:
        """With a control socket in its own directory: one that is killed would leave it in the machine's."""
        return {**os.environ, **TEST_CREDENTIALS, **canaries.CREDENTIALS, **self.control.environ}

    def launch_in(self, folder: Path, path: str, **environ: str) -> None:
        """The same with another folder as its own, and the configuration's path from there."""
        with self._log.open("ab") as log, self._errors.open("ab") as errors:
            self._process = subprocess.Popen(
                [
                    *("sh", "-c", f'exec "$@" {self.redirections}', "sh"),
                    *(*TETHERED, str(os.getpid()), "punctuald", "run", "-c", path),
                ],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=errors,
                env={**self.usual_environment, **self._environ, **environ},
                start_new_session=True,  # Ctrl-C is for the tests
            )

    def start(self, handler: str, **sections: Mapping[str, Any]) -> None:
        """Configure it, start it, and wait until it is ready."""
        self.write_handler(handler)
        self.configure(**sections)
        self.launch()
        self.wait_for("daemon.ready")

    # --- its queue

    @cached_property
    def client(self) -> Any:
        """Somebody else's client."""
        return connect(self._endpoint_url)

    def send(self, *bodies: str, url: str = "") -> list[str]:
        """To its own queue, or to the one with this ``url``; returns the messages' ids."""
        self._bodies.update(bodies)
        return [
            self.client.send_message(QueueUrl=url or self.url, MessageBody=body, MessageAttributes=CANARY)["MessageId"]
            for body in bodies
        ]

    def send_to_group(self, group: str, *bodies: str) -> list[str]:
        """In this order; returns the messages' ids."""
        ids: list[str] = []
        self._bodies.update(bodies)
        for body in bodies:
            sent = self.client.send_message(
                QueueUrl=self.url, MessageBody=body, MessageGroupId=group, MessageDeduplicationId=uuid.uuid4().hex
            )
            ids.append(sent["MessageId"])
        return ids

    def receive(self, wait_seconds: int = 2) -> list[str]:
        """The ids of what somebody else is given now."""
        answer = self.client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds)
        return [message["MessageId"] for message in answer.get("Messages", ())]

    def dead_letter(self) -> tuple[str, str]:
        """Body and reason of the first message that comes to the dead-letter queue."""
        url = self.client.get_queue_url(QueueName=dead_letter_name(self.queue))["QueueUrl"]
        found: list[Any] = []

        def arrived() -> bool:
            answer = self.client.receive_message(QueueUrl=url, MessageAttributeNames=["All"])
            found.extend(answer.get("Messages", ()))
            return bool(found)

        self.wait_until(arrived, "a dead letter")
        return found[0]["Body"], found[0]["MessageAttributes"]["punctuald.reason"]["StringValue"]

    def dead_letters_waiting(self) -> int:
        """How many there are now."""
        url = self.client.get_queue_url(QueueName=dead_letter_name(self.queue))["QueueUrl"]
        names = ["ApproximateNumberOfMessages"]
        return int(self.client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"][names[0]])

    # --- what it says

    def events(self, name: str, **fields: Any) -> list[Event]:
        """All so far of that name and with those fields."""
        self._events += [orjson.loads(line) for line in self._follower.new_lines()]  # a line that is no JSON fails here
        return [
            event
            for event in self._events
            if event["event"] == name and all(event.get(key) == value for key, value in fields.items())
        ]

    def wait_for(self, name: str, *, count: int = 1, **fields: Any) -> Event:
        """The ``count``-th event of that kind, awaited."""
        self.wait_until(lambda: len(self.events(name, **fields)) >= count, f"{count} of {name} {fields}")
        return self.events(name, **fields)[count - 1]

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Fails with the end of the log."""
        give_up_mono = CLOCK.mono() + PATIENCE_SECONDS
        while not condition():
            assert CLOCK.mono() < give_up_mono, f"waited in vain for {what}; the log ends:\n{self.told()[-6000:]}"
            time.sleep(LOOK_SECONDS)

    def wait_done(self, ids: list[str]) -> None:
        """Until each of the messages was handled and acknowledged."""
        for message_id in ids:
            self.wait_for("message.done", message_id=message_id)

    def wait_until_polls_are_long(self) -> None:
        """Until some found nothing: on an idle queue those that follow are of full length."""

        def some_were_empty() -> bool:
            self.signal(signal.SIGUSR1)
            snapshots = self.events("stats.snapshot")
            return bool(snapshots) and snapshots[-1]["queues"][self.queue].get("receive_empty", 0) >= 3

        self.wait_until(some_were_empty, "polls of full length")

    def told(self) -> str:
        """Everything that it wrote, to either stream."""
        return self._log.read_text() + self._errors.read_text()

    def leaks(self) -> list[str]:
        """What it wrote, to either stream, and must not have written."""
        return canaries.leaks(self._log.read_text(), self._errors.read_text(), self._bodies) if self._process else []

    def notes(self, word: str) -> list[tuple[str, int]]:
        """Body and process of each note of the handler's with that word."""
        path = self.directory / "notes"
        lines = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        return [(body, int(pid)) for said, body, pid in lines if said == word]

    def wait_noted(self, word: str, count: int = 1) -> None:
        """Until the handler wrote it so often."""
        self.wait_until(lambda: len(self.notes(word)) >= count, f"{count} of {word} among the handler's notes")

    def let_go(self) -> None:
        """End the handlers' ``hold()``."""
        (self.directory / "let_go").touch()

    # --- what it is asked

    def ask(self, verb: str, **arguments: object) -> Mapping[str, Any]:
        """Its answer at the control socket, as soon as it listens there."""
        return self.control.ask(verb, **arguments)

    def scale(self, workers: int | None) -> None:
        """As `punctuald scale`; None = auto."""
        self.ask("scale", workers=workers)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """``punctuald`` with these words about this daemon, run to its end."""
        return subprocess.run(
            [sys.executable, "-m", "punctuald", *words, "-c", str(self.config_path)],
            env=self.usual_environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    # --- its processes

    @property
    def pid(self) -> int:
        """Of the supervisor."""
        assert self._process is not None
        return self._process.pid

    def signal_until_passed_on(self, number: signal.Signals, worker: int, count: int) -> None:
        """To the supervisor, until it has signalled the worker ``count`` times: a repetition counts after a second."""

        def passed_on() -> bool:
            self.signal(number)
            return len(self.events("process.signalled", pid=worker)) >= count

        self.wait_until(passed_on, f"{number.name} to be passed on")

    def signal(self, number: signal.Signals) -> None:
        """To the supervisor."""
        os.kill(self.pid, number)

    def workers(self) -> list[int]:
        """The pids of those that are ready and not reaped."""
        ended = {event["pid"] for event in self.events("process.exited")}
        return [e["pid"] for e in self.events("process.ready") if "worker" in e and e["pid"] not in ended]

    def autoscalers(self) -> list[int]:
        """The pid of the one that is ready and not reaped, if there is one."""
        return self._companions("autoscaler")

    def observers(self) -> list[int]:
        """As `autoscalers`."""
        return self._companions("observer")

    def worker(self) -> int:
        """The pid of the only one, awaited: of a successor, too, where one ended."""
        return self._only(self.workers, "worker")

    def autoscaler(self) -> int:
        """As `worker`. That the daemon is ready says nothing of it: it and the observer may come later."""
        return self._only(self.autoscalers, "autoscaler")

    def observer(self) -> int:
        """As `autoscaler`."""
        return self._only(self.observers, "observer")

    def _only(self, pids: Callable[[], list[int]], role: str) -> int:
        self.wait_until(lambda: len(pids()) == 1, f"one {role}")
        return pids()[0]

    def _companions(self, role: str) -> list[int]:
        ended = {event["pid"] for event in self.events("process.exited")}
        return [e["pid"] for e in self.events("process.ready", role=role) if e["pid"] not in ended]

    def tree(self) -> list[psutil.Process]:
        """The supervisor and everything below it."""
        supervisor = psutil.Process(self.pid)
        return [supervisor, *supervisor.children(recursive=True)]

    def wait_exit(self) -> int:
        """Its exit status."""
        assert self._process is not None
        try:
            return self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not end; the log ends:\n{self.told()[-6000:]}") from None

    def kill(self) -> None:
        """Whatever is left of it."""
        if self._process is None:
            return
        kill_tree(self._process)


def survivors(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that are still there a good while later."""
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE_SECONDS)
    left: list[psutil.Process] = alive
    return left
