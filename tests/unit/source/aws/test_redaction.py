"""What AWS repeats of a request in its refusals does not get into the log."""

from __future__ import annotations

import pytest

from punctuald.source.aws.errors import one_line

HANDLE = "AQEB" + "x7Tq/9+Zk" * 20 + "=="
TOKEN = "IQoJb3JpZ2luX2VjE" + "d0kEN4" * 80


@pytest.mark.parametrize(
    "said",
    [
        f'The input receipt handle "{HANDLE}" is not a valid receipt handle.',
        f"Value {HANDLE} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.",
        f"ReceiptHandleIsInvalid: {HANDLE}",
        'The input receipt handle "short-but-secret-1234567" is not a valid receipt handle.',
        "Value short-1 for parameter ReceiptHandle is invalid.",
    ],
)
def test_a_receipt_handle_is_left_out_and_the_rest_stays(said: str) -> None:
    text = one_line(said)
    assert "…" in text
    assert not any(secret in text for secret in (HANDLE, "short-but-secret", "short-1"))
    assert text.startswith(said[:5])


def test_a_refused_signature_does_not_give_the_sessions_token_away() -> None:
    said = (
        "The request signature we calculated does not match the signature you provided.\n\nThe Canonical String for"
        f" this request should have been\n'POST\n/\n\nhost:sqs.eu-central-1.amazonaws.com\nx-amz-security-token:{TOKEN}"
        "\n\nhost;x-amz-security-token\n2b4c'"
    )
    text = one_line(said)
    assert TOKEN[:20] not in text
    assert "does not match the signature" in text
    assert "host:sqs.eu-central-1.amazonaws.com" in text


def test_the_longest_address_of_a_queue_stays() -> None:
    url = f"https://sqs.ap-southeast-2.amazonaws.com/123456789012/{'q' * 80}"
    assert one_line(f"queue at {url}: gone") == f"queue at {url}: gone"
