"""Whether an event loop that runs in another thread turns, and which of its steps keeps it when it does not."""

from __future__ import annotations

import asyncio
import sys
from contextvars import Context, ContextVar
from dataclasses import dataclass

from punctuald.clock import Clock

owner_of_step: ContextVar[object] = ContextVar("punctuald_owner_of_step", default=None)
"""Whose a step of the loop is: set in the context of a handler's task. Further tasks and callbacks that it starts copy
its context (PEP 567), so it is known of their steps too."""

STOOD_STILL_SECONDS = 3.0
"""Between two looks that should be a second apart: then we, or the whole machine, stood still, and so did the step."""

_STEP_CODE = asyncio.Handle._run.__code__


@dataclass(frozen=True, slots=True)
class Blocked:
    """One step has not come to its end ``since_mono``. ``owner`` None = whose it is is not known."""

    owner: object
    since_mono: float


class LoopWatch:
    """`begin` is called on the watched loop; `look` from another thread, each second or so.

    A step is recognised by the object that asyncio runs it by, so nothing has to be noted before each one: a loop that
    turns pays for one callback a look. Times are late by up to the time between two looks.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, clock: Clock) -> None:
        self._loop = loop
        self._mono = clock.mono
        self._thread_id = 0
        self._is_answered = True
        self._step: object = None
        self._step_since_mono = 0.0
        self._looked_mono = clock.mono()
        self.turned_mono = clock.mono()
        """When the loop is last known to have turned."""
        self._blocked: Blocked | None = None

    @property
    def blocked(self) -> Blocked | None:
        """What was at it at the last look and at the one before, and is still."""
        return None if self._is_answered else self._blocked

    def begin(self, thread_id: int) -> None:
        """The loop is about to run in the thread with this id (`threading.get_ident`)."""
        self._thread_id = thread_id

    def look(self) -> None:
        """See what it is at, and ask it to answer before the next look."""
        now_mono, step = self._mono(), self._running_step()
        stood_still = now_mono - self._looked_mono > STOOD_STILL_SECONDS
        self._looked_mono = now_mono
        if self._is_answered or stood_still or step is not self._step:
            self._step, self._step_since_mono, self._blocked = step, now_mono, None
        else:
            self._blocked = Blocked(_owner(step), self._step_since_mono)
        if self._is_answered:
            self._is_answered = False
            self._loop.call_soon_threadsafe(self._answer)

    def idle(self) -> None:
        """Nothing is to be run, so nothing is kept waiting."""
        self.turned_mono = self._looked_mono = self._mono()
        self._step = self._blocked = None

    def _answer(self) -> None:
        self.turned_mono = self._mono()
        self._is_answered = True

    def _running_step(self) -> object:
        """Loops that are not asyncio's own have other handles; of these the task is known, if it is one."""
        frame = sys._current_frames().get(self._thread_id)
        while frame is not None and frame.f_code is not _STEP_CODE:
            frame = frame.f_back
        return asyncio.current_task(self._loop) if frame is None else frame.f_locals.get("self")


def _owner(step: object) -> object:
    context = getattr(step, "_context", None)  # of a handle; a task has `get_context` from Python 3.12 on only
    return context.get(owner_of_step) if isinstance(context, Context) else step
