"""How long the workers that there are need for what waits: the figure that hosts are scaled by.

AWS's own advice is the backlog per instance, held against the latency that is allowed divided by a message's time
(https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-using-sqs-queue.html). In seconds it can be held against a
tier's threshold itself, whatever messages and machines there are.
"""

from __future__ import annotations


def backlog_seconds_per_worker(waiting: float, *, handle_seconds: float, hosts: int, slots: int) -> float:
    """Seconds that the ready workers of one daemon, each doing its share, need for its part of ``waiting`` messages.

    ``hosts`` daemons share these (1 for a log's: they are each one's own). One message takes ``handle_seconds``, and
    all ready workers together handle ``slots`` at once, at least 1.
    """
    return waiting / hosts * handle_seconds / slots
