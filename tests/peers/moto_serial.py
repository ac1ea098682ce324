"""moto's server, whose threads take turns only where they wait.

moto has no lock around a queue's messages: two receives at once can get the same message, and of two deletions at once,
or a deletion and a send, one can be undone. No call takes as long as this switch interval, so none is interrupted
while it works. A long poll that finds nothing it may give looks again without a pause; here it waits in between.
"""

from __future__ import annotations

import runpy
import sys
from typing import Any
from unittest.mock import patch

from moto.sqs.models import Queue

SWITCH_INTERVAL_SECONDS = 60.0
LOOK_SECONDS = 0.05


def wait_for_messages(queue: Any, timeout: float) -> None:
    """Until a message is sent, or it is time to look whether one has become visible."""
    with queue._messages_lock:  # its senders notify it
        queue._messages_lock.wait(min(timeout, LOOK_SECONDS))


if __name__ == "__main__":
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    with patch.object(Queue, "wait_for_messages", wait_for_messages):
        runpy.run_module("moto.server", run_name="__main__", alter_sys=True)
