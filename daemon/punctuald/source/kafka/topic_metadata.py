"""What the brokers say of one topic, to whoever has a client of the library's."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from confluent_kafka import KafkaError, KafkaException

from .errors import MISSING, error_of

STEP_SECONDS = 0.5
PAUSE_SECONDS = 0.1
"""Between the beginnings of two questions, for an error may come at once."""

ProblemOf = Callable[[KafkaError, float], Exception | None]
"""What to raise for an error, so many seconds after the first question; None where it is worth asking again."""


class Poller(Protocol):
    """A consumer, a producer or an administrator of the library's."""

    def poll(self, timeout: float) -> Any:
        """Call its callbacks."""


class Asker(Poller, Protocol):
    """One whose ``error_cb`` is its `BrokerHealth`."""

    def list_topics(self, topic: str, timeout: float) -> Any:
        """The cluster's metadata with this topic."""


def serve(asker: Poller, seconds: float) -> None:
    """Have its callbacks called, for so long if nothing happens.

    Where a person breaks it off just as one is called, the library forgets by what: ours raise nothing else.
    """
    try:
        asker.poll(seconds)
    except SystemError:
        raise KeyboardInterrupt from None


def partitions_of(asker: Asker, name: str, problem_of: ProblemOf) -> int:
    """How many partitions the topic has. In short steps, because only between them is heard why nobody answers."""
    begun_mono = time.monotonic()
    while True:
        asked_mono = time.monotonic()
        found = _asked(asker, name)
        if isinstance(found, int):
            return found
        serve(asker, 0)
        if problem := problem_of(found, time.monotonic() - begun_mono):
            raise problem
        time.sleep(max(0.0, PAUSE_SECONDS - (time.monotonic() - asked_mono)))


def is_there(asker: Asker, name: str, seconds: float) -> bool | None:
    """Whether there is such a topic; None = the brokers do not say."""
    try:
        error = asker.list_topics(name, timeout=seconds).topics[name].error
    except KafkaException:
        return None
    if error is None:
        return True
    return False if error.code() in MISSING else None


def _asked(asker: Asker, name: str) -> int | KafkaError:
    try:
        found = asker.list_topics(name, timeout=STEP_SECONDS).topics[name]
    except KafkaException as raised:
        return error_of(raised) or KafkaError(KafkaError._FAIL, str(raised))
    error: KafkaError | None = found.error
    return len(found.partitions) if error is None else error
