"""What the demo drains: a queue of an embedded SQS, a topic of an embedded Kafka or a stream of an embedded Kinesis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from punctuald.demo.kinesis.demo_stream import DemoStream, embedded_stream
from punctuald.demo.produce import Send
from punctuald.demo.queues import DemoQueue
from punctuald.demo.run import DemoSource
from punctuald.demo.servers import KINDS, ROTO, EmbeddedServer

from .needs import need_modules, need_program
from .options import WrongOptionsError

SQS, KAFKA, KINESIS = "sqs", "kafka", "kinesis"
SOURCES = (SQS, KAFKA, KINESIS)
DEFAULT_SERVER = "moto"
NEEDED: Mapping[str, tuple[str, ...]] = {"moto": ("moto", "flask", "flask_cors"), "ministack": ("ministack",)}
"""The modules that a server runs on, by its kind."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for; ``server`` and ``endpoint_url`` are of SQS only, and "" where they were not given."""

    source: str
    server: str
    endpoint_url: str

    def check(self) -> None:
        """Raises `WrongOptionsError` and `ConfigurationError`, each with a line that says what to do."""
        if self.source == SQS:
            modules = () if self.endpoint_url else NEEDED[self.server or DEFAULT_SERVER]
            need_modules("punctuald demo", modules, extra="demo")
            return
        command = f"punctuald demo --source {self.source}"
        if self.server or self.endpoint_url:
            raise WrongOptionsError(
                f"--server and --endpoint-url are for --source sqs: {self.source} has one embedded server"
            )
        if self.source == KAFKA:
            need_modules(command, ["confluent_kafka"], extra="demo,kafka")
        else:
            need_modules(command, ["google.protobuf"], extra=ROTO.extra)
            need_program(command, ROTO.program, extra=ROTO.extra)


@dataclass(frozen=True, slots=True)
class RunningSource:
    """One that is served. ``open`` makes it, if it has to be made, and gives what sends to it."""

    source: DemoSource
    address: str
    endpoint_url: str
    open: Callable[[], Send]


@contextmanager
def running_source(choice: Choice) -> Iterator[RunningSource]:
    """What was chosen; its server runs while the with-block does, unless it is another's."""
    if choice.source == KAFKA:
        from punctuald.demo.kafka.demo_topic import embedded_topic  # noqa: PLC0415 - an extra's

        with embedded_topic() as topic:
            yield RunningSource(topic, topic.brokers, "", lambda: topic.open().send)
    elif choice.source == KINESIS:
        with embedded_stream() as stream:
            yield _stream(stream)
    elif choice.endpoint_url:
        yield _queue(choice.endpoint_url)
    else:
        with EmbeddedServer(KINDS[choice.server or DEFAULT_SERVER]) as server:
            yield _queue(server.endpoint_url)


def _stream(stream: DemoStream) -> RunningSource:
    def make() -> Send:
        stream.create()
        return stream.open().send

    return RunningSource(stream, stream.endpoint_url, stream.endpoint_url, make)


def _queue(url: str) -> RunningSource:
    queue = DemoQueue(url)

    def make() -> Send:
        queue.create()
        return queue.open().send

    return RunningSource(queue, url, url, make)
