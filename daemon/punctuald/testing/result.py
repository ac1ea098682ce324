"""What a handler made of a message."""

from __future__ import annotations

from dataclasses import dataclass

from punctuald.model import Message, OutcomeKind


@dataclass(frozen=True, slots=True)
class Result:
    """What one call of a handler made of one message.

    ``kind`` is how the handler left it; its values are text, so that ``result.kind == "retry"`` holds:

    - ``done``: it returned, and the message is deleted;
    - ``retry``: it raised `Retry`, and the message comes again;
    - ``wait``: it raised `Wait`, and the message is held until then;
    - ``unavailable``: it raised `Unavailable`, and the message is held until what the handler calls is back;
    - ``reject``: it raised `Reject`, and the message goes to the dead-letter queue;
    - ``discard``: it raised `Discard`, and the message is deleted unprocessed;
    - ``failed``: it raised anything else, or passed its time limit, and the message comes again after the usual
      back-off.

    ``reason`` is the text that the log, and for a ``reject`` the dead-lettered message, carries: at most 300
    characters, "" where there is none. ``after_seconds`` is the wait that a ``retry``, a ``wait`` or an ``unavailable``
    asked for, None = the usual back-off. ``error`` is the exception itself: what was raised, or what a batch handler's
    mapping has for the message; None where it is done. ``message`` is the message as the handler got it.

    >>> from punctuald import Retry
    >>> from punctuald.testing import run_handler
    >>> def busy(message):
    ...     raise Retry("the bank is closed", after_seconds=60)
    >>> [result] = run_handler(busy, "{}")
    >>> result.kind == "retry", result.reason, result.after_seconds, result.tries
    (True, 'the bank is closed', 60, 1)
    """

    kind: OutcomeKind
    reason: str
    after_seconds: float | None
    error: BaseException | None
    message: Message

    @property
    def tries(self) -> int:
        """Which try of the message this was, 1 for the first: see `Message.tries`."""
        return self.message.tries
