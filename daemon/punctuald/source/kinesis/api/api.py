"""How the rest of the Kinesis source makes its calls, whatever carries them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

GET_RECORDS, GET_SHARD_ITERATOR = "GetRecords", "GetShardIterator"
PUTS = frozenset({"PutRecord", "PutRecords"})
"""They put records in each time: all else may be asked twice, and comes to the same."""


class KinesisApi(Protocol):
    """One stream's way to Kinesis.

    Parameters are those of the API reference, with bytes where it has a blob. Answers are as they come over the wire:
    a blob is base64 text, a time is a number of seconds since the epoch. What raises is what a botocore client raises.
    """

    @property
    def region(self) -> str:
        """The region that requests are signed for, as error texts tell it."""
        ...

    @property
    def endpoint_url(self) -> str:
        """Where requests go, as error texts tell it."""
        ...

    async def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """One request: ``operation`` by Kinesis' own name, such as ``GetRecords``, whose answer also has its Date
        header where a botocore client has it.

        It is given up after some seconds; where the answer was lost, what is no put is asked once more at once.
        Raises `BotoCoreError`, `ClientError` or `ValueError`.
        """
        ...

    async def close(self) -> None:
        """Let go of what calls have opened. Nothing is called afterwards."""
        ...
