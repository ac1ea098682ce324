"""When a suspect, a message that a worker was running when it died, may run with nothing beside it."""

from __future__ import annotations

from enum import StrEnum

PATIENCE_SECONDS = 10.0
"""How long others are kept waiting for suspects, here or at the source: until what runs has ended, and while one
suspect after the other runs. Twice as long with each attempt at which none came to run."""

LONGEST_PATIENCE_SECONDS = 300.0
"""Or the time limit of what runs, where that is longer: then it has ended."""

REST_SECONDS = 10.0
"""How long others go on then, before the next attempt, but no shorter than they waited: a handler that takes an hour
must not stop its worker for it."""

MOST_DOUBLINGS = 30  # exceeds every time limit

ONLY_SUSPECTS_SECONDS = 1.0
"""A worker that had nothing but suspects for so long keeps nobody waiting: it was not just between two receives."""


class LoneStep(StrEnum):
    """What a worker that has suspects does next."""

    LET_OTHERS = "let_others"  # run everything but the suspects
    WAIT = "wait"  # start nothing: what runs has to end first
    RUN = "run"  # start one suspect, and nothing beside it
    REST = "rest"  # others waited long enough: let them go on for a while


def patience(vain_attempts: int, longest_limit_seconds: float) -> float:
    """For how many seconds others may be kept waiting, after so many attempts in a row at which no suspect came to run.
    What runs may do so for up to ``longest_limit_seconds`` (0 = no limit is known)."""
    longest_seconds = max(LONGEST_PATIENCE_SECONDS, longest_limit_seconds)
    return min(PATIENCE_SECONDS * 2.0 ** min(vain_attempts, MOST_DOUBLINGS), longest_seconds)


def lone_step(
    *,
    has_suspects: bool,
    without_others_seconds: float,
    is_quiet: bool,
    has_turn: bool,
    waited_seconds: float,
    patience_seconds: float,
    rests: bool,
) -> LoneStep:
    """``without_others_seconds``: for how long no other messages have run in this worker, or been ready to (0 = there
    are some); ``is_quiet``: none runs.

    Only the worker that ``has_turn`` keeps others waiting. One that has nothing but suspects keeps nobody waiting, and
    needs no turn. ``waited_seconds`` is for how long others have been kept waiting, which may be up to
    ``patience_seconds``; ``rests``: it was long enough.
    """
    if not has_suspects or (rests and without_others_seconds == 0):
        return LoneStep.LET_OTHERS
    if not has_turn and without_others_seconds < ONLY_SUSPECTS_SECONDS:
        return LoneStep.LET_OTHERS
    if waited_seconds >= patience_seconds:
        return LoneStep.REST
    return LoneStep.RUN if is_quiet else LoneStep.WAIT
