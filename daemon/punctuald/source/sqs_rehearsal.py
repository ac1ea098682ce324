"""A client's first call without a network: botocore lets a handler of ``before-send`` answer in the service's place."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import botocore.session
from botocore.awsrequest import AWSResponse

from .sqs_loader import SERVICE
from .sqs_session import client_config

CREDENTIALS = {"aws_access_key_id": "rehearsal", "aws_secret_access_key": "rehearsal"}


def rehearse(session: botocore.session.Session, region: str | None, endpoint_url: str | None) -> Any:
    """The request that a ReceiveMessage would send, ready and signed with made-up credentials.

    Region and endpoint None are found as for every client. Runs, and so imports, compiles and caches, all that a first
    call runs. The client is thrown away. Raises what making a client raises.
    """
    sent: list[Any] = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        sent.append(request)
        headers = {"Content-Type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, 200, headers, _Body(b'{"Messages": []}'))

    client = session.create_client(
        SERVICE, region_name=region, endpoint_url=endpoint_url, config=client_config(0, 1), **CREDENTIALS
    )
    client.meta.events.register_last("before-send.sqs", answer)
    client.receive_message(QueueUrl="https://localhost/rehearsal", MessageAttributeNames=["All"])
    client.close()
    return sent[0]


class _Body(io.BytesIO):
    """As much of urllib3's response as botocore reads."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """The whole, at once."""
        yield self.read()
