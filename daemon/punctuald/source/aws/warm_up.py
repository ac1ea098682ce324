"""A client's first call without a network: botocore lets a handler of ``before-send`` answer in the service's place."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import botocore.session
from botocore.awsrequest import AWSResponse

from .session import client_config
from .signed_json.protocol import CONTENT_TYPE

CREDENTIALS = {"aws_access_key_id": "warm-up", "aws_secret_access_key": "warm-up"}


@dataclass(frozen=True, slots=True)
class Call:
    """One that a service's client can make: the client's ``method``, and what the service might answer."""

    service: str
    method: str
    parameters: Mapping[str, Any]
    answer: bytes


def warm_up(session: botocore.session.Session, call: Call, region: str | None, endpoint_url: str | None) -> Any:
    """The request that ``call`` would send, ready and signed with made-up credentials.

    Region and endpoint None are found as for every client. Runs, and so imports, compiles and caches, all that a first
    call runs. The client is thrown away. Raises what making a client raises.
    """
    sent: list[Any] = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        sent.append(request)
        return AWSResponse(request.url, 200, {"Content-Type": CONTENT_TYPE}, _Body(call.answer))

    client = session.create_client(
        call.service, region_name=region, endpoint_url=endpoint_url, config=client_config(None, 1), **CREDENTIALS
    )
    client.meta.events.register_last(f"before-send.{call.service}", answer)
    getattr(client, call.method)(**call.parameters)
    client.close()
    return sent[0]


class _Body(io.BytesIO):
    """As much of urllib3's response as botocore reads."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """The whole, at once."""
        yield self.read()
