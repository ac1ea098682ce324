"""The supervisor's one wait."""

from __future__ import annotations

import select
from collections.abc import Sequence
from math import inf

from punctuald.policy.pool.fleet import next_due_mono
from punctuald.process.signals import SignalQueue

from .managed_process import ManagedProcess

LONGEST_WAIT_SECONDS = 1.0
"""Hung workers are looked for this often."""


def wait_for(signals: SignalQueue, processes: Sequence[ManagedProcess], now_mono: float, until_mono: float) -> None:
    """Until a signal, a frame of a child, room for a frame that waits, something due, `LONGEST_WAIT_SECONDS` or
    ``until_mono``.

    Room is waited for only while something waits to be written: an idle pipe always has some.
    """
    poll = select.poll()  # not select.select: its descriptors end at 1,023
    poll.register(signals.fileno(), select.POLLIN)
    for process in processes:
        if process.channel is not None and process.channel.awaited:
            poll.register(process.channel.fileno(), process.channel.awaited)
    due_mono = next_due_mono(process.slot for process in processes)
    until_due_seconds = max(0.0, min(until_mono, inf if due_mono is None else due_mono) - now_mono)
    poll.poll(min(LONGEST_WAIT_SECONDS, until_due_seconds) * 1000)
