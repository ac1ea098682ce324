"""What one writes with confluent-kafka for speed: batches, each committed without waiting for the answer.

`batches_app.py BOOTSTRAP TOPIC GROUP DIRECTORY`.
"""

from __future__ import annotations

import sys

import orjson
from confluent_kafka import Consumer

from benchmarks.peers import work

BATCH, WAIT_SECONDS = 500, 0.1


def main(bootstrap: str, topic: str, group: str, _directory: str) -> None:
    """Until killed."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "enable.auto.commit": False})
    consumer.subscribe([topic])
    while True:
        records = consumer.consume(BATCH, WAIT_SECONDS)
        for record in records:
            if record.error() is None:
                work.do(orjson.loads(record.value() or b"null"))
        if records:
            consumer.commit(asynchronous=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
