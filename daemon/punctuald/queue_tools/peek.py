"""Looks at messages, which costs each of them one receive and nothing else."""

from __future__ import annotations

from punctuald.clock import Clock
from punctuald.ports import SQS_LARGEST_BATCH

from .calls import SqsCalls
from .hidden import HiddenMessages
from .received import Letter, receive
from .state import QueueState

HIDDEN_SECONDS = 20
"""While others are looked for: left visible, one that was seen would come again and again, until its receives are used
up and SQS moves it to the dead-letter queue."""

POLL_SECONDS = 1


def peek(calls: SqsCalls, state: QueueState, most: int, clock: Clock) -> list[Letter]:
    """Up to ``most`` messages, all of them visible again when it returns. Of a group in a FIFO queue the first ten at
    most come. Raises `SourceError`."""
    hidden = HiddenMessages(calls, state, HIDDEN_SECONDS, clock)
    seen: dict[str, Letter] = {}
    try:
        while len(seen) < most and (letters := _more(calls, state, most - len(seen), clock, hidden)):
            seen |= {letter.message.id: letter for letter in letters}
    finally:
        hidden.release()
    return list(seen.values())


def _more(calls: SqsCalls, state: QueueState, wanted: int, clock: Clock, hidden: HiddenMessages) -> tuple[Letter, ...]:
    hidden.renew()
    received_mono = clock.mono()
    found = receive(
        calls,
        state.name,
        state.url,
        most=min(wanted, SQS_LARGEST_BATCH),
        hidden_seconds=HIDDEN_SECONDS,
        now_utc=clock.utc(),
        wait_seconds=POLL_SECONDS,
    )
    for letter in found.letters:
        hidden.add(letter.message.receipt_handle, received_mono)
    return found.letters
