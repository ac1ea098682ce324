"""What nobody can go below in Python: each shard in turn on our own connections, answers parsed, records counted.

`bare_app.py URL STREAM`. What it has read so far is a line after each answer.
"""

from __future__ import annotations

import sys

import uvloop

from doubles.source.sqs_apis import Given
from punctuald.clock import SystemClock
from punctuald.demo.servers import REGION, TEST_CREDENTIALS
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.aws.connections import Connections
from punctuald.source.aws.signed_json.sigv4 import Credentials
from punctuald.source.kinesis.api.client import resolve
from punctuald.source.kinesis.api.fast import FastKinesisApi

CREDENTIALS = Credentials(TEST_CREDENTIALS["AWS_ACCESS_KEY_ID"], TEST_CREDENTIALS["AWS_SECRET_ACCESS_KEY"])


async def main(url: str, stream: str) -> None:
    """Until killed."""
    endpoint, records = resolve(REGION, url), 0
    api = FastKinesisApi(endpoint, Connections(endpoint.server), Given(CREDENTIALS), ClockSkew(SystemClock()))
    shards = [shard["ShardId"] for shard in (await api.call("ListShards", {"StreamName": stream}))["Shards"]]
    iterators = {}
    for shard in shards:
        begin = {"StreamName": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        iterators[shard] = (await api.call("GetShardIterator", begin))["ShardIterator"]
    while True:
        for shard in shards:
            answer = await api.call("GetRecords", {"ShardIterator": iterators[shard]})
            iterators[shard] = answer["NextShardIterator"]
            records += len(answer["Records"])
            print(records, flush=True)  # noqa: T201 - this is how it is measured


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
