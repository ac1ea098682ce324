"""Which messages workers were running when they died, how often, and who runs one of them alone just now.

The supervisor writes the table; workers look every message up before they run it. It is a map of its own and not a
part of a board, so that it outlives a reload that needs a new board, and so that workers of old and of new settings
see the same. A fixed table: when it is full, the suspect that was entered first is forgotten.
"""

from __future__ import annotations

from mmap import mmap

from punctuald.stats.board.digest import LOW_64, message_digest
from punctuald.stats.board.layout import WORD_BYTES, Words
from punctuald.stats.board.word_time import NONE, from_word, to_word

SUSPECTS = 256
STALE_TURN_SECONDS = 10.0
"""Whoever has the turn and has not said so for this long is gone, or will be."""

_VERSION, _NEXT, _TURN_PID, _TURN_SAID = range(4)
_HEAD = 4
_HIGH, _LOW, _DEATHS, _LONE_DEATHS = range(4)
_ENTRY_WORDS = 4
_NO_DEATHS = (0, 0)


class Suspects:
    """The table as one process sees it. Only the supervisor writes its entries; anyone may ask, from any thread."""

    def __init__(self) -> None:
        size_bytes = (_HEAD + SUSPECTS * _ENTRY_WORDS) * WORD_BYTES
        self._words: Words = memoryview(mmap(-1, size_bytes)).cast("Q")
        self._known: tuple[int, dict[int, tuple[int, int]]] = (0, {})  # one tuple: threads see its halves together

    def add(self, message_digest: int, *, alone: bool) -> None:
        """One more worker died while it ran this message; ``alone``: and nothing else."""
        words = self._words
        entry = self._find(message_digest)
        if entry is None:
            entry = self._enter(message_digest)
        words[entry + _LONE_DEATHS] += alone
        words[entry + _DEATHS] += 1
        words[_VERSION] += 1  # after the entry: whoever read half of it will then read it again

    def clear(self, message_digest: int) -> None:
        """It ran alone to its end: it is no suspect any more."""
        entry = self._find(message_digest)
        if entry is not None:
            self._words[entry + _DEATHS] = 0
            self._words[_VERSION] += 1

    def deaths(self, message_id: str) -> int:
        """How many workers died while they ran this message, as far as the table remembers. 0 = no suspect."""
        return self._deaths_of(message_id)[0]

    def lone_deaths(self, message_id: str) -> int:
        """How many of these ran nothing else at the time, so that nothing else can have been the cause."""
        return self._deaths_of(message_id)[1]

    def turn(self, pid: int) -> LoneTurn:
        """The turn to run a suspect alone, as the worker with this pid sees it."""
        return LoneTurn(self._words, pid)

    def forget_turn(self, pid: int) -> None:
        """That worker is dead: if it had the turn, others may have it."""
        LoneTurn(self._words, pid).leave()

    def _deaths_of(self, message_id: str) -> tuple[int, int]:
        version = self._words[_VERSION]
        if version == 0:  # the usual case, on the way of every message: no digest, no look-up
            return _NO_DEATHS
        if self._known[0] != version:
            self._known = (version, self._read())
        known = self._known[1]
        return known.get(message_digest(message_id), _NO_DEATHS) if known else _NO_DEATHS

    def _read(self) -> dict[int, tuple[int, int]]:
        entries = self._words[_HEAD:].tolist()
        columns = (entries[column::_ENTRY_WORDS] for column in range(_ENTRY_WORDS))
        return {high << 64 | low: (deaths, lone) for high, low, deaths, lone in zip(*columns, strict=True) if deaths}

    def _find(self, digest: int) -> int | None:
        words = self._words
        for entry in range(_HEAD, len(words), _ENTRY_WORDS):
            same = words[entry + _HIGH] == digest >> 64 and words[entry + _LOW] == digest & LOW_64
            if same and words[entry + _DEATHS]:
                return entry
        return None

    def _enter(self, digest: int) -> int:
        words, turn = self._words, self._next_place()
        entry = _HEAD + turn * _ENTRY_WORDS
        words[entry + _DEATHS] = words[entry + _LONE_DEATHS] = 0
        words[entry + _HIGH] = digest >> 64
        words[entry + _LOW] = digest & LOW_64
        words[_NEXT] = turn + 1
        return entry

    def _next_place(self) -> int:
        """The next one that is free; where none is, that of the suspect that was entered first."""
        words, turn = self._words, self._words[_NEXT]
        places = [(turn + further) % SUSPECTS for further in range(SUSPECTS)]
        return next((place for place in places if not words[_HEAD + place * _ENTRY_WORDS + _DEATHS]), places[0])


class LoneTurn:
    """At most one worker at a time keeps all its other messages waiting for a suspect.

    There is no lock across processes: who finds the turn free writes its pid, and has the turn if that still stands
    there at its next look. Of two that write at the same moment the later one has it. A mistake would cost little: two
    workers would each run a suspect alone.
    """

    def __init__(self, words: Words, pid: int) -> None:
        self._words = words
        self._pid = pid

    def take(self, now_mono: float) -> bool:
        """Whether it is ours. To be called again and again, each 50 ms to 1 s, as long as it matters."""
        words = self._words
        is_ours = words[_TURN_PID] == self._pid
        if is_ours or self._is_free(now_mono):
            words[_TURN_SAID] = to_word(now_mono)
            words[_TURN_PID] = self._pid
        return is_ours

    def leave(self) -> None:
        """Others may have it."""
        if self._words[_TURN_PID] == self._pid:
            self._words[_TURN_PID] = NONE

    def _is_free(self, now_mono: float) -> bool:
        said_mono = from_word(self._words[_TURN_SAID])
        return self._words[_TURN_PID] == NONE or said_mono is None or now_mono - said_mono > STALE_TURN_SECONDS
