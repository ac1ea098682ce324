"""Which messages workers were running when they died, and how often.

The supervisor writes this table; workers look every message up before they run it, so that a message that kills its
worker is stopped after a few deaths. A fixed table: when it is full, the suspect that was entered first is forgotten.
"""

from __future__ import annotations

from .digest import LOW_64, message_digest
from .layout import SUSPECT_WORDS, SUSPECTS, SUSPECTS_HEAD, SUSPECTS_NEXT, SUSPECTS_VERSION, Words

_HIGH, _LOW, _DEATHS = range(3)


class Suspects:
    """The table as one process sees it. Only the supervisor writes it; anyone may ask, from any thread."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._known: tuple[int, dict[int, int]] = (0, {})  # one tuple, so that threads see its halves together

    def add(self, message_digest: int) -> int:
        """One more worker died while it ran this message. Returns how many did so far."""
        words = self._words
        entry = self._find(message_digest)
        if entry is None:
            entry = self._enter(message_digest)
        words[entry + _DEATHS] += 1
        words[SUSPECTS_VERSION] += 1  # after the entry: whoever read half of it will then read it again
        return words[entry + _DEATHS]

    def deaths(self, message_id: str) -> int:
        """How many workers died while they ran this message, as far as the table remembers."""
        version = self._words[SUSPECTS_VERSION]
        if version == 0:  # the usual case, on the way of every message: no digest, no look-up
            return 0
        if self._known[0] != version:
            self._known = (version, self._read())
        return self._known[1].get(message_digest(message_id), 0)

    def _read(self) -> dict[int, int]:
        entries = self._words[SUSPECTS_HEAD:].tolist()
        halves = zip(entries[_HIGH::SUSPECT_WORDS], entries[_LOW::SUSPECT_WORDS], strict=True)
        return dict(zip((high << 64 | low for high, low in halves), entries[_DEATHS::SUSPECT_WORDS], strict=True))

    def _find(self, digest: int) -> int | None:
        words = self._words
        for entry in range(SUSPECTS_HEAD, len(words), SUSPECT_WORDS):
            same = words[entry + _HIGH] == digest >> 64 and words[entry + _LOW] == digest & LOW_64
            if same and words[entry + _DEATHS]:
                return entry
        return None

    def _enter(self, digest: int) -> int:
        words, turn = self._words, self._words[SUSPECTS_NEXT]
        entry = SUSPECTS_HEAD + turn % SUSPECTS * SUSPECT_WORDS
        words[entry + _DEATHS] = 0
        words[entry + _HIGH] = digest >> 64
        words[entry + _LOW] = digest & LOW_64
        words[SUSPECTS_NEXT] = turn + 1
        return entry
