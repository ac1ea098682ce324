"""Where the reading of one partition stands. It knows offsets only, no broker: pure state.

A log can't delete one record. It keeps one number for each partition, and whoever reads next begins there; so that
number, the checkpoint, is the end of the unbroken row of records that are done.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from .log import Record


class Cursor:
    """The reading of one partition by its present owner, from ``checkpoint`` on."""

    def __init__(self, checkpoint: int) -> None:
        self.checkpoint = checkpoint  # every record before this offset is done; never goes back
        self._scan_from = checkpoint  # before it all are done or in flight
        self._handed_out_to = checkpoint  # one after the last record that was ever handed out
        self._done: set[int] = set()  # beyond the checkpoint
        self._lifecycle: set[int] = set()
        self._not_before_mono: dict[int, float] = {}  # of released records

    def read(self, records: Sequence[Record], most: int, now_mono: float) -> list[Record]:
        """Hand out up to ``most`` records, in order: those neither done, nor in flight, nor released for later.

        A record that was released for later holds back all later ones of its key, and no others.
        """
        taken: list[Record] = []
        held_keys: set[str] = set()
        for offset in range(max(self._scan_from, self.checkpoint), len(records)):
            if len(taken) == most:
                break
            record = records[offset]
            if offset in self._done or offset in self._lifecycle:
                continue
            if record.key in held_keys or self._not_before_mono.get(offset, now_mono) > now_mono:
                held_keys |= {record.key} if record.key is not None else set()
            else:
                taken.append(record)
        self._hand_out([record.offset for record in taken])
        return taken

    def acknowledge(self, offset: int) -> bool:
        """This one is done; False = it was never handed out. Doing it twice is doing it once."""
        if offset >= self.checkpoint and self._was_handed_out(offset):
            self._done.add(offset)
            self._lifecycle.discard(offset)
            self._not_before_mono.pop(offset, None)
            self._advance_checkpoint()
        return self._was_handed_out(offset)

    def release(self, offset: int, not_before_mono: float) -> bool:
        """Read this one again, from that time on; False = it is not in flight."""
        if offset not in self._lifecycle:
            return False
        self._lifecycle.remove(offset)
        self._not_before_mono[offset] = not_before_mono
        self._scan_from = min(self._scan_from, offset)
        return True

    def has_in_flight(self, offset: int) -> bool:
        """Whether this one is handed out, and neither done nor released."""
        return offset in self._lifecycle

    def next_due_mono(self, now_mono: float) -> float:
        """When the next record that was released for later may be read; infinity if there is none."""
        return min((due for due in self._not_before_mono.values() if due > now_mono), default=inf)

    def _hand_out(self, offsets: Sequence[int]) -> None:
        for offset in offsets:
            self._not_before_mono.pop(offset, None)
        self._lifecycle.update(offsets)
        self._handed_out_to = max(self._handed_out_to, *(offset + 1 for offset in offsets), 0)
        self._scan_from = max(self._scan_from, self.checkpoint)
        while self._scan_from in self._done or self._scan_from in self._lifecycle:
            self._scan_from += 1

    def _was_handed_out(self, offset: int) -> bool:
        return 0 <= offset < self._handed_out_to

    def _advance_checkpoint(self) -> None:
        while self.checkpoint in self._done:
            self._done.remove(self.checkpoint)
            self.checkpoint += 1
