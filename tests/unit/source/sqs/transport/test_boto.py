"""botocore clients behind the event loop: who waits for whom."""

from __future__ import annotations

import asyncio
import threading
import time
from email.utils import formatdate
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from conftest import RunAsync
from doubles.limited_log import limited_log
from punctuald.clock import SystemClock
from punctuald.errors import SourceError, SourceMisconfigured, SourceUnavailable
from punctuald.model import Message
from punctuald.source.aws.clock_skew import ClockSkew, RegionClock
from punctuald.source.aws.credentials.chain import CredentialsUnavailable
from punctuald.source.sqs.source import SqsSource
from punctuald.source.sqs.transport.boto import BotoApi

PATIENCE_SECONDS = 10
MESSAGE = Message("m1", "orders", "hello", "r1", sent_utc=0, received_utc=0)


class Client:
    """As much of a botocore client as is asked; a receive lasts until ``messages_come``."""

    meta = SimpleNamespace(region_name="eu-west-1", endpoint_url="https://sqs")

    def __init__(self, error: Exception | None = None) -> None:
        self.messages_come = threading.Event()
        self.polling = threading.Semaphore(0)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._error = error

    def receive_message(self, **parameters: Any) -> dict[str, Any]:
        self._take("receive_message", parameters)
        self.polling.release()
        self.messages_come.wait(PATIENCE_SECONDS)
        return {"ResponseMetadata": {"HTTPHeaders": {}}}

    def delete_message_batch(self, **parameters: Any) -> dict[str, Any]:
        self._take("delete_message_batch", parameters)
        return {}

    def close(self) -> None:
        self.calls.append(("close", {}))

    def _take(self, name: str, parameters: dict[str, Any]) -> None:
        self.calls.append((name, parameters))
        if self._error is not None:
            raise self._error


def source(polling: Client, settling: Client, polls: int = 2) -> SqsSource:
    clock = SystemClock()
    api = BotoApi(polling, settling, polls, ClockSkew(clock))
    return SqsSource(
        api, "orders", "https://sqs/orders", "", lambda _: None, clock, ClockSkew(clock), limited_log(clock)
    )


def test_a_deletion_does_not_wait_for_long_polls_however_many_there_are(run_async: RunAsync) -> None:
    client = Client()

    async def body() -> None:
        orders = source(client, client, polls=2)
        polls = [asyncio.ensure_future(orders.receive(10, 20, 30)) for _ in range(5)]
        await asyncio.sleep(0)
        for _ in range(2):
            assert client.polling.acquire(timeout=PATIENCE_SECONDS)
        assert list(await orders.acknowledge([MESSAGE])) == []
        assert not any(poll.done() for poll in polls)
        client.messages_come.set()
        assert await asyncio.gather(*polls) == [[]] * 5
        await orders.close()

    run_async(body())


def test_polls_and_settlements_have_a_client_each(run_async: RunAsync) -> None:
    polling, settling = Client(), Client()
    polling.messages_come.set()

    async def body() -> None:
        orders = source(polling, settling)
        await orders.receive(10, 20, 30)
        await orders.acknowledge([MESSAGE])
        await orders.close()

    run_async(body())
    assert [name for name, _ in polling.calls] == ["receive_message", "close"]
    assert [name for name, _ in settling.calls] == ["delete_message_batch", "close"]


def refusal(code: str, text: str = "No.", **headers: str) -> ClientError:
    answer = {"Error": {"Code": code, "Message": text}, "ResponseMetadata": {"HTTPHeaders": headers}}
    return ClientError(answer, "DeleteMessageBatch")


A_DAY_AHEAD = {"date": formatdate(time.time() + 86_400, usegmt=True)}


@pytest.mark.parametrize(
    ("raised", "told", "code"),
    [
        (refusal("AccessDenied"), SourceMisconfigured, "AccessDenied"),
        (refusal("InvalidSignatureException"), SourceMisconfigured, "InvalidSignatureException"),
        (refusal("InvalidSignatureException", **A_DAY_AHEAD), SourceUnavailable, "InvalidSignatureException"),
        (refusal("AccessDenied", **A_DAY_AHEAD), SourceMisconfigured, "AccessDenied"),
        (CredentialsUnavailable(source="env", text="two\nlines"), SourceUnavailable, "CredentialsUnavailable"),
    ],
)
def test_what_botocore_raises_in_a_thread_is_told_as_our_error(
    raised: Exception, told: type[SourceError], code: str, run_async: RunAsync
) -> None:
    async def body() -> SourceError:
        orders = source(Client(raised), Client(raised))
        with pytest.raises(SourceError) as failed:
            await orders.acknowledge([MESSAGE])
        await orders.close()
        return failed.value

    error: Any = run_async(body())
    assert (type(error), error.code) == (told, code)
    assert "\n" not in str(error)


def test_a_regions_clock_is_learnt_from_refusals_too(run_async: RunAsync) -> None:
    async def body() -> float:
        clock = RegionClock(SystemClock(), "eu-west-1")
        ahead = {"date": formatdate(time.time() + 86_400, usegmt=True)}  # as of now: the module may be minutes old
        client = Client(refusal("AccessDenied", **ahead))
        api = BotoApi(client, client, 1, clock)
        with pytest.raises(ClientError):
            await api.call("DeleteMessageBatch", {})
        await api.close()
        return clock.broker_ahead_seconds

    assert run_async(body()) == pytest.approx(86_400, abs=60)
