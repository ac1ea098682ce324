"""The daemon as a unit of a booted machine: configured, started, watched by its journal."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import orjson

from process.given import config_text
from punctuald.clock import SystemClock
from punctuald.demo.queues import connect, create_queue
from punctuald.demo.servers import TEST_CREDENTIALS
from systemd.box import Box
from systemd.installation import COMMAND

Event = Mapping[str, Any]

CLOCK = SystemClock()
PATIENCE_SECONDS = 45.0
"""For what surely comes: only a failing test waits so long."""
LOOK_SECONDS = 0.2
QUIET = "from punctuald import Message\n\ndef handle(message: Message) -> None:\n    pass\n"
SLOW = "import time\nfrom punctuald import Message\n\ndef handle(message: Message) -> None:\n    time.sleep(0.5)\n"


class Service:
    """``punctuald.service`` (``name`` "punctuald") or an instance of the template, on a queue of its own."""

    def __init__(self, box: Box, endpoint_url: str, name: str = "punctuald") -> None:
        self.box = box
        self.unit = f"{name}.service"
        self.config = f"/etc/punctuald/{name.partition('@')[2] or 'config'}.toml"
        self.queue = f"orders-{uuid.uuid4().hex[:8]}"
        self._endpoint_url = endpoint_url
        self.url = create_queue(endpoint_url, self.queue, fifo=False, dead_letter=50)
        # Not a cursor: where that is another unit's line, journalctl passes over the first one of this unit.
        self.since_utc = box.run("date", "-u", "+%Y-%m-%d %H:%M:%S.%6N").strip()
        self._from = ["--since", f"{self.since_utc} UTC"]
        self._unread = self._from
        self._lines: list[Mapping[str, Any]] = []

    # --- before the start

    def configure(self, handler: str = QUIET, **sections: Mapping[str, Any]) -> None:
        """A configuration with short waits, a handler module, and credentials that an embedded server takes."""
        module = f"work_{self.queue[-8:]}"
        own = {"name": self.queue, "endpoint_url": self._endpoint_url, "handler": f"{module}:handle"}
        self.write_config(config_text({**sections, "queue": {**own, **sections.get("queue", {})}}))
        self.box.write(f"/etc/punctuald/{module}.py", handler)
        environment = "".join(f"{name}={value}\n" for name, value in TEST_CREDENTIALS.items())
        self.box.write("/etc/punctuald/environment", environment, mode=0o600)

    def write_config(self, text: str) -> None:
        """Just that."""
        self.box.write(self.config, text)

    def config_text(self) -> str:
        """What is configured now."""
        return self.box.path(self.config).read_text()

    def drop_in(self, text: str) -> None:
        """More settings for the [Service] section, until the end of the test."""
        self.box.write(f"/run/systemd/system/{self.unit}.d/test.conf", f"[Service]\n{text}\n")
        self.box.run("systemctl", "daemon-reload")

    # --- what systemd does with it

    def start(self) -> None:
        """Returns once systemd says that it is ready."""
        self.box.run("systemctl", "start", "--no-block", self.unit)
        self.wait_until(self._has_started, "the unit to be ready")

    def _has_started(self) -> bool:
        state = self.show("ActiveState")
        assert state != "failed", f"it failed; the journal ends:\n{self.told()[-6000:]}"
        return state == "active"

    def stop(self) -> None:
        """Returns once it has ended."""
        self.box.run("systemctl", "stop", self.unit, timeout_seconds=150)

    def reload(self) -> None:
        """Returns when the daemon was signalled: with Type=notify, systemd waits for no more."""
        self.box.run("systemctl", "reload", self.unit)

    def remove(self) -> None:
        """Whatever is left of it, and of what the test wanted of it."""
        self.box.call("systemctl", "kill", "-s", "KILL", self.unit)
        self.box.call("systemctl", "stop", self.unit)
        self.box.call("systemctl", "reset-failed", self.unit)
        self.box.run("rm", "-rf", f"/run/systemd/system/{self.unit}.d")
        self.box.run("systemctl", "daemon-reload")

    def show(self, name: str) -> str:
        """One property of the unit (systemctl show)."""
        return self.box.run("systemctl", "show", "--value", "-p", name, self.unit).strip()

    @property
    def pid(self) -> int:
        """Of the supervisor, as the machine sees it; 0 = none."""
        return int(self.show("MainPID"))

    def processes(self) -> list[int]:
        """All that are in the unit's control group."""
        procs = f"/sys/fs/cgroup/systemd{self.show('ControlGroup')}/cgroup.procs"
        return [int(pid) for pid in self.box.call("cat", procs).stdout.split() if pid.isdigit()]

    def kill(self, signal: str, pid: int | None = None) -> None:
        """The supervisor, or who has that pid."""
        self.box.run("kill", "-s", signal, str(pid or self.pid))

    def answers(self, *arguments: str) -> bool:
        """Whether a command of the program's succeeds that root calls from outside of the unit."""
        return self.box.call(COMMAND, *arguments).returncode == 0

    # --- its queue

    @cached_property
    def client(self) -> Any:
        """Somebody else's client."""
        return connect(self._endpoint_url)

    @property
    def endpoint(self) -> tuple[str, int]:
        """Host and port of the server that has its queue."""
        host, _, port = self._endpoint_url.removeprefix("http://").partition(":")
        return host, int(port)

    def send(self, count: int) -> list[str]:
        """So many numbers from 0 on; returns the messages' ids."""
        return self.send_bodies([str(number) for number in range(count)])

    def send_bodies(self, bodies: list[str]) -> list[str]:
        """Returns the messages' ids."""
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
        tens = [entries[first : first + 10] for first in range(0, len(entries), 10)]
        answers = [self.client.send_message_batch(QueueUrl=self.url, Entries=ten) for ten in tens]
        return [sent["MessageId"] for answer in answers for sent in answer["Successful"]]

    def left(self) -> tuple[int, int]:
        """How many messages wait in its queue, and how many are in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        said = self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return int(said[names[0]]), int(said[names[1]])

    # --- what it says

    def lines(self) -> list[Mapping[str, Any]]:
        """Its part of the journal since the test began, as journald has it."""
        said = self.box.run("journalctl", "-u", self.unit, "-o", "json", *self._unread)
        self._lines += [orjson.loads(line) for line in said.splitlines() if line[:1] == "{"]
        self._unread = ["--after-cursor", self._lines[-1]["__CURSOR"]] if self._lines else self._from
        return self._lines

    def own_lines(self) -> list[Mapping[str, Any]]:
        """Those that the daemon wrote, and not systemd about it."""
        return [line for line in self.lines() if line["_TRANSPORT"] == "stdout"]

    def events(self, name: str, **fields: Any) -> list[Event]:
        """All so far of that name and with those fields."""
        written = [orjson.loads(line["MESSAGE"]) for line in self.own_lines() if line["MESSAGE"][:1] == "{"]
        return [
            event
            for event in written
            if event["event"] == name and all(event.get(key) == value for key, value in fields.items())
        ]

    def wait_for(self, name: str, *, count: int = 1, **fields: Any) -> Event:
        """The ``count``-th event of that kind, awaited."""
        self.wait_until(lambda: len(self.events(name, **fields)) >= count, f"{count} of {name} {fields}")
        return self.events(name, **fields)[count - 1]

    def wait_done(self, ids: list[str]) -> None:
        """Until each of the messages was handled and deleted."""
        self.wait_until(lambda: set(ids) <= self.done(), f"{len(ids)} messages to be done")

    def done(self) -> set[str]:
        """The ids of the messages that were."""
        return {event["message_id"] for event in self.events("message.done")}

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Fails with the end of the journal."""
        give_up_mono = CLOCK.mono() + PATIENCE_SECONDS
        while not condition():
            assert CLOCK.mono() < give_up_mono, f"waited in vain for {what}; the journal ends:\n{self.told()[-6000:]}"
            time.sleep(LOOK_SECONDS)

    def told(self, *options: str) -> str:
        """All that the journal has of it, as people read it; ``options`` are journalctl's."""
        return self.box.call("journalctl", "-u", self.unit, "-o", "cat", *self._from, *options).stdout
