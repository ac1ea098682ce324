"""The kinds of sources that the contract is held against, and the loops that each is tried on."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from typing import cast

import pytest
import uvloop

from contract.bench import Bench, Loop
from contract.kafka_bench import KafkaBench
from contract.kinesis_bench import KinesisBench
from contract.memory_bench import MemoryLogBench, MemoryQueueBench, RegionBench
from contract.sqs_bench import SqsBench
from doubles.kafka.mock_process import MockKafka, mock_kafka
from doubles.source.recorded_actions import Call, Recorder, recording
from punctuald.clock import ManualClock
from punctuald.source.aws.transport import Transport
from punctuald.testing.virtual_loop import VirtualLoop

LOOPS: dict[str, Loop] = {
    "virtual": VirtualLoop,
    "uvloop": lambda _: uvloop.new_event_loop(),
    "asyncio": lambda _: asyncio.SelectorEventLoop(),
}
MEMORY_LOG = "memory-log on virtual"
LOGS = [MEMORY_LOG, *(f"{kind} on {loop}" for kind in ("kafka", "kinesis") for loop in ("uvloop", "asyncio"))]
QUEUES = [
    "memory-queue on virtual",
    "region on virtual",
    *(f"sqs-{transport} on {loop}" for transport in Transport for loop in ("uvloop", "asyncio")),
]


SQS, KINESIS = "sqs", "kinesis"
ACTIONS = "test_actions.py"
"""It looks at what all others have called, and so comes last."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name == ACTIONS)


class RecordedActions:
    """What the sources called so far: ``of`` each kind that is at AWS."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.of: dict[str, set[Call]] = {SQS: set(), KINESIS: set()}

    def begin(self) -> None:
        """Of a test."""
        self._recorder.is_on = True

    def end(self, kind: str) -> None:
        """Of a test of one kind of source."""
        self._recorder.is_on = False
        self.of[kind] |= self._recorder.take()


@pytest.fixture(scope="session")
def recorded_actions() -> Iterator[RecordedActions]:
    """Over the whole suite."""
    with recording() as recorder:
        yield RecordedActions(recorder)


@pytest.fixture(autouse=True)
def _actions_are_recorded(request: pytest.FixtureRequest, recorded_actions: RecordedActions) -> Iterator[None]:
    """Queues are SQS's; whatever else calls AWS is a stream's."""
    recorded_actions.begin()
    yield
    kind = getattr(getattr(request.node, "callspec", None), "id", "")
    recorded_actions.end(SQS if SQS in kind else KINESIS)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is a coroutine on the loop of the bench that it is given."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    (name,) = inspect.signature(pyfuncitem.obj).parameters
    bench = cast("Bench", pyfuncitem.funcargs[name])
    bench.runner.run(pyfuncitem.obj(bench))
    return True


@pytest.fixture(params=[*QUEUES, *LOGS])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A fresh standard queue of each kind, and logs."""
    yield from _open(request, ordered=False)


@pytest.fixture(params=[*QUEUES, *LOGS])
def ordered_bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A fresh FIFO queue of each kind, and logs."""
    yield from _open(request, ordered=True)


@pytest.fixture(params=QUEUES)
def queue_bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A fresh standard queue of each kind."""
    yield from _open(request, ordered=False)


@pytest.fixture(params=QUEUES)
def fifo_bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A fresh FIFO queue of each kind."""
    yield from _open(request, ordered=True)


@pytest.fixture(params=LOGS)
def log_bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A fresh log of each kind."""
    yield from _open(request, ordered=True)


@pytest.fixture(params=[MEMORY_LOG])
def memory_log(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A fresh log whose partitions go where a test says, at the time that it says."""
    yield from _open(request, ordered=True)


@pytest.fixture(scope="session")
def mock() -> Iterator[MockKafka]:
    """For all tests: each has topics and a group of its own."""
    with mock_kafka() as running:
        yield running


def _open(request: pytest.FixtureRequest, *, ordered: bool) -> Iterator[Bench]:
    kind, _, loop = str(request.param).partition(" on ")
    clock = ManualClock()
    with asyncio.Runner(loop_factory=lambda: LOOPS[loop](clock)) as runner:
        bench = _make(request, kind, runner, clock, ordered=ordered)
        yield bench
        runner.run(bench.close())


def _make(
    request: pytest.FixtureRequest, kind: str, runner: asyncio.Runner, clock: ManualClock, *, ordered: bool
) -> Bench:
    if kind == "memory-log":
        return MemoryLogBench(runner, clock)
    if kind == "kafka":
        return KafkaBench(runner, request.getfixturevalue("mock"))
    if kind == "kinesis":
        return KinesisBench(runner, request.getfixturevalue("roto_endpoint"))
    if kind == "region":
        return RegionBench(runner, clock, ordered=ordered)
    if kind == "memory-queue":
        return MemoryQueueBench(runner, clock, ordered=ordered)
    transport = Transport(kind.removeprefix("sqs-"))
    return SqsBench(runner, request.getfixturevalue("moto_endpoint"), transport, ordered=ordered)
