"""The chaos server as its clients meet it: boto3 understands it, its faults are real ones, and it tells all it saw."""

from __future__ import annotations

import os
import socket
import time
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
from punctuald.lab.queues import CREDENTIALS
from punctuald.lab.servers import REGION

QUEUES = [
    QueueSettings("orders", visibility_seconds=30, max_receive_count=3, dead_letter_queue="orders-dlq"),
    QueueSettings("orders-dlq"),
]
IMPATIENT = Config(read_timeout=0.5, retries={"total_max_attempts": 1, "mode": "standard"})


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqsServer]:
    with sqs_server(ServerSetup(QUEUES, tls=request.param), tmp_path) as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        yield server


@pytest.fixture
def client(server: SqsServer) -> Iterator[Any]:
    client = boto3.client("sqs", endpoint_url=server.endpoint_url, region_name=REGION, config=IMPATIENT, **CREDENTIALS)
    yield client
    client.close()


def receive(server: SqsServer, client: Any, **options: Any) -> list[dict[str, Any]]:
    answer = client.receive_message(QueueUrl=server.queue_url("orders"), MaxNumberOfMessages=10, **options)
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages


def told(server: SqsServer, kind: Kind) -> list[QueueEvent]:
    server.count("orders")  # writes the events out
    return [event for event in read_events(server.events_path) if event.kind is kind]


def test_a_message_goes_its_whole_way_over_boto3(server: SqsServer, client: Any) -> None:
    url = client.get_queue_url(QueueName="orders")["QueueUrl"]
    attributes = {"colour": {"DataType": "String", "StringValue": "red"}}
    sent = client.send_message(QueueUrl=url, MessageBody="a", MessageAttributes=attributes)
    (message,) = receive(server, client, MessageSystemAttributeNames=["All"], MessageAttributeNames=["All"])
    assert (message["MessageId"], message["Body"]) == (sent["MessageId"], "a")
    assert message["MessageAttributes"] == attributes
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert abs(int(message["Attributes"]["SentTimestamp"]) / 1000 - time.time()) < 60
    client.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=60)
    client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert server.count("orders")["in_flight"] == 0
    assert [event.pid for event in told(server, Kind.DELETED)] == [os.getpid()]


def test_batches_tell_each_entry_apart(server: SqsServer, client: Any) -> None:
    url = server.queue_url("orders")
    client.send_message_batch(QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": str(n)} for n in range(3)])
    handles = [message["ReceiptHandle"] for message in receive(server, client)] + ["unknown"]
    entries = [{"Id": str(index), "ReceiptHandle": handle} for index, handle in enumerate(handles)]
    changes = [{**entry, "VisibilityTimeout": 60} for entry in entries]
    for answer in (
        client.change_message_visibility_batch(QueueUrl=url, Entries=changes),
        client.delete_message_batch(QueueUrl=url, Entries=entries),
    ):
        assert [entry["Id"] for entry in answer["Successful"]] == ["0", "1", "2"]
        assert [(entry["Id"], entry["Code"], entry["SenderFault"]) for entry in answer["Failed"]] == [
            ("3", "ReceiptHandleIsInvalid", True)
        ]


def test_a_queue_says_what_it_is(server: SqsServer, client: Any) -> None:
    server.send("orders", [{"body": "a"}, {"body": "b", "delay_seconds": 60}])
    receive(server, client)
    attributes = client.get_queue_attributes(QueueUrl=server.queue_url("orders"), AttributeNames=["All"])["Attributes"]
    counts = [attributes[f"ApproximateNumberOfMessages{which}"] for which in ("", "NotVisible", "Delayed")]
    assert counts == ["0", "1", "1"]
    assert attributes["QueueArn"] == f"arn:aws:sqs:{REGION}:000000000000:orders"
    assert '"maxReceiveCount":3' in attributes["RedrivePolicy"]
    assert client.list_queues()["QueueUrls"] == [server.queue_url(queue.name) for queue in QUEUES]


def test_an_unknown_queue_is_refused_as_sqs_does(client: Any) -> None:
    with pytest.raises(client.exceptions.QueueDoesNotExist):
        client.get_queue_url(QueueName="nobody")


def test_a_long_poll_ends_when_a_message_comes(server: SqsServer, client: Any) -> None:
    client.send_message(QueueUrl=server.queue_url("orders"), MessageBody="a", DelaySeconds=1)
    begun_mono = time.monotonic()
    with pytest.raises(ReadTimeoutError):  # this client's patience is shorter than the poll
        receive(server, client, WaitTimeSeconds=20)
    assert time.monotonic() - begun_mono < 10
    while not (abandoned := told(server, Kind.ABANDONED)):
        assert time.monotonic() - begun_mono < 20
        time.sleep(0.05)
    assert len(abandoned) == 1, "the poll was served all the same, and nobody saw it"
    assert server.count("orders")["in_flight"] == 1


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
    server: SqsServer, client: Any, fault: Fault, error: type[Exception], left: int
) -> None:
    server.send("orders", [{"body": "a"}])
    (message,) = receive(server, client)
    entries = [{"Id": "0", "ReceiptHandle": message["ReceiptHandle"]}]
    server.set_faults([Rule(fault, ("DeleteMessageBatch",), calls=(1,))])
    with pytest.raises(error):
        client.delete_message_batch(QueueUrl=server.queue_url("orders"), Entries=entries)
    assert server.count("orders")["in_flight"] == left
    assert [(event.message_id, event.detail) for event in told(server, Kind.FAULTED)] == [(message["MessageId"], fault)]
    client.delete_message_batch(QueueUrl=server.queue_url("orders"), Entries=entries)
    assert server.count("orders")["in_flight"] == 0, "only the first call was to fail"


def test_a_failed_entry_is_still_there_and_an_expired_one_can_be_received_again(server: SqsServer, client: Any) -> None:
    server.send("orders", [{"body": "a"}, {"body": "b"}])
    first, second = receive(server, client)
    for message, fault, sender_fault in ((first, Fault.FAILED_ENTRIES, False), (second, Fault.EXPIRED_HANDLES, True)):
        server.set_faults([Rule(fault, entry_share=1.0)])
        entries = [{"Id": "0", "ReceiptHandle": message["ReceiptHandle"]}]
        answer = client.delete_message_batch(QueueUrl=server.queue_url("orders"), Entries=entries)
        assert [entry["SenderFault"] for entry in answer["Failed"]] == [sender_fault]
    assert [message["MessageId"] for message in receive(server, client)] == [second["MessageId"]]


def test_a_doubled_message_comes_twice(server: SqsServer, client: Any) -> None:
    server.send("orders", [{"body": "a"}])
    server.set_faults([Rule(Fault.DOUBLE, ("ReceiveMessage",), calls=(1,), entry_share=1.0)])
    (first,) = receive(server, client)
    time.sleep(0.6)  # a second copy comes within half a second
    (second,) = receive(server, client)
    assert second["MessageId"] == first["MessageId"]
    assert [event.doubled for event in told(server, Kind.RECEIVED)] == [False, True]


def test_a_truncated_answer_ends_in_its_middle(tmp_path: Path) -> None:
    """Seen without boto3, which takes such an answer for an empty one."""
    with sqs_server(ServerSetup(QUEUES), tmp_path) as server:
        server.send("orders", [{"body": "a"}])
        server.set_faults([Rule(Fault.TRUNCATE)])
        connection = HTTPConnection(server.endpoint_url.removeprefix("http://"), timeout=5)
        asked = orjson.dumps({"QueueUrl": server.queue_url("orders")})
        connection.request("POST", "/", asked, {"X-Amz-Target": "AmazonSQS.ReceiveMessage"})
        with pytest.raises(IncompleteRead) as caught:
            connection.getresponse().read()
        connection.close()
        assert caught.value.partial.startswith(b'{"Messages":')
        assert server.count("orders")["in_flight"] == 1


def test_two_requests_in_one_packet_are_answered_in_order(tmp_path: Path) -> None:
    with sqs_server(ServerSetup(QUEUES), tmp_path) as server:
        host, port = server.endpoint_url.removeprefix("http://").split(":")
        names = [b'{"QueueName":"orders"}', b'{"QueueName":"orders-dlq"}']
        heads = [
            b"POST / HTTP/1.1\r\nX-Amz-Target: AmazonSQS.GetQueueUrl\r\nContent-Length: %d\r\n\r\n" % len(n)
            for n in names
        ]
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(b"".join(head + name for head, name in zip(heads, names, strict=True)))
            answer = b""
            while answer.count(b"QueueUrl") < 2:
                answer += connection.recv(4096)
    assert answer.index(b'orders"}') < answer.index(b'orders-dlq"}')
