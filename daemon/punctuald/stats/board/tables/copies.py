"""Messages that may come twice, from two regions: which one runs, and which were settled.

All workers write one fixed table without a lock. An entry is four words: the digest of what the copies have in common,
mixed with the other three; when it was written, by which process, and whether it is settled; the digest of the id of
the message that was first; that of its region. Of an entry that two processes wrote at the same time the words don't
fit, so that it is nobody's: then both copies run, as they may at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from punctuald.stats.board.digest import LOW_64, message_word
from punctuald.stats.board.layout import Words

BUCKETS = 16_384
WAYS = 4
ENTRY_WORDS = 4
HEAD_WORDS = 1  # 0 until anything was ever entered
COPIES_WORDS = HEAD_WORDS + BUCKETS * WAYS * ENTRY_WORDS

_ENTERED = 0
_CHECK, _STATE, _FIRST, _REGION = range(4)
# odd, as in the table of due times
_SPREAD, _SPREAD_FIRST, _SPREAD_REGION = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
_PID_BITS = 23  # Linux has no higher process ids than 2 ** 22
_PID_MASK = (1 << _PID_BITS) - 1
_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class Copy:
    """The first of some copies: whether it is settled, the process that has it otherwise, and since when that is so;
    whether it is the same message that was asked about, and whether it came from the same region."""

    is_settled: bool
    pid: int
    since_mono: float
    is_same: bool
    is_same_region: bool


class CopyTable:
    """See `CopiesPort`. Of the few that share a bucket those go first that were settled first."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def first(self, key: str, message_id: str, region: str) -> Copy | None:
        """What is known of the first copy with that ``key``, for one with that id in that region; None: nothing."""
        words = self._words
        if not words[_ENTERED]:
            return None
        entry = self._own(message_word(key))
        if entry is None:
            return None
        state = words[entry + _STATE]
        return Copy(
            bool(state & 1),
            state >> 1 & _PID_MASK,
            (state >> 1 + _PID_BITS) / _MILLISECONDS,
            is_same=words[entry + _FIRST] == message_word(message_id),
            is_same_region=words[entry + _REGION] == message_word(region),
        )

    def enter(self, key: str, message_id: str, region: str, pid: int, now_mono: float, *, is_settled: bool) -> None:
        """This message is the first of its copies: it is at a handler, or waits for one, in that process; or it is
        settled."""
        digest, first, place = message_word(key), message_word(message_id), message_word(region)
        state = (int(now_mono * _MILLISECONDS) << _PID_BITS | pid & _PID_MASK) << 1 & LOW_64 | is_settled
        entry = self._own(digest) or min(_bucket(digest), key=self._worth)
        self._words[entry + _FIRST] = first
        self._words[entry + _REGION] = place
        self._words[entry + _STATE] = state
        self._words[entry + _CHECK] = digest ^ _mixed(state, first, place)
        self._words[_ENTERED] = 1

    def forget(self, key: str, message_id: str) -> None:
        """This message is not the first of its copies any more: another one may be."""
        entry = self._own(message_word(key))
        if entry is not None and self._words[entry + _FIRST] == message_word(message_id):
            self._words[entry + _STATE] = 0

    def _own(self, digest: int) -> int | None:
        words = self._words
        for entry in _bucket(digest):
            state = words[entry + _STATE]
            mixed = _mixed(state, words[entry + _FIRST], words[entry + _REGION])
            if state and words[entry + _CHECK] == digest ^ mixed:
                return entry
        return None

    def _worth(self, entry: int) -> tuple[bool, int]:
        """What is free goes first, then what is settled, the oldest first."""
        state = self._words[entry + _STATE]
        return bool(state) and not state & 1, state


def _bucket(digest: int) -> range:
    first = HEAD_WORDS + digest % BUCKETS * WAYS * ENTRY_WORDS
    return range(first, first + WAYS * ENTRY_WORDS, ENTRY_WORDS)


def _mixed(state: int, first: int, region: int) -> int:
    return state * _SPREAD & LOW_64 ^ first * _SPREAD_FIRST & LOW_64 ^ region * _SPREAD_REGION & LOW_64
