"""Four threads, each of which polls ten times a second while there is nothing.

`python -m benchmarks.strategies.scripts.concurrent ENDPOINT_URL QUEUE_URL`.
"""

from __future__ import annotations

import sys
from threading import Thread

from benchmarks.strategies.scripts.polling import poll_for_ever
from punctuald.demo.queues import connect

SLOTS = 4
POLL_SECONDS = 0.1


def main(endpoint_url: str, queue_url: str) -> None:
    """Until killed."""
    sqs = connect(endpoint_url)  # a client may be shared by threads
    threads = [Thread(target=poll_for_ever, args=(sqs, queue_url, POLL_SECONDS)) for _ in range(SLOTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
