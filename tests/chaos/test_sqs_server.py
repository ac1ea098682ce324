"""The chaos server as its clients meet it: boto3 understands it, its faults are real ones, and it tells all it saw."""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Iterator
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path
from typing import Any

import boto3
import orjson
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from chaos.ledger.events import Kind, QueueEvent
from chaos.ledger.read import read_events
from chaos.sqs.faults import Fault, Rule
from chaos.sqs.server import ServerSetup, SqsServer, sqs_server
from chaos.sqs.stored import QueueSettings
from punctuald.demo.queues import CREDENTIALS
from punctuald.demo.servers import REGION

QUEUES = [QueueSettings("fixed"), QueueSettings("other")]
IMPATIENT = Config(read_timeout=0.5, retries={"total_max_attempts": 1, "mode": "standard"})


class Orders:
    """A queue of the test's own, with three receives for each message, and a client."""

    def __init__(self, server: SqsServer) -> None:
        self.server = server
        self.name = f"orders-{uuid.uuid4().hex[:8]}"
        bundle = server.environment.get("AWS_CA_BUNDLE")
        self.client: Any = boto3.client(
            "sqs", endpoint_url=server.endpoint_url, region_name=REGION, verify=bundle, config=IMPATIENT, **CREDENTIALS
        )
        policy = '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:other","maxReceiveCount":"3"}'
        attributes = {"VisibilityTimeout": "30", "RedrivePolicy": policy}
        self.url: str = self.client.create_queue(QueueName=self.name, Attributes=attributes)["QueueUrl"]

    def send(self, *bodies: str) -> None:
        self.server.send(self.name, [{"body": body} for body in bodies])

    def receive(self, **options: Any) -> list[dict[str, Any]]:
        answer = self.client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, **options)
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def in_flight(self) -> int:
        return int(self.server.count(self.name)["in_flight"])

    def told(self, kind: Kind) -> list[QueueEvent]:
        self.in_flight()  # writes the events out
        return [
            event for event in read_events(self.server.events_path) if (event.queue, event.kind) == (self.name, kind)
        ]


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "tls"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqsServer]:
    with sqs_server(ServerSetup(QUEUES, tls=request.param), tmp_path_factory.mktemp("sqs")) as server:
        yield server


@pytest.fixture
def orders(server: SqsServer) -> Iterator[Orders]:
    orders = Orders(server)
    yield orders
    server.set_faults(())
    orders.client.close()


def test_a_message_goes_its_whole_way_over_boto3(orders: Orders) -> None:
    url = orders.client.get_queue_url(QueueName=orders.name)["QueueUrl"]
    attributes = {"colour": {"DataType": "String", "StringValue": "red"}}
    sent = orders.client.send_message(QueueUrl=url, MessageBody="a", MessageAttributes=attributes)
    (message,) = orders.receive(MessageSystemAttributeNames=["All"], MessageAttributeNames=["All"])
    assert (message["MessageId"], message["Body"]) == (sent["MessageId"], "a")
    assert message["MessageAttributes"] == attributes
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert abs(int(message["Attributes"]["SentTimestamp"]) / 1000 - time.time()) < 60
    orders.client.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=60)
    orders.client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert orders.in_flight() == 0
    assert [event.pid for event in orders.told(Kind.DELETED)] == [os.getpid()]


def test_batches_tell_each_entry_apart(orders: Orders) -> None:
    url = orders.url
    orders.client.send_message_batch(QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": str(n)} for n in range(3)])
    handles = [message["ReceiptHandle"] for message in orders.receive()] + ["unknown"]
    entries = [{"Id": str(index), "ReceiptHandle": handle} for index, handle in enumerate(handles)]
    changes = [{**entry, "VisibilityTimeout": 60} for entry in entries]
    for answer in (
        orders.client.change_message_visibility_batch(QueueUrl=url, Entries=changes),
        orders.client.delete_message_batch(QueueUrl=url, Entries=entries),
    ):
        assert [entry["Id"] for entry in answer["Successful"]] == ["0", "1", "2"]
        assert [(entry["Id"], entry["Code"], entry["SenderFault"]) for entry in answer["Failed"]] == [
            ("3", "ReceiptHandleIsInvalid", True)
        ]


def test_a_queue_says_what_it_is(orders: Orders) -> None:
    orders.server.send(orders.name, [{"body": "a"}, {"body": "b", "delay_seconds": 60}])
    orders.receive()
    attributes = orders.client.get_queue_attributes(QueueUrl=orders.url, AttributeNames=["All"])["Attributes"]
    counts = [attributes[f"ApproximateNumberOfMessages{which}"] for which in ("", "NotVisible", "Delayed")]
    assert counts == ["0", "1", "1"]
    assert attributes["QueueArn"] == f"arn:aws:sqs:{REGION}:000000000000:{orders.name}"
    assert '"maxReceiveCount":3' in attributes["RedrivePolicy"]
    assert orders.url in orders.client.list_queues(QueueNamePrefix="orders-")["QueueUrls"]


def test_an_unknown_queue_is_refused_as_sqs_does(orders: Orders) -> None:
    with pytest.raises(orders.client.exceptions.QueueDoesNotExist):
        orders.client.get_queue_url(QueueName="nobody")


def test_a_long_poll_ends_when_a_message_comes(orders: Orders) -> None:
    orders.client.send_message(QueueUrl=orders.url, MessageBody="a", DelaySeconds=1)
    begun_mono = time.monotonic()
    with pytest.raises(ReadTimeoutError):  # this client's patience is shorter than the poll
        orders.receive(WaitTimeSeconds=20)
    assert time.monotonic() - begun_mono < 10
    while not (abandoned := orders.told(Kind.ABANDONED)):
        assert time.monotonic() - begun_mono < 20
        time.sleep(0.05)
    assert len(abandoned) == 1, "the poll was served all the same, and nobody saw it"
    assert orders.in_flight() == 1


@pytest.mark.parametrize(
    ("fault", "error", "left"),
    [
        (Fault.RESET_BEFORE, ConnectionClosedError, 1),
        (Fault.RESET_AFTER, ConnectionClosedError, 0),
        (Fault.DROP, ReadTimeoutError, 1),
        (Fault.SILENT, ReadTimeoutError, 0),
        (Fault.ERROR_500, ClientError, 1),
        (Fault.ERROR_503, ClientError, 1),
        (Fault.THROTTLE, ClientError, 1),
    ],
)
def test_a_fault_is_what_the_client_sees_and_its_effect_what_it_says(
    orders: Orders, fault: Fault, error: type[Exception], left: int
) -> None:
    orders.send("a")
    (message,) = orders.receive()
    entries = [{"Id": "0", "ReceiptHandle": message["ReceiptHandle"]}]
    orders.server.set_faults([Rule(fault, ("DeleteMessageBatch",), calls=(1,))])
    with pytest.raises(error):
        orders.client.delete_message_batch(QueueUrl=orders.url, Entries=entries)
    assert orders.in_flight() == left
    assert [(event.message_id, event.detail) for event in orders.told(Kind.FAULTED)] == [(message["MessageId"], fault)]
    orders.client.delete_message_batch(QueueUrl=orders.url, Entries=entries)
    assert orders.in_flight() == 0, "only the first call was to fail"


def test_a_failed_entry_is_still_there_and_an_expired_one_can_be_received_again(orders: Orders) -> None:
    orders.send("a", "b")
    first, second = orders.receive()
    for message, fault, sender_fault in ((first, Fault.FAILED_ENTRIES, False), (second, Fault.EXPIRED_HANDLES, True)):
        orders.server.set_faults([Rule(fault, entry_share=1.0)])
        entries = [{"Id": "0", "ReceiptHandle": message["ReceiptHandle"]}]
        answer = orders.client.delete_message_batch(QueueUrl=orders.url, Entries=entries)
        assert [entry["SenderFault"] for entry in answer["Failed"]] == [sender_fault]
    assert [message["MessageId"] for message in orders.receive()] == [second["MessageId"]]


def test_a_doubled_message_comes_twice(orders: Orders) -> None:
    orders.send("a")
    orders.server.set_faults([Rule(Fault.DOUBLE, ("ReceiveMessage",), calls=(1,), entry_share=1.0)])
    (first,) = orders.receive()
    time.sleep(0.6)  # a second copy comes within half a second
    (second,) = orders.receive()
    assert second["MessageId"] == first["MessageId"]
    assert [event.doubled for event in orders.told(Kind.RECEIVED)] == [False, True]


def test_a_truncated_answer_ends_in_its_middle(tmp_path: Path) -> None:
    """Seen without boto3, which takes such an answer for an empty one."""
    with sqs_server(ServerSetup(QUEUES), tmp_path) as server:
        server.send("fixed", [{"body": "a"}])
        server.set_faults([Rule(Fault.TRUNCATE)])
        connection = HTTPConnection(server.endpoint_url.removeprefix("http://"), timeout=5)
        asked = orjson.dumps({"QueueUrl": server.queue_url("fixed")})
        connection.request("POST", "/", asked, {"X-Amz-Target": "AmazonSQS.ReceiveMessage"})
        with pytest.raises(IncompleteRead) as caught:
            connection.getresponse().read()
        connection.close()
        assert caught.value.partial.startswith(b'{"Messages":')
        assert server.count("fixed")["in_flight"] == 1


def test_two_requests_in_one_packet_are_answered_in_order(tmp_path: Path) -> None:
    with sqs_server(ServerSetup(QUEUES), tmp_path) as server:
        host, port = server.endpoint_url.removeprefix("http://").split(":")
        names = [b'{"QueueName":"fixed"}', b'{"QueueName":"other"}']
        heads = [
            b"POST / HTTP/1.1\r\nX-Amz-Target: AmazonSQS.GetQueueUrl\r\nContent-Length: %d\r\n\r\n" % len(n)
            for n in names
        ]
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(b"".join(head + name for head, name in zip(heads, names, strict=True)))
            answer = b""
            while answer.count(b"QueueUrl") < 2:
                answer += connection.recv(4096)
    assert answer.index(b'fixed"}') < answer.index(b'other"}')
