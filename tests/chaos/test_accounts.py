"""The verdict over real accounts: consumers that do it wrong are found out, through the server's own files."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chaos.ledger.events import History, RunEnd
from chaos.ledger.read import START, read_events, read_runs, run_line
from chaos.ledger.verdict import ChargeKind, Terms, Verdict, judge
from chaos.sqs.server import ServerSetup, SqsServer, sqs_server
from chaos.sqs.stored import QueueSettings
from punctuald.demo.ledger import append_line
from punctuald.demo.queues import connect

ORDERS = QueueSettings("orders.fifo", visibility_seconds=1, max_receive_count=1, dead_letter_queue="dlq.fifo")


class Consumer:
    """A consumer in this process, told step by step what to do wrong."""

    def __init__(self, server: SqsServer, directory: Path) -> None:
        self._server = server
        self._runs = directory / "runs.txt"
        self._client = connect(server.endpoint_url)
        self._url = server.queue_url(ORDERS.name)

    def receive(self) -> list[dict[str, Any]]:
        answer = self._client.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
        messages: list[dict[str, Any]] = answer["Messages"]
        return messages

    def run(self, message: dict[str, Any]) -> None:
        for word in (START, RunEnd.OK):
            line = run_line(word, message["MessageId"], message["MessageId"], pid=os.getpid(), mono=time.monotonic())
            append_line(self._runs, line)

    def delete(self, message: dict[str, Any]) -> None:
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])

    def give_back(self, message: dict[str, Any]) -> None:
        self._client.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )

    def verdict(self) -> Verdict:
        self._server.expire_all(ORDERS.name)
        events = read_events(self._server.events_path)
        return judge(History(ORDERS.name, ORDERS.dead_letter_queue, events, read_runs(self._runs)), Terms())


@pytest.fixture
def consumer(tmp_path: Path) -> Iterator[Consumer]:
    with sqs_server(ServerSetup([ORDERS, QueueSettings("dlq.fifo")]), tmp_path) as server:
        server.send(ORDERS.name, [{"body": body, "group": "g"} for body in "ab"])
        yield Consumer(server, tmp_path)


def does_it_right(consumer: Consumer) -> None:
    for message in consumer.receive():
        consumer.run(message)
        consumer.delete(message)


def deletes_first(consumer: Consumer) -> None:
    for message in consumer.receive():
        consumer.delete(message)
        consumer.run(message)


def forgets_to_run_one(consumer: Consumer) -> None:
    first, second = consumer.receive()
    consumer.run(first)
    consumer.delete(first)
    consumer.delete(second)


def gives_back_unrun(consumer: Consumer) -> None:
    for message in consumer.receive():
        consumer.give_back(message)


def runs_backwards(consumer: Consumer) -> None:
    for message in reversed(consumer.receive()):
        consumer.run(message)
        consumer.delete(message)


@pytest.mark.parametrize(
    ("consume", "charges"),
    [
        (does_it_right, set()),
        (deletes_first, {ChargeKind.DELETED_UNHANDLED}),
        (forgets_to_run_one, {ChargeKind.DELETED_UNHANDLED, ChargeKind.LOST}),
        (gives_back_unrun, {ChargeKind.DEAD_LETTERED_UNSEEN}),
        (runs_backwards, {ChargeKind.OUT_OF_ORDER}),
    ],
)
def test_what_a_consumer_does_wrong_is_what_it_is_charged_with(
    consumer: Consumer, consume: Callable[[Consumer], None], charges: set[ChargeKind]
) -> None:
    consume(consumer)
    assert consumer.verdict().kinds == charges
