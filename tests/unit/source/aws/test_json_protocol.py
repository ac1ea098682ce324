"""What is written once must never be sent where it is not the same."""

from __future__ import annotations

import pytest

from punctuald.source.aws.signed_json.protocol import JsonProtocol, JsonRequests
from punctuald.source.aws.signed_json.sigv4 import Credentials, Signer

KEYS = Credentials("AKIDEXAMPLE", "secret")
NOW_UTC = 1_700_000_000.0
PAYLOAD = b'{"QueueUrl":"q"}'


@pytest.fixture
def requests() -> JsonRequests:
    return JsonRequests("sqs.example", JsonProtocol("AmazonSQS"), "punctuald", Signer("eu-central-1", "sqs"))


def test_the_same_request_in_the_same_second_is_written_once(requests: JsonRequests) -> None:
    first = requests.write("ReceiveMessage", PAYLOAD, KEYS, NOW_UTC)
    assert requests.write("ReceiveMessage", bytes(PAYLOAD), KEYS, NOW_UTC + 0.9) is first


@pytest.mark.parametrize(
    ("operation", "payload", "credentials", "utc"),
    [
        ("DeleteMessageBatch", PAYLOAD, KEYS, NOW_UTC),
        ("ReceiveMessage", b"{}", KEYS, NOW_UTC),
        ("ReceiveMessage", PAYLOAD, Credentials(KEYS.access_key, "renewed"), NOW_UTC),
        ("ReceiveMessage", PAYLOAD, Credentials(*KEYS[:2], "a session's"), NOW_UTC),
        ("ReceiveMessage", PAYLOAD, KEYS, NOW_UTC + 1),
    ],
    ids=["operation", "payload", "secret", "token", "second"],
)
def test_whatever_is_different_has_a_signature_of_its_own(
    requests: JsonRequests, operation: str, payload: bytes, credentials: Credentials, utc: float
) -> None:
    first = requests.write("ReceiveMessage", PAYLOAD, KEYS, NOW_UTC)
    other = requests.write(operation, payload, credentials, utc)
    assert _signature(other) != _signature(first)
    assert other.endswith(b"\r\n\r\n" + payload)


def _signature(request: bytes) -> bytes:
    return request.partition(b"Signature=")[2][:64]
