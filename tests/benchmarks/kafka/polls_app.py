"""What one writes with confluent-kafka so that nothing is handled twice: each record is committed before the next.

`polls_app.py BOOTSTRAP TOPIC GROUP DIRECTORY [--asynchronous]`. "Synchronous commits" in the client's overview; with
the option nobody waits for a commit's answer.
"""

from __future__ import annotations

import sys

import orjson
from confluent_kafka import Consumer

from benchmarks.peers import work

WAIT_SECONDS = 1.0


def main(bootstrap: str, topic: str, group: str, _directory: str, *options: str) -> None:
    """Until killed."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "enable.auto.commit": False})
    consumer.subscribe([topic])
    while True:
        record = consumer.poll(WAIT_SECONDS)
        if record is not None and record.error() is None:
            work.do(orjson.loads(record.value() or b"null"))
            if options:
                consumer.commit(message=record, asynchronous=True)
            else:
                consumer.commit(message=record, asynchronous=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
