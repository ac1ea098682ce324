"""What one would write without a daemon: receive, handle, delete, in one process.

`python -m benchmarks.plain_loop ENDPOINT_URL QUEUE_URL`.
"""

from __future__ import annotations

import sys

from benchmarks.handlers import write_stamp
from punctuald.demo.queues import connect


def main(endpoint_url: str, queue_url: str) -> None:
    """Until killed."""
    client = connect(endpoint_url)
    while True:
        answer = client.receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=20,
            MessageSystemAttributeNames=["SentTimestamp"],
        )
        for message in answer.get("Messages", ()):
            write_stamp(message["Body"], int(message["Attributes"]["SentTimestamp"]) / 1000)
            client.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
