"""What DynamoDB is asked of an application's lease table before a stream is drained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from punctuald.policy.leases.lease import LEASE_KEY, Row
from punctuald.source.kinesis.leases.dynamo.attribute_values import to_row
from punctuald.source.kinesis.leases.dynamo.client import SERVICE, make_client
from punctuald.source.kinesis.leases.dynamo.errors import TableText, to_source_error
from punctuald.source.kinesis.leases.worker_metrics import METRICS_SUFFIX
from punctuald.source.kinesis.stream import KinesisStream

from .harmless import HarmlessCalls

NO_ROW: Mapping[str, Any] = {LEASE_KEY: {"S": "punctuald-check"}}
"""A key that no lease has."""
IS_THERE = f"attribute_exists({LEASE_KEY})"
NEVER = f"{IS_THERE} AND attribute_not_exists({LEASE_KEY})"

USING: Sequence[tuple[str, Mapping[str, Any]]] = (
    ("GetItem", {"Key": NO_ROW}),
    ("PutItem", {"Item": NO_ROW, "ConditionExpression": NEVER}),
    (
        "UpdateItem",
        {
            "Key": NO_ROW,
            "UpdateExpression": "SET leaseCounter = :zero",
            "ExpressionAttributeValues": {":zero": {"N": "0"}},
            "ConditionExpression": IS_THERE,
        },
    ),
    ("DeleteItem", {"Key": NO_ROW, "ConditionExpression": IS_THERE}),
)
"""What workers do to the table, on a row that is not there: no write's condition is met."""

MAKING: Mapping[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "another", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": LEASE_KEY, "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
"""Of no table: its key is not among its attributes, and so it is refused."""


class TableQuestions:
    """About one stream's application; blocks. None and nothing: it is denied, see ``denied``, or there is none."""

    def __init__(self, stream: KinesisStream) -> None:
        """Raises `SourceError` where there is no region, or the address is none."""
        client = make_client(stream)
        where = TableText(stream.application, str(client.meta.region_name), str(client.meta.endpoint_url))
        self._table = {"TableName": stream.application}
        self._metrics_table = {"TableName": f"{stream.application}{METRICS_SUFFIX}"}
        self._calls = HarmlessCalls(client, SERVICE, partial(to_source_error, where=where))
        self._further_calls = HarmlessCalls(client, SERVICE, partial(to_source_error, where=where))

    @property
    def denied(self) -> Sequence[str]:
        """The actions that are, of those that are needed."""
        return self._calls.denied

    def key(self) -> str | None:
        """The name of the table's key."""
        answer = self._calls.ask("DescribeTable", self._table)
        if answer is None:
            return None
        return next(str(each["AttributeName"]) for each in answer["Table"]["KeySchema"] if each["KeyType"] == "HASH")

    def rows(self) -> Sequence[Row]:
        """All of them, leases and others."""
        rows: list[Row] = []
        asked: dict[str, Any] = dict(self._table)
        while answer := self._calls.ask("Scan", asked):
            rows += [to_row(item) for item in answer.get("Items", ())]
            if not (last_key := answer.get("LastEvaluatedKey")):
                break
            asked["ExclusiveStartKey"] = last_key
        return rows

    def has_metrics_table(self) -> bool:
        """Whether workers of KCL 3.0 to 3.4 have one. That we may ask is not needed to drain a stream."""
        return self._further_calls.ask("DescribeTable", self._metrics_table) is not None

    def try_out(self, *, is_there: bool) -> None:
        """What workers do: to the table, or to make one."""
        for operation, parameters in USING:
            self._calls.try_out(operation, {**self._table, **parameters})
        if not is_there:
            self._calls.ask("Scan", {**self._table, "Limit": 1})
            self._calls.try_out("CreateTable", {**self._table, **MAKING})

    def close(self) -> None:
        """Nothing is asked afterwards."""
        self._calls.close()
