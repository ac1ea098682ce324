"""Names of SQS queues, and what they say."""

from __future__ import annotations

FIFO_SUFFIX = ".fifo"
"""SQS demands it of a FIFO queue's name, and allows it to no other's."""

DEAD_LETTER_SUFFIX = "-dlq"


def queue_name(name: str, *, fifo: bool) -> str:
    """The name with the suffix that SQS demands of a FIFO queue."""
    return name if not fifo or name.endswith(FIFO_SUFFIX) else name + FIFO_SUFFIX


def dead_letter_name(name: str) -> str:
    """orders → orders-dlq, orders.fifo → orders-dlq.fifo."""
    stem = name.removesuffix(FIFO_SUFFIX)
    return stem + DEAD_LETTER_SUFFIX + name[len(stem) :]


def name_in_url(name_or_url: str) -> str:
    """https://sqs.eu-west-1.amazonaws.com/123456789012/orders → orders; a name is what it is."""
    return name_or_url.rpartition("/")[2]


def owner_and_name(arn: str) -> tuple[str, str]:
    """arn:partition:sqs:region:account:name → (account, name); two empty ones of what is no such ARN."""
    parts = arn.split(":")
    return (parts[4], parts[5]) if len(parts) == _PARTS_OF_AN_ARN else ("", "")


_PARTS_OF_AN_ARN = 6
