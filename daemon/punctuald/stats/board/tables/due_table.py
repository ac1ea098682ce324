"""The due times that messages went back to their queue with, for the worker that receives them next.

A message's own attributes never change, so what its handler asked for has to be remembered here. All workers write one
fixed table without a lock: an entry is two words, the first of which is the message's digest mixed with the second. Of
an entry that two processes wrote at the same time the words don't fit, so that it is nobody's.
"""

from __future__ import annotations

from punctuald.policy.delivery.due_time import AskedDue
from punctuald.stats.board.digest import LOW_64, message_word
from punctuald.stats.board.layout import Words

BUCKETS = 1024
WAYS = 4
ENTRY_WORDS = 2
HEAD_WORDS = 1  # 0 until anything was ever entered: then no receive needs to look
DUE_TABLE_WORDS = HEAD_WORDS + BUCKETS * WAYS * ENTRY_WORDS

_ENTERED = 0
_SPREAD = 0x9E3779B97F4A7C15  # odd, so that different second words mix to different first ones


class DueTable:
    """See `DueTablePort`. Of the few messages that share a bucket, the one that was due first is forgotten first."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def enter(self, message_id: str, asked: AskedDue) -> None:
        """From now on its tier counts from then."""
        digest, due = message_word(message_id), _to_word(asked)
        entry = self._entry_for(digest)
        self._words[entry + 1] = due
        self._words[entry] = digest ^ _mixed(due)
        self._words[_ENTERED] = 1

    def asked_of(self, message_id: str) -> AskedDue | None:
        """The last one; None where none is known."""
        words = self._words
        if not words[_ENTERED]:
            return None
        digest = message_word(message_id)
        for entry in _bucket(digest):
            first, due = words[entry], words[entry + 1]
            if due and first == digest ^ _mixed(due):
                return _from_word(due)
        return None

    def _entry_for(self, digest: int) -> int:
        """Its own, else an empty one or that of the earliest due time."""
        words, bucket = self._words, _bucket(digest)
        own = (entry for entry in bucket if words[entry] == digest ^ _mixed(words[entry + 1]))
        return next(own, min(bucket, key=lambda entry: words[entry + 1]))


def _bucket(digest: int) -> range:
    first = HEAD_WORDS + digest % BUCKETS * WAYS * ENTRY_WORDS
    return range(first, first + WAYS * ENTRY_WORDS, ENTRY_WORDS)


def _to_word(asked: AskedDue) -> int:
    return max(1, int(asked.utc * 1000)) << 1 | asked.has_run


def _from_word(word: int) -> AskedDue:
    return AskedDue((word >> 1) / 1000, bool(word & 1))


def _mixed(word: int) -> int:
    return word * _SPREAD & LOW_64
