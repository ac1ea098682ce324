"""A real emulator, fauxqs: slower than the canned server, but it has visibility, receipts and a queue that empties."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep

import orjson

from benchmarks.canned.bodies import DIALECTS, QUEUE
from benchmarks.comparison.contestants import PEERS, Place
from benchmarks.comparison.envs import Environment, NodeRecipe, prepare
from benchmarks.comparison.scenes import LOOK_SECONDS, SERVER_CORE, START_SECONDS, Scene, Throughput
from benchmarks.peers.floor import BareClient
from benchmarks.processes.consumer import Consumer, ConsumerError, running
from benchmarks.rig import CLOCK
from punctuald.demo.servers import LOOPBACK

FAUXQS = NodeRecipe(("fauxqs",))
BATCH = 10
BEGIN_SHARE, END_SHARE = 0.9, 0.1  # of the backlog: the start and the tail of a drain are not its speed
SEND, COUNT = "AmazonSQS.SendMessageBatch", "AmazonSQS.GetQueueAttributes"
URL = "AmazonSQS.GetQueueUrl"
COUNTED = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]


@dataclass(frozen=True, slots=True)
class Queue:
    """The one queue, as seen by who fills and watches it.

    ``url`` is as the emulator gives it, sqs.us-east-1.localhost: it knows no other, and consumers don't connect to it.
    """

    client: BareClient
    endpoint_url: str
    url: str

    def fill(self, dialect: str, count: int) -> None:
        """Send so many messages."""
        make = DIALECTS[dialect]
        for begin in range(0, count, BATCH):
            entries = [{"Id": str(n), "MessageBody": make(n)} for n in range(begin, begin + BATCH)]
            self.client.call(SEND, orjson.dumps({"QueueUrl": self.url, "Entries": entries}))

    def left(self) -> int:
        """Messages that are not deleted yet."""
        request = orjson.dumps({"QueueUrl": self.url, "AttributeNames": COUNTED})
        attributes = self.client.call(COUNT, request)["Attributes"]
        return sum(int(attributes[name]) for name in COUNTED)


def install() -> Environment:
    """fauxqs itself; raises `NotInstalledError`."""
    return prepare("fauxqs", FAUXQS)


def drain(scene: Scene, fauxqs: Environment) -> Throughput:
    """One worker on a backlog, with the trivial handler. Raises `ConsumerError`."""
    with emulator(fauxqs, scene.directory) as queue:
        backlog = scene.effort.backlog
        queue.fill(scene.contestant.dialect, backlog)
        place = Place(queue.endpoint_url, queue.url, scene.directory)
        with scene.consumer(place, {"BENCH_WORK": "trivial"}, 1) as consumer:
            return _watch(queue, consumer, backlog, scene.effort.drain_seconds)


def _watch(queue: Queue, consumer: Consumer, backlog: int, most_seconds: float) -> Throughput:
    begin = _wait_until(queue, consumer, int(backlog * BEGIN_SHARE), START_SECONDS)
    begin_mono, begin_cpu = CLOCK.mono(), consumer.cpu_seconds()
    end = _wait_until(queue, consumer, int(backlog * END_SHARE), most_seconds, late_is_fine=True)
    seconds, cpu_seconds = CLOCK.mono() - begin_mono, consumer.cpu_seconds() - begin_cpu
    consumer.check_alive()
    if begin == end or cpu_seconds == 0:
        raise ConsumerError(f"nothing was deleted in {seconds:.1f} s: {consumer.last_words()}")
    return Throughput(seconds, begin - end, cpu_seconds)


def _wait_until(queue: Queue, consumer: Consumer, at_most: int, seconds: float, *, late_is_fine: bool = False) -> int:
    """How many are left, once they are few enough or the time is over."""
    give_up_mono = CLOCK.mono() + seconds
    while (left := queue.left()) > at_most:
        if CLOCK.mono() > give_up_mono:
            if late_is_fine:
                break
            raise ConsumerError(f"{left} messages are left after {seconds:g} s: {consumer.last_words()}")
        consumer.check_alive()
        sleep(LOOK_SECONDS)
    return left


@contextmanager
def emulator(fauxqs: Environment, directory: Path) -> Iterator[Queue]:
    """A running fauxqs with one empty queue, and a connection to it."""
    init = directory / "fauxqs.json"
    init.write_bytes(orjson.dumps({"queues": [{"name": QUEUE}]}))
    port = _free_port()
    environment = {**os.environ, "FAUXQS_PORT": str(port), "FAUXQS_LOGGER": "false", "FAUXQS_INIT": str(init)}
    script = str(fauxqs.directory / "node_modules" / "fauxqs" / "dist" / "cli.js")
    command = ["node", "-r", str(PEERS / "bind_loopback.cjs"), script]
    with running([command], environment, {SERVER_CORE}, directory / "fauxqs.log") as server:
        client = _connect(port, server)
        url = client.call(URL, orjson.dumps({"QueueName": QUEUE}))["QueueUrl"]
        yield Queue(client, f"http://{LOOPBACK}:{port}", url)


def _connect(port: int, server: Consumer) -> BareClient:
    give_up_mono = CLOCK.mono() + START_SECONDS
    while True:
        try:
            return BareClient(LOOPBACK, port)
        except ConnectionRefusedError:
            server.check_alive()
            if CLOCK.mono() > give_up_mono:
                raise ConsumerError(f"fauxqs does not listen: {server.last_words()}") from None
            sleep(LOOK_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
