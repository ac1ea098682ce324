"""Says once a handler that what it returns is not looked at, or should be declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from punctuald.logs import logger
from punctuald.model import Message

log = logger()


class ResultLog:
    """Of one handler. Several threads may say the same at the same moment; a second line does no harm."""

    def __init__(self) -> None:
        self._ignored = self._awaited = False

    def look(self, result: Any, message: Message, *, batch: bool) -> None:
        """A result that nobody looks at has a line: its author may believe that it means something."""
        if self._ignored or result is None or (batch and isinstance(result, Mapping)):
            return
        self._ignored = True
        log.warning("handler.result_ignored", queue=message.source, type=type(result).__name__)

    def awaited(self, result: Any, message: Message) -> None:
        """A function that returns a coroutine takes a thread for it."""
        if self._awaited:
            return
        self._awaited = True
        log.warning("handler.result_awaited", queue=message.source, type=type(result).__name__)
