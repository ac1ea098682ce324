"""For which messages the code that runs just now was called: what a handler prints is logged with them.

Set round each call, in a context of the call's own. So it holds in the handler's thread or coroutine, in the tasks that
it starts and in `asyncio.to_thread`; threads that a handler starts otherwise begin with an empty context.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

Call = tuple[str, str, tuple[str, ...]]
"""Queue, id of the first message, ids of all others. Not the messages: what outlives the call must not keep them.
A bare tuple, because one is made for each message."""

current_call: ContextVar[Call | None] = ContextVar("punctuald_current_call", default=None)


class CallEnds:
    """What is to be done at the end of a call. Nearly always that is nothing, so ask ``waiting`` before `ended`."""

    def __init__(self) -> None:
        self.waiting: dict[Call, Callable[[], None]] = {}

    def ended(self, call: Call) -> None:
        """Do what waits for the end of this one."""
        then = self.waiting.pop(call, None)
        if then is not None:
            then()


call_ends = CallEnds()
"""Those of this process."""
