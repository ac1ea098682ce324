"""The lease table over a botocore client, which blocks: on threads of its own, see `punctuald.source.blocking`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from punctuald.errors import SourceMissing, SourceUnavailable
from punctuald.policy.leases.changes import Change
from punctuald.policy.leases.lease import LEASE_KEY, Row
from punctuald.source.aws.errors import raw_error_code
from punctuald.source.blocking import BlockingThreads

from .attribute_values import to_item, to_row
from .client import LOOKING_THREADS, WRITING_THREADS
from .errors import IN_USE, NOT_MET, TableText, to_source_error
from .expressions import create_parameters, delete_parameters, update_parameters
from .shared_client import SharedClient

ACTIVE = "ACTIVE"
ACTIVE_WITHIN_SECONDS, ACTIVE_POLL_SECONDS = 60.0, 0.5


class DynamoLeaseTable:
    """A `LeaseTable`. ``client`` may serve several; ``key`` is the name of the table's key. Where there can't be a
    client, each call says why.

    Reads of the whole table have threads of their own, so that no renewal is ever behind one.
    """

    def __init__(self, client: SharedClient, name: str, key: str = LEASE_KEY) -> None:
        self._client = client
        self._name = name
        self._key = key
        self._writes = BlockingThreads(f"leases {name}", WRITING_THREADS)
        self._looks = BlockingThreads(f"lease table {name}", LOOKING_THREADS)
        client.hold()

    async def create_table(self) -> bool:
        """See `LeaseTable.create_table`. Paid by use, as KCL makes it. Raises `SourceUnavailable` where it is not there
        after a minute."""
        made = await self._status() is None and await self._make()
        for _ in range(int(ACTIVE_WITHIN_SECONDS / ACTIVE_POLL_SECONDS)):
            if await self._status() == ACTIVE:
                return made
            await asyncio.sleep(ACTIVE_POLL_SECONDS)
        raise SourceUnavailable(f"{self._where}: it is still being made", code="TableNotActive")

    async def scan(self) -> Sequence[Row]:
        """See `LeaseTable.scan`."""
        rows: list[Row] = []
        more: Mapping[str, Any] = {}
        while True:
            scan = partial(self._client.get().scan, TableName=self._name, ConsistentRead=True, **more)
            answer = await self._run(self._looks, scan)
            rows.extend(to_row(item) for item in answer.get("Items", ()))
            last_key = answer.get("LastEvaluatedKey")
            if not last_key:
                return rows
            more = {"ExclusiveStartKey": last_key}

    async def get(self, key: str) -> Row | None:
        """See `LeaseTable.get`."""
        get_item, named = self._client.get().get_item, {self._key: {"S": key}}
        get = partial(get_item, TableName=self._name, Key=named, ConsistentRead=True)
        item = (await self._run(self._writes, get)).get("Item")
        return to_row(item) if item else None

    async def create(self, row: Row) -> bool:
        """See `LeaseTable.create`."""
        return await self._write("put_item", create_parameters(self._key, to_item(row))) is not None

    async def update(self, key: str, change: Change) -> Row | None:
        """See `LeaseTable.update`."""
        answer = await self._write("update_item", update_parameters(self._key, key, change))
        return to_row(answer["Attributes"]) if answer is not None else None

    async def delete(self, key: str, when: Mapping[str, Any]) -> bool:
        """See `LeaseTable.delete`."""
        return await self._write("delete_item", delete_parameters(self._key, key, when)) is not None

    async def close(self) -> None:
        """See `LeaseTable.close`: a call under way is let end, in its daemon thread."""
        self._writes.close()
        self._looks.close()
        self._client.release()

    async def _status(self) -> str | None:
        describe = partial(self._client.get().describe_table, TableName=self._name)
        try:
            answer = await self._run(self._looks, describe)
        except SourceMissing:
            return None
        return str(answer["Table"].get("TableStatus", ACTIVE))

    async def _make(self) -> bool:
        """False where another worker was first."""
        create = partial(
            self._client.get().create_table,
            TableName=self._name,
            AttributeDefinitions=[{"AttributeName": self._key, "AttributeType": "S"}],
            KeySchema=[{"AttributeName": self._key, "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        return await self._unless(IN_USE, self._looks, create) is not None

    async def _write(self, operation: str, parameters: Mapping[str, Any]) -> Any:
        """The answer; None where the condition is not met."""
        call = partial(getattr(self._client.get(), operation), TableName=self._name, **parameters)
        return await self._unless(NOT_MET, self._writes, call)

    async def _unless(self, code: str, threads: BlockingThreads, call: Callable[[], Any]) -> Any:
        try:
            return await threads.run(call)
        except ClientError as error:
            if raw_error_code(error) == code:
                return None
            raise to_source_error(error, self._where()) from error
        except (BotoCoreError, ValueError) as error:
            raise to_source_error(error, self._where()) from error

    def _where(self) -> TableText:
        meta = self._client.get().meta
        return TableText(self._name, str(meta.region_name), str(meta.endpoint_url))

    async def _run(self, threads: BlockingThreads, call: Callable[[], Any]) -> Any:
        return await self._unless("", threads, call)
