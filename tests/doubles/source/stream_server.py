"""A client of boto3's whose stream is in memory, and which refuses what its script says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from botocore.exceptions import ReadTimeoutError

THROTTLED = "ProvisionedThroughputExceededException"
INTERNAL = "InternalFailure"

Script = Callable[[int, str], str]
"""The code that a record is refused with, or "": given the number of the call, from 0, and the record's key."""


class StreamServer:
    """Takes what it does not refuse, and keeps it by key in the order in which it came.

    The calls with the numbers in ``broken`` are answered with an exception, and nothing is taken; to those in ``lost``
    no answer comes, though what they brought is taken.
    """

    def __init__(
        self,
        refuse: Script = lambda _call, _key: "",
        broken: Mapping[int, Exception] | None = None,
        lost: Collection[int] = (),
    ) -> None:
        self.calls: list[Sequence[Mapping[str, Any]]] = []
        self.taken: dict[str, list[bytes]] = defaultdict(list)
        self._refuse = refuse
        self._broken = broken or {}
        self._lost = lost

    def put_records(self, *, StreamName: str, Records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803, ARG002  # boto3's names
        number = len(self.calls)
        self.calls.append(Records)
        if number in self._broken:
            raise self._broken[number]
        answers = [self._answer(number, record) for record in Records]
        if number in self._lost:
            raise ReadTimeoutError(endpoint_url="http://localhost")
        return {"Records": answers, "FailedRecordCount": sum("ErrorCode" in answer for answer in answers)}

    def _answer(self, number: int, record: Mapping[str, Any]) -> dict[str, str]:
        if code := self._refuse(number, record["PartitionKey"]):
            return {"ErrorCode": code, "ErrorMessage": "not now"}
        self.taken[record["PartitionKey"]].append(record["Data"])
        return {"SequenceNumber": str(number), "ShardId": "shardId-000000000000"}
