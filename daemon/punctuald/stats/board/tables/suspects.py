"""Which messages workers were running when they died, how often, and who runs one of them alone just now.

The supervisor writes the table; workers look every message up before they run it. It is a map of its own and not a
part of a board, so that it outlives a reload that needs a new board, and so that workers of old and of new settings
see the same. A fixed table: when it is full, the suspect that was entered first is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from mmap import mmap

from punctuald.stats.board.digest import LOW_64, message_digest
from punctuald.stats.board.layout import WORD_BYTES, Words
from punctuald.stats.board.word_time import NONE, from_word, to_word

SUSPECTS = 256
STALE_TURN_SECONDS = 10.0
"""Whoever has the turn and has not said so for this long is gone, or will be."""

_VERSION, _TURN_PID, _TURN_SAID = range(3)
_HEAD = 3
_HIGH, _LOW, _DEATHS, _LONE_DEATHS = range(4)
_ENTRY_WORDS = 4
_NO_DEATHS = (0, 0)


@dataclass(slots=True)
class _Entry:
    """What the writer knows of an entry, whose first word is at ``place``."""

    place: int
    deaths: int = 0
    lone_deaths: int = 0


class Suspects:
    """The table as one process sees it. Only the supervisor writes its entries; anyone may ask, from any thread.

    The supervisor writes what it has in its own memory, and reads nothing here: a worker that runs wild in the shared
    words misleads other workers at most. To find an entry takes no longer in a full table than in an empty one.
    """

    def __init__(self) -> None:
        size_bytes = (_HEAD + SUSPECTS * _ENTRY_WORDS) * WORD_BYTES
        self._words: Words = memoryview(mmap(-1, size_bytes)).cast("Q")
        self._known: tuple[int, dict[int, tuple[int, int]]] = (0, {})  # one tuple: threads see its halves together
        self._entries: dict[int, _Entry] = {}  # the writer's, by digest; the one that was entered first comes first
        self._free = list(range(_HEAD, len(self._words), _ENTRY_WORDS))
        self._version = 0

    def add(self, message_digest: int, *, alone: bool) -> None:
        """One more worker died while it ran this message; ``alone``: and nothing else."""
        entry = self._entries.get(message_digest) or self._enter(message_digest)
        entry.deaths += 1
        entry.lone_deaths += alone
        self._write(message_digest, entry)
        self._say_changed()

    def clear(self, message_digest: int) -> None:
        """It ran alone to its end: it is no suspect any more."""
        if message_digest in self._entries:
            self._leave(message_digest)
            self._say_changed()

    def deaths(self, message_id: str) -> int:
        """How many workers died while they ran this message, as far as the table remembers. 0 = no suspect."""
        # Nobody died yet: the usual case, on the way of every message, without even a call.
        return self._deaths_of(message_id)[0] if self._words[_VERSION] else 0

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
        if version == 0:
            return _NO_DEATHS
        if self._known[0] != version:
            self._known = (version, self._read())
        known = self._known[1]
        return known.get(message_digest(message_id), _NO_DEATHS) if known else _NO_DEATHS

    def _read(self) -> dict[int, tuple[int, int]]:
        entries = self._words[_HEAD:].tolist()
        columns = (entries[column::_ENTRY_WORDS] for column in range(_ENTRY_WORDS))
        return {high << 64 | low: (deaths, lone) for high, low, deaths, lone in zip(*columns, strict=True) if deaths}

    def _enter(self, digest: int) -> _Entry:
        if not self._free:
            self._leave(next(iter(self._entries)))
        entry = self._entries[digest] = _Entry(self._free.pop())
        return entry

    def _write(self, digest: int, entry: _Entry) -> None:
        words, place = self._words, entry.place
        words[place + _HIGH] = digest >> 64
        words[place + _LOW] = digest & LOW_64
        words[place + _LONE_DEATHS] = entry.lone_deaths
        words[place + _DEATHS] = entry.deaths  # last: an entry that was free is nobody's until then

    def _leave(self, digest: int) -> None:
        place = self._entries.pop(digest).place
        self._words[place + _DEATHS] = 0
        self._free.append(place)

    def _say_changed(self) -> None:
        """After the entry: whoever read half of it will then read it again."""
        self._version += 1
        self._words[_VERSION] = self._version


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
