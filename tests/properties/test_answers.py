"""No answer of any server, however odd, ends a worker or the autoscaler; and both transports read it as botocore does.

FUZZ_EXAMPLES says how many answers are tried (300); `make chaos` tries 20,000.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from botocore.parsers import JSONParser
from hypothesis import given, settings
from hypothesis import strategies as st

from captured_logs import capture_logs
from doubles.delivery.virtual_runner import VirtualRunner
from doubles.delivery.worker_bench import WorkerBench
from doubles.limited_log import limited_log
from doubles.source.odd_answers import DATE, Odd, OddClient, OddConnections, fast_api, odd_answers, source
from doubles.source.sqs_apis import use_keys
from doubles.virtual_loop import run
from punctuald.clock import ManualClock
from punctuald.errors import SourceError
from punctuald.model import Message, Release
from punctuald.process.autoscaler.backlog_poller import BacklogPoller
from punctuald.source.aws.clock_skew import ClockSkew, seconds_off
from punctuald.source.sqs.gauge import SqsGauge
from punctuald.source.sqs.queue import SqsQueue
from punctuald.source.sqs.received import ReceivedMessages
from punctuald.source.sqs.source import SqsSource
from punctuald.source.sqs.transport.boto import BotoApi

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "300"))
FIXED = settings(derandomize=True, max_examples=EXAMPLES, database=None)
MESSAGES = [Message(f"m{n}", "orders", "hello", f"r{n}", sent_utc=0, received_utc=0) for n in range(2)]

CALLS: dict[str, Callable[[SqsSource], Awaitable[Any]]] = {
    "receive": lambda orders: orders.receive(10, 0, 30),
    "acknowledge": lambda orders: orders.acknowledge(MESSAGES),
    "extend": lambda orders: orders.extend(MESSAGES, 30),
    "release": lambda orders: orders.release([Release(message) for message in MESSAGES]),
    "dead_letter": lambda orders: orders.dead_letter(MESSAGES[0], "why"),
    "redrive_policy": lambda orders: orders.rules(),
}


@pytest.fixture(scope="module")
def client() -> Iterator[OddClient]:
    with pytest.MonkeyPatch.context() as patch:
        use_keys(patch)
        made = OddClient()
        made.client.get_queue_url(QueueName="orders")  # finds its credentials
        yield made
        made.client.close()


@pytest.fixture(autouse=True)
def _no_lines() -> Iterator[None]:
    with capture_logs():
        yield


def result_of(call: str, orders: SqsSource, runner: asyncio.Runner) -> Any:
    """What came; of an error of ours, which. Everything else is a failure of the test."""

    async def ask() -> Any:
        try:
            return await CALLS[call](orders)
        except SourceError as error:
            return type(error)

    return runner.run(ask())


@given(call=st.sampled_from(list(CALLS)), odd=odd_answers(), is_known=st.booleans())
@FIXED
def check_both(client: OddClient, runner: asyncio.Runner, theirs: BotoApi, call: str, odd: Odd, is_known: bool) -> None:
    """Hypothesis calls it; see below."""
    clock = ManualClock()
    url = "http://127.0.0.1:9/1/orders" if is_known else None
    client.odd = odd
    ours = result_of(call, source(fast_api(OddConnections(odd), clock), clock, url), runner)
    assert result_of(call, source(theirs, clock, url), runner) == ours
    if call == "receive" and is_known:
        assert ours == as_botocore_reads(client, odd, clock, otherwise=ours)


def boto_api(client: OddClient) -> BotoApi:
    return BotoApi(client.client, client.client, 1, ClockSkew(ManualClock()))


def as_botocore_reads(client: OddClient, odd: Odd, clock: ManualClock, otherwise: Any) -> Any:
    """The messages that botocore's own parser finds; ``otherwise`` where it has no word for what came."""
    parsed = odd.parsed
    if odd.status != 200 or not isinstance(parsed, dict) or not isinstance(parsed.get("Messages"), list):
        return otherwise
    shape = client.client.meta.service_model.operation_model("ReceiveMessage").output_shape
    try:
        read = JSONParser().parse({"status_code": 200, "headers": {}, "body": odd.body}, shape)
    except (AttributeError, LookupError, TypeError, ValueError):
        return otherwise
    received_utc = clock.utc() + seconds_off(DATE, clock.utc())
    return ReceivedMessages("orders", "orders", limited_log()).read(read["Messages"], received_utc, ordered=False)


def test_both_transports_read_every_answer_alike_and_raise_nothing_but_our_errors(client: OddClient) -> None:
    with asyncio.Runner() as runner:
        theirs = boto_api(client)
        check_both(client, runner, theirs)


@given(odd=odd_answers())
@settings(FIXED, max_examples=max(1, EXAMPLES // 5))
def check_gauge(client: OddClient, odd: Odd) -> None:
    """Hypothesis calls it; see below."""
    client.odd = odd
    clock = ManualClock()
    with asyncio.Runner() as runner:
        gauge = SqsGauge(SqsQueue(boto_api(client), "orders", None, lambda _: None, clock), clock, runner.run)
        poller = BacklogPoller([gauge], clock, 10.0, lambda: 1.0)
        assert 0 < poller.read_once() <= 20.0
    backlog = poller.backlog()
    assert backlog is None or 0 <= backlog.total <= 3 * 10**12


def test_the_autoscaler_takes_every_answer_for_a_length_or_for_unknown(client: OddClient) -> None:
    check_gauge(client)


@given(odd=odd_answers(st.just(200)), is_fifo=st.booleans())
@settings(FIXED, max_examples=max(1, EXAMPLES // 5))
def test_a_worker_outlives_every_answer_and_has_done_what_could_be_read(odd: Odd, is_fifo: bool) -> None:
    clock, errors = ManualClock(), []
    readable: list[Message] = []

    async def work() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
        url = f"http://127.0.0.1:9/1/orders{'.fifo' if is_fifo else ''}"
        runner = VirtualRunner.quick(clock)
        orders = source(fast_api(OddConnections(odd, once=True), clock), clock, url)
        bench = WorkerBench(clock, runner, orders)
        parsed = odd.parsed
        if isinstance(parsed, dict) and isinstance(parsed.get("Messages"), list):
            alone = source(fast_api(OddConnections(odd), clock), clock, url)
            readable.extend(await alone.receive(10, 0, 30))
        bench.start()
        await asyncio.sleep(3.0)
        handled = {message.id for _, message in runner.started}
        assert handled <= {message.id for message in readable}
        # in a group whose head could not be deleted the others wait
        assert {message.id for message in readable if not is_fifo or message is readable[0]} <= handled
        await bench.stop(drain_seconds=1.0, last_poll_seconds=2.0)

    run(work(), clock)
    assert errors == []
