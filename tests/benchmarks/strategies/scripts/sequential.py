"""What the users had: one message at a time, and five seconds' sleep when a poll found none.

`python -m benchmarks.strategies.scripts.sequential ENDPOINT_URL QUEUE_URL`.
"""

from __future__ import annotations

import sys

from benchmarks.strategies.scripts.polling import poll_for_ever
from punctuald.demo.queues import connect

POLL_SECONDS = 5.0


if __name__ == "__main__":
    poll_for_ever(connect(sys.argv[1]), sys.argv[2], POLL_SECONDS)
