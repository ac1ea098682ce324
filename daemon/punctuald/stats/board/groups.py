"""How many message groups come in: no more messages of an ordered queue can run at once than it has groups.

Linear counting (Whang, Vander-Zanden and Taylor, ACM TODS 15(2), 1990): each group sets one bit of 1,024 by its hash,
and of n groups about ``1024 x exp(-n / 1024)`` bits stay clear, which gives n to within 3 % up to a thousand. Bitmaps
of several workers are merged by OR, so that a group counts once whoever received it.

Each bitmap covers one half minute, and three are kept: the answer covers the last 60 to 90 seconds, never less than 60.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from hashlib import blake2b
from math import log
from operator import or_

from .layout import GROUP_BITMAP_WORDS, GROUP_BITMAPS, Words

BITS = (GROUP_BITMAP_WORDS - 1) * 64  # the first word says which half minute it is of
HALF_MINUTE_SECONDS = 30
MOST_NOTED = 8 * BITS
"""Of one queue: by then all bits are set, and more names would only take memory."""


class GroupWriter:
    """Notes the groups of one worker in ``words``, its own.

    To hash a name costs a tenth of a message's whole way through a worker: a group is noted once in each half minute.
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        self._half_minute = 0
        self._noted: dict[int, set[str]] = {}  # by queue

    def record(self, queue: int, groups: set[str], now_mono: float) -> None:
        """Messages of ``groups`` came in from the queue with index ``queue``."""
        half_minute = _half_minute(now_mono)
        if half_minute != self._half_minute:
            self._half_minute, self._noted = half_minute, {}
        noted = self._noted.setdefault(queue, set())
        fresh = groups - noted
        if fresh and len(noted) < MOST_NOTED:
            noted |= fresh
            self._set_bits(half_minute, [_bit(queue, group) for group in fresh])

    def _set_bits(self, half_minute: int, bits: Sequence[int]) -> None:
        words, begin = self._words, half_minute % GROUP_BITMAPS * GROUP_BITMAP_WORDS
        if words[begin] != half_minute:
            _clear(words, begin, half_minute)
        for bit in bits:
            words[begin + 1 + bit // 64] |= 1 << bit % 64


def seen(bitmaps: Iterable[Sequence[int]], now_mono: float) -> int:
    """How many groups came in lately, by all workers' words. It can't count beyond some 7,000, and then says that."""
    latest = _half_minute(now_mono)
    recent = [
        words[begin + 1 : begin + GROUP_BITMAP_WORDS]
        for words in bitmaps
        for begin in range(0, len(words), GROUP_BITMAP_WORDS)
        if latest - GROUP_BITMAPS < words[begin] <= latest
    ]
    set_bits = sum(reduce(or_, column).bit_count() for column in zip(*recent, strict=True))
    return round(-BITS * log(max(1, BITS - set_bits) / BITS))


def _clear(words: Words, begin: int, half_minute: int) -> None:
    """Begin ``half_minute``. While the old bits are cleared, the bitmap is marked as of no half minute, so that no
    reader takes them for the new one's."""
    words[begin] = 0
    for word in range(begin + 1, begin + GROUP_BITMAP_WORDS):
        words[word] = 0
    words[begin] = half_minute


def _half_minute(now_mono: float) -> int:
    return int(now_mono // HALF_MINUTE_SECONDS) + 1  # 0 stands for none


def _bit(queue: int, group: str) -> int:
    # Not hash(): Python salts it, and two workers that are not forks of one parent would set two bits for one group.
    # SQS never sends a group with a lone surrogate, but one must not end the thread that receives it.
    return int.from_bytes(blake2b(f"{queue}:{group}".encode(errors="replace"), digest_size=4).digest()) % BITS
