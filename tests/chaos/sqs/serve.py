"""The SQS server's process: `python -m chaos.sqs.serve SETUP.json`.

It says its address on standard output, then takes one command a line on standard input, and answers each with a line of
JSON. It ends with its standard input.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import socket
import ssl
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from chaos.ledger.events import QueueEvent
from chaos.ledger.read import event_line
from chaos.sqs.counters import Vagueness
from chaos.sqs.faults import FaultPlan, Rule
from chaos.sqs.http import HttpConnection
from chaos.sqs.operations import Operations
from chaos.sqs.registry import QueueRegistry
from chaos.sqs.service import Service
from chaos.sqs.stored import Post, QueueSettings

LOOPBACK = "127.0.0.1"
COUNTERS_INTERVAL_SECONDS = 0.2
DEFECT_STATUS = 70


class EventFile:
    """Events as lines of JSON. They reach the disk when somebody wants to read them."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")

    def write(self, event: QueueEvent) -> None:
        """Append one."""
        self._file.write(event_line(event))

    def flush(self) -> None:
        """Let readers see all so far."""
        self._file.flush()


class Control:
    """What the harness may ask for, beside SQS's own operations."""

    def __init__(self, registry: QueueRegistry, service: Service, events: EventFile) -> None:
        self._registry = registry
        self._service = service
        self._events = events

    def execute(self, command: dict[str, Any]) -> dict[str, Any]:
        """Carry one command out; its other fields are the arguments. The events on disk are up to date after it."""
        act = getattr(self, f"do_{command.pop('do')}")
        answer: dict[str, Any] = act(**command)
        self._events.flush()
        return answer

    def do_send(self, queue: str, posts: list[dict[str, Any]]) -> dict[str, Any]:
        """Send without a call that a fault could be done to."""
        served, now = self._registry.find(queue), time.monotonic()
        ids = [served.queue.send(Post(**post), now) for post in posts]
        served.polls.wake()
        return {"ids": ids}

    def do_faults(self, rules: list[dict[str, Any]], seed: int) -> dict[str, Any]:
        """From now on these and no others."""
        self._service.plan = FaultPlan([Rule.read(rule) for rule in rules], seed, time.monotonic())
        return {}

    def do_latency(self, seconds: float) -> dict[str, Any]:
        """Of each call from now on."""
        self._service.latency_seconds = seconds
        return {}

    def do_expire_all(self, queue: str) -> dict[str, Any]:
        """See `Queue.expire_all`."""
        served = self._registry.find(queue)
        served.queue.expire_all(time.monotonic())
        served.polls.wake()
        return {}

    def do_count(self, queue: str) -> dict[str, Any]:
        """The true counts, and the calls so far by operation."""
        served = self._registry.find(queue)
        served.queue.advance(time.monotonic())
        visible, in_flight, delayed = served.queue.counts()
        return {"visible": visible, "in_flight": in_flight, "delayed": delayed, "calls": dict(self._service.calls)}


async def serve(setup: dict[str, Any]) -> None:
    """Until standard input ends."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_end_with_a_defect)
    events = EventFile(Path(setup["events"]))
    registry = QueueRegistry(events.write, Vagueness(**setup["vagueness"]), setup["seed"])
    for settings in setup["queues"]:
        registry.open(QueueSettings(**settings))
    with socket.create_server((LOOPBACK, 0), backlog=256) as listening:
        scheme = "https" if setup["tls"] else "http"
        endpoint_url = f"{scheme}://{LOOPBACK}:{listening.getsockname()[1]}"
        plan = FaultPlan([], setup["seed"], time.monotonic())
        service = Service(registry, Operations(registry, endpoint_url), plan, setup["latency_seconds"])
        await loop.create_server(
            lambda: HttpConnection(service.serve, os.getppid()), sock=listening, ssl=_tls(setup["tls"])
        )
        noting = loop.create_task(_note_counts(registry))
        _say({"endpoint_url": endpoint_url})
        await _listen_to_commands(Control(registry, service, events))
        noting.cancel()
        events.flush()


async def _listen_to_commands(control: Control) -> None:
    commands = asyncio.StreamReader(limit=1 << 26)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        _say(control.execute(orjson.loads(line)))


async def _note_counts(registry: QueueRegistry) -> None:
    while True:
        registry.note_counts()
        await asyncio.sleep(COUNTERS_INTERVAL_SECONDS)


def _tls(files: list[str] | None) -> ssl.SSLContext | None:
    """For a certificate's file and its key's."""
    if files is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
    sys.stdout.buffer.flush()


def _end_with_a_defect(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A verdict over the events of a server that is wrong itself would be worth nothing."""
    if isinstance(context.get("exception"), OSError):  # a client's connection, which is anybody's to break
        return
    loop.default_exception_handler(context)
    os._exit(DEFECT_STATUS)


def _new_event_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop's where it is installed: the server must not be what a scenario waits for."""
    try:
        make: Callable[[], asyncio.AbstractEventLoop] = importlib.import_module("uvloop").new_event_loop
    except ImportError:
        return asyncio.new_event_loop
    return make


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=_new_event_loop()) as runner:
        runner.run(serve(orjson.loads(Path(sys.argv[1]).read_bytes())))
