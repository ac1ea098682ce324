"""When a suspect, a message that a worker was running when it died, may run with nothing beside it."""

from __future__ import annotations

from enum import StrEnum

PATIENCE_SECONDS = 10.0
"""How long others are kept waiting for suspects, here or at the source: until what runs has ended, and while one
suspect after the other runs."""

REST_SECONDS = 10.0
"""How long others go on then, before the next attempt: a handler that takes an hour must not stop its worker for it."""

ONLY_SUSPECTS_SECONDS = 1.0
"""A worker that had nothing but suspects for so long keeps nobody waiting: it was not just between two receives."""


class LoneStep(StrEnum):
    """What a worker that has suspects does next."""

    LET_OTHERS = "let_others"  # run everything but the suspects
    WAIT = "wait"  # start nothing: what runs has to end first
    RUN = "run"  # start one suspect, and nothing beside it
    REST = "rest"  # others waited long enough: let them go on for a while


def lone_step(
    *,
    has_suspects: bool,
    without_others_seconds: float,
    is_quiet: bool,
    has_turn: bool,
    waited_seconds: float,
    rests: bool,
) -> LoneStep:
    """``without_others_seconds``: for how long no other messages have run in this worker, or been ready to (0 = there
    are some); ``is_quiet``: none runs.

    Only the worker that ``has_turn`` keeps others waiting. One that has nothing but suspects keeps nobody waiting, and
    needs no turn. ``waited_seconds`` is for how long others have been kept waiting; ``rests``: it was long enough.
    """
    if not has_suspects or (rests and without_others_seconds == 0):
        return LoneStep.LET_OTHERS
    if not has_turn and without_others_seconds < ONLY_SUSPECTS_SECONDS:
        return LoneStep.LET_OTHERS
    if waited_seconds >= PATIENCE_SECONDS:
        return LoneStep.REST
    return LoneStep.RUN if is_quiet else LoneStep.WAIT
