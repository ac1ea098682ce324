"""The table that an application's workers share, seen and changed from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from peers.kinesis.clients import client
from peers.kinesis.servers import Servers
from peers.kinesis.stream import KnownShard

Row = Mapping[str, Mapping[str, Any]]
"""As DynamoDB gives it: ``{"leaseCounter": {"N": "4"}}``."""
TRIM_HORIZON = "TRIM_HORIZON"


class LeaseRows:
    """Of one application; ``name`` is that of the table too."""

    def __init__(self, servers: Servers, name: str) -> None:
        self.name = name
        self.dynamodb = client("dynamodb", servers.dynamodb_url)

    def create(self, shards: Sequence[KnownShard]) -> None:
        """The table, and a free row for each shard: without any, KCL waits up to 30 s before it makes them."""
        self.dynamodb.create_table(
            TableName=self.name,
            KeySchema=[{"AttributeName": "leaseKey", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "leaseKey", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        for shard in shards:
            self.put(free_row(shard))

    def put(self, row: Row) -> None:
        """In place of one of the same key."""
        self.dynamodb.put_item(TableName=self.name, Item=row)

    def rows(self) -> Mapping[str, Row]:
        """All of them by key; none where there is no table."""
        try:
            pages = [*self.dynamodb.get_paginator("scan").paginate(TableName=self.name, ConsistentRead=True)]
        except self.dynamodb.exceptions.ResourceNotFoundException:
            return {}
        return {row["leaseKey"]["S"]: row for page in pages for row in page["Items"]}

    def leases(self) -> Mapping[str, Row]:
        """The rows that are leases."""
        return {key: row for key, row in self.rows().items() if "leaseCounter" in row}

    def owners(self) -> Mapping[str, str]:
        """Who has which shard: during a hand-over the one who still has it, and "" is nobody."""
        return {key: text(row, "checkpointOwner") or text(row, "leaseOwner") for key, row in self.leases().items()}

    def change(self, shard: str, expression: str, **values: Mapping[str, Any]) -> Row:
        """By an update expression, whatever is there: ``change(shard, "SET leaseOwner = :me", me={"S": "a"})``."""
        named = {f":{name}": value for name, value in values.items()}
        answer = self.dynamodb.update_item(
            TableName=self.name,
            Key={"leaseKey": {"S": shard}},
            UpdateExpression=expression,
            ConditionExpression="attribute_exists(leaseKey)",
            ReturnValues="ALL_NEW",
            **({"ExpressionAttributeValues": named} if named else {}),
        )
        found: Row = answer["Attributes"]
        return found


def free_row(shard: KnownShard) -> dict[str, Any]:
    """As KCL makes it."""
    row: dict[str, Any] = {
        "leaseKey": {"S": shard.name},
        "leaseCounter": {"N": "0"},
        "checkpoint": {"S": TRIM_HORIZON},
        "checkpointSubSequenceNumber": {"N": "0"},
        "ownerSwitchesSinceCheckpoint": {"N": "0"},
        "startingHashKey": {"S": str(shard.first_hash_key)},
        "endingHashKey": {"S": str(shard.last_hash_key)},
    }
    return row | ({"parentShardId": {"SS": list(shard.parents)}} if shard.parents else {})


def text(row: Row, attribute: str) -> str:
    """A string or a number of it; "" where it has none."""
    value = row.get(attribute, {})
    return str(value.get("S", value.get("N", "")))


def types(row: Row) -> Mapping[str, str]:
    """The type of each attribute."""
    return {name: next(iter(value)) for name, value in row.items()}
