"""Whether settings that a reload brought may stay: a state machine over the generation in force, written as a table.

Each reading of the configuration makes a *generation*. One is proven as soon as a worker that was started with it is
ready. Until then it is on trial: where its workers are refused (by a handler, by all of their queues, or by one that
was available before the reload) or can't be started, the generation before it is taken again. A generation that was
proven once stays in force whatever happens afterwards, because then something else has changed and not the settings.
"""

from __future__ import annotations

from enum import StrEnum


class Standing(StrEnum):
    """How much the generation in force is trusted, and what there is to go back to."""

    UNPROVEN = "unproven"  # the daemon's first, or one that was rolled back to: there is no generation before it
    PROVEN = "proven"
    ON_TRIAL_AFTER_UNPROVEN = "on_trial_after_unproven"
    ON_TRIAL_AFTER_PROVEN = "on_trial_after_proven"


class Event(StrEnum):
    """What happens to the generation in force."""

    WORKER_READY = "worker_ready"
    RELOADED = "reloaded"  # a newer one takes its place
    REFUSED = "refused"  # a worker is refused as a whole, or by a queue that was available before the reload
    NOT_STARTED = "not_started"  # a process never came up: its pool slot was given up, or it can't start yet


class Verdict(StrEnum):
    """What follows."""

    STAYS = "stays"
    ROLL_BACK = "roll_back"  # to the generation before it
    END = "end"  # nothing to go back to: the daemon ends with the status that a service manager does not restart on


_PROVEN = (Standing.PROVEN, Verdict.STAYS)

TABLE: dict[Standing, dict[Event, tuple[Standing, Verdict]]] = {
    Standing.UNPROVEN: {
        Event.WORKER_READY: _PROVEN,
        Event.RELOADED: (Standing.ON_TRIAL_AFTER_UNPROVEN, Verdict.STAYS),
        Event.REFUSED: (Standing.UNPROVEN, Verdict.END),
        # One slot that is given up does not end the daemon: the supervisor ends it when none is left.
        Event.NOT_STARTED: (Standing.UNPROVEN, Verdict.STAYS),
    },
    Standing.PROVEN: {
        Event.WORKER_READY: _PROVEN,
        Event.RELOADED: (Standing.ON_TRIAL_AFTER_PROVEN, Verdict.STAYS),
        Event.REFUSED: _PROVEN,
        Event.NOT_STARTED: _PROVEN,
    },
    Standing.ON_TRIAL_AFTER_UNPROVEN: {
        Event.WORKER_READY: _PROVEN,
        # The next reload ended the trial without a proof: the generation from before both reloads is kept.
        Event.RELOADED: (Standing.ON_TRIAL_AFTER_UNPROVEN, Verdict.STAYS),
        Event.REFUSED: (Standing.UNPROVEN, Verdict.ROLL_BACK),
        Event.NOT_STARTED: (Standing.UNPROVEN, Verdict.ROLL_BACK),
    },
    Standing.ON_TRIAL_AFTER_PROVEN: {
        Event.WORKER_READY: _PROVEN,
        Event.RELOADED: (Standing.ON_TRIAL_AFTER_PROVEN, Verdict.STAYS),
        Event.REFUSED: (Standing.PROVEN, Verdict.ROLL_BACK),
        Event.NOT_STARTED: (Standing.PROVEN, Verdict.ROLL_BACK),
    },
}
"""Next standing and verdict by standing and event. After a roll-back the standing is that of the generation taken
again."""
