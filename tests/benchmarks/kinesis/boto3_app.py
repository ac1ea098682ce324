"""The same over boto3: `boto3_app.py URL STREAM`. What it has read so far is a line after each answer."""

from __future__ import annotations

import sys

from peers.kinesis.clients import client


def main(url: str, stream: str) -> None:
    """Until killed."""
    kinesis, records = client("kinesis", url), 0
    shards = [shard["ShardId"] for shard in kinesis.list_shards(StreamName=stream)["Shards"]]
    iterators = {}
    for shard in shards:
        begin = {"StreamName": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        iterators[shard] = kinesis.get_shard_iterator(**begin)["ShardIterator"]
    while True:
        for shard in shards:
            answer = kinesis.get_records(ShardIterator=iterators[shard])
            iterators[shard] = answer["NextShardIterator"]
            records += len(answer["Records"])
            print(records, flush=True)  # noqa: T201 - this is how it is measured


if __name__ == "__main__":
    main(*sys.argv[1:])
