"""What the handler slots of one worker are running: read by the supervisor when the worker is dead.

STARTED publishes the other words: it is cleared before they change and set after them. So a reader that finds STARTED
set, and unchanged after reading the others, has read one message's words, without a lock and without a sequence.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

from .digest import digest_text, message_digest
from .layout import MESSAGE_ID, MESSAGE_ID_WORDS, QUEUE, RUNNING_WORDS, STARTED, WORD_BYTES, Words
from .word_time import NANOSECONDS, NONE, from_word

_ID_BYTES = MESSAGE_ID_WORDS * WORD_BYTES
_pack = Struct(f"=Q{_ID_BYTES}s").pack  # QUEUE and MESSAGE_ID, which fills up with zeros


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

    def __init__(self, words: Words) -> None:
        self._words = words
        self._message = words.cast("B")[QUEUE * WORD_BYTES :]

    def start(self, message_id: str, queue: int, now_mono: float) -> None:
        """The slot begins to run a message; call this before the handler can do harm."""
        words = self._words
        words[STARTED] = NONE
        # As text, because this runs once a message: the supervisor makes the digest, and only for a dead worker's.
        text = message_id.encode(errors="replace")
        if len(text) > _ID_BYTES:
            text = digest_text(message_digest(message_id)).encode()
        self._message[:] = _pack(queue, text)
        words[STARTED] = int(now_mono * NANOSECONDS) or 1  # `word_time.to_word`, in place: once a message

    def stop(self) -> None:
        """The slot is idle."""
        self._words[STARTED] = NONE


class RunningTable:
    """The running words of one worker. Each handler slot is written by the one thread that runs in it."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._bytes = words.cast("B")

    def slot(self, slot: int) -> RunningSlot:
        """The words of one handler slot, for the thread that runs in it."""
        return RunningSlot(self._words[slot * RUNNING_WORDS : (slot + 1) * RUNNING_WORDS])

    def stop(self, slot: int) -> None:
        """``slot`` is idle."""
        self._words[slot * RUNNING_WORDS + STARTED] = NONE

    def clear(self) -> None:
        """All slots are idle."""
        for slot in range(len(self._words) // RUNNING_WORDS):
            self.stop(slot)

    @property
    def busy_slots(self) -> int:
        """How many slots are running something."""
        started = self._words[STARTED::RUNNING_WORDS].tolist()
        return len(started) - started.count(NONE)

    def read(self) -> tuple[Running, ...]:
        """What is being run, by slot. A slot that goes on to another message while it is read is left out."""
        slots = range(len(self._words) // RUNNING_WORDS)
        return tuple(running for slot in slots if (running := self._read_slot(slot)) is not None)

    def _read_slot(self, slot: int) -> Running | None:
        words, base = self._words, slot * RUNNING_WORDS
        started = words[base + STARTED]
        begin = (base + MESSAGE_ID) * WORD_BYTES
        padded = self._bytes[begin : begin + _ID_BYTES].tobytes()
        queue = words[base + QUEUE]
        started_mono = from_word(started)
        if started_mono is None or words[base + STARTED] != started:
            return None
        return Running(slot, message_digest(padded.rstrip(b"\0").decode(errors="replace")), queue, started_mono)
