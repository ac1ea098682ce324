"""Where a dead-lettered message goes back to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """What a dead-lettered message, and its queue, say about where it came from; "" where nothing is said.

    - ``moved_from``: SQS's own DeadLetterQueueSourceArn, on what SQS moved by itself.
    - ``copied_from``: our attribute, on a copy of ours: the queue's name.
    - ``stream``: the Kinesis stream that it was a record of.
    - ``sources``: the ARNs of queues whose redrive policies name the dead-letter queue.
    """

    moved_from: str = ""
    copied_from: str = ""
    stream: str = ""
    sources: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Destination:
    """A queue by its name or ARN, or "" and the ``reason`` why there is none."""

    queue: str
    reason: str


def destination(origin: Origin, chosen: str = "") -> Destination:
    """The queue that an operator has ``chosen``, else the one that the message came from.

    SQS's word goes before ours: a message that was put back with our attribute still on it, and failed again, was moved
    by SQS since.
    """
    if chosen:
        return Destination(chosen, "chosen")
    if origin.stream:
        return Destination("", f"is a record of the stream {origin.stream!r}, where nothing can be put back: give --to")
    if origin.moved_from:
        return Destination(origin.moved_from, "SQS moved it from there")
    if origin.copied_from:
        return Destination(origin.copied_from, "the daemon moved it from there")
    if len(origin.sources) == 1:
        return Destination(origin.sources[0], "the only queue that sends its dead letters here")
    return Destination("", "does not say which queue it came from: give --to")
