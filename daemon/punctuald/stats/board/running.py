"""What the handler slots of one worker are running: read by the supervisor when the worker is dead.

STARTED publishes the other words: it is cleared before they change and set after them. So a reader that finds STARTED
set, and unchanged after reading the others, has read one message's words, without a lock and without a sequence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from struct import Struct

from .digest import digest_text, message_digest
from .layout import (
    FURTHER,
    MESSAGE_ID,
    MESSAGE_ID_WORDS,
    QUEUE,
    RUNNING_WORDS,
    STARTED,
    WORD_BYTES,
    Layout,
    Words,
)
from .word_time import NANOSECONDS, NONE, from_word

_ID_BYTES = MESSAGE_ID_WORDS * WORD_BYTES
_pack = Struct(f"=QQ{_ID_BYTES}s").pack  # QUEUE, FURTHER and MESSAGE_ID, which fills up with zeros
_pack_id = Struct(f"{_ID_BYTES}s").pack


@dataclass(frozen=True, slots=True)
class Running:
    """One message that one handler slot runs. ``queue`` is the queue's index in the board's layout."""

    slot: int
    digest: int
    queue: int
    started_mono: float

    @property
    def message(self) -> str:
        """The message id where ids are UUIDs (SQS), else a stand-in that is the same for the same message."""
        return digest_text(self.digest)


class RunningSlot:
    """What one handler slot says of itself."""

    def __init__(self, words: Words, further_ids: Words) -> None:
        self._words = words
        self._message = words.cast("B")[QUEUE * WORD_BYTES :]
        self._further = further_ids.cast("B") if len(further_ids) else bytearray()  # what is empty can't be cast

    def start(self, message_id: str, queue: int, now_mono: float, further_ids: Sequence[str] = ()) -> None:
        """The slot begins to run a message, or several in one call; call this before the handler can do harm."""
        words = self._words
        words[STARTED] = NONE
        further = self._say_further(further_ids) if further_ids else 0
        self._message[:] = _pack(queue, further, _text(message_id))
        words[STARTED] = int(now_mono * NANOSECONDS) or 1  # `word_time.to_word`, in place: once a message

    def _say_further(self, message_ids: Sequence[str]) -> int:
        """Returns how many there was room for."""
        most = min(len(message_ids), len(self._further) // _ID_BYTES)
        packed = b"".join([_pack_id(_text(message_id)) for message_id in message_ids[:most]])
        self._further[: len(packed)] = packed
        return most

    def stop(self) -> None:
        """The slot is idle."""
        self._words[STARTED] = NONE


def _text(message_id: str) -> bytes:
    """As text, because this runs once a message: the supervisor makes the digest, and only for a dead worker's."""
    text = message_id.encode(errors="replace")
    return text if len(text) <= _ID_BYTES else digest_text(message_digest(message_id)).encode()


class RunningTable:
    """The running words of one worker's ``row``. Each handler slot is written by the one thread that runs in it."""

    def __init__(self, row: Words, layout: Layout) -> None:
        self._words = row[layout.running]
        self._threads = layout.handler_slots - layout.coroutines
        self._bytes = self._words.cast("B")
        self._further = row[layout.further_ids]
        self._further_words = (layout.batch_size - 1) * MESSAGE_ID_WORDS  # of one slot

    def slot(self, slot: int) -> RunningSlot:
        """The words of one handler slot, for the thread that runs in it."""
        return RunningSlot(self._words[slot * RUNNING_WORDS : (slot + 1) * RUNNING_WORDS], self._further_of(slot))

    def stop(self, slot: int) -> None:
        """``slot`` is idle."""
        self._words[slot * RUNNING_WORDS + STARTED] = NONE

    def clear(self) -> None:
        """All slots are idle."""
        for slot in range(len(self._words) // RUNNING_WORDS):
            self.stop(slot)

    def busy(self) -> tuple[int, int]:
        """How many slots are running something: of the threads, and of the coroutines' places."""
        started = self._words[STARTED::RUNNING_WORDS].tolist()
        threads, coroutines = started[: self._threads], started[self._threads :]
        return len(threads) - threads.count(NONE), len(coroutines) - coroutines.count(NONE)

    def read(self) -> tuple[Running, ...]:
        """What is being run, by slot. A slot that goes on to another message while it is read is left out."""
        slots = range(len(self._words) // RUNNING_WORDS)
        return tuple(running for slot in slots for running in self._read_slot(slot))

    def _read_slot(self, slot: int) -> list[Running]:
        words, base = self._words, slot * RUNNING_WORDS
        started = words[base + STARTED]
        started_mono = from_word(started)
        if started_mono is None:
            return []
        begin = (base + MESSAGE_ID) * WORD_BYTES
        ids = self._bytes[begin : begin + _ID_BYTES].tobytes()
        ids += self._further_of(slot)[: words[base + FURTHER] * MESSAGE_ID_WORDS].tobytes()
        queue = words[base + QUEUE]
        if words[base + STARTED] != started:
            return []
        return [Running(slot, digest, queue, started_mono) for digest in _digests(ids)]

    def _further_of(self, slot: int) -> Words:
        return self._further[slot * self._further_words : (slot + 1) * self._further_words]


def _digests(ids: bytes) -> Iterator[int]:
    for begin in range(0, len(ids), _ID_BYTES):
        padded = ids[begin : begin + _ID_BYTES]
        yield message_digest(padded.rstrip(b"\0").decode(errors="replace"))
