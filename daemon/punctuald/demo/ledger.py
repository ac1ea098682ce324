"""The ledger: what really was processed, written by the handler itself and so independent of the daemon's own counts.

One line per handled event, ``event_id pid monotonic``, all workers appending to one file.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from .line_follower import LineFollower

LEDGER_VARIABLE = "PUNCTUALD_LEDGER"
"""Environment variable: the ledger's path; unset = the sample handler keeps no ledger."""


def record(path: Path, event_id: str, *, pid: int, finished_mono: float) -> None:
    """Note that an event was handled."""
    append_line(path, f"{event_id} {pid} {finished_mono:.6f}")


def append_line(path: Path, text: str) -> None:
    """Append one line.

    One write on an O_APPEND descriptor: Linux moves to the end and writes under the inode's lock, so the lines of
    many workers never mix. Opened for every event, so that a handler needs no state and a fork shares no descriptor.
    """
    line = f"{text}\n".encode()
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        written = os.write(descriptor, line)
    finally:
        os.close(descriptor)
    if written != len(line):
        raise OSError(f"{path}: the disk is full: {written} of {len(line)} bytes written")


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the events that were sent. ``unknown`` are handlings of events that somebody else sent."""

    sent: int
    processed: int
    duplicates: int
    lost: int
    unknown: int


class Ledger:
    """Reads the ledger while workers are still writing it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._follower = LineFollower(path)
        self._times_handled: Counter[str] = Counter()

    def refresh(self) -> None:
        """Take in the lines written since the last time."""
        for line in self._follower.new_lines():
            self._times_handled[line.split(maxsplit=1)[0].decode()] += 1

    def tally(self, sent_ids: Collection[str]) -> Tally:
        """Compare the lines taken in so far with the ids that were sent, each of them unique."""
        handled = [times for event_id in sent_ids if (times := self._times_handled[event_id])]
        return Tally(
            sent=len(sent_ids),
            processed=len(handled),
            duplicates=sum(handled) - len(handled),
            lost=len(sent_ids) - len(handled),
            unknown=self._times_handled.total() - sum(handled),
        )
