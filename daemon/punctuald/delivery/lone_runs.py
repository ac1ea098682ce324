"""Runs suspects one by one, with nothing beside them in this worker, so that each one's run is evidence of itself only.

What a worker was running when it died is suspect, and of several messages only one was the cause. Run beside others
again, an innocent one would be found with dead workers again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Protocol

from punctuald.clock import Clock
from punctuald.logs import present
from punctuald.logs.limited import LimitedLog
from punctuald.policy.delivery.lone_run import REST_SECONDS, LoneStep, lone_step, patience

from .in_flight import InFlight
from .run.runner import Running
from .timer import Timer

LOOK_SECONDS = 0.05
OVER_SECONDS = 1.0
"""How long past its time limit a handler hangs: a coroutine's cancellation has come by then."""


class Turn(Protocol):
    """Of all workers one at a time has it: the others would otherwise all keep their other messages waiting."""

    def take(self, now_mono: float) -> bool:
        """Whether it is ours; asked again and again while it is not, and while it is."""
        ...

    def leave(self) -> None:
        """Others may have it."""
        ...


class Place(Protocol):
    """Handlers that run beside one another: a worker has one place for functions and one for coroutines."""

    @property
    def suspects(self) -> list[InFlight]:
        """What is to run alone, the first that came first."""
        ...

    @property
    def is_quiet(self) -> bool:
        """Whether no handler runs."""
        ...

    @property
    def has_others(self) -> bool:
        """Whether anything but suspects runs or is ready to."""
        ...

    def running(self) -> Sequence[Running]:
        """What its handlers are at."""
        ...

    def pause(self, look: Callable[[], None]) -> None:
        """Start nothing, and call ``look`` whenever a handler has ended."""
        ...

    def resume(self) -> None:
        """Go on."""
        ...

    def run_alone(self, item: InFlight) -> None:
        """Start this one of the suspects."""
        ...


class LoneRuns:
    """One for all places of a worker. ``on_cleared`` is called with the id of each message that came to an end alone.

    Those that no worker died of alone come first (``lone_deaths_of``): they lose a receive whenever a worker dies
    before their turn.
    """

    def __init__(
        self,
        clock: Clock,
        turn: Turn,
        lone_deaths_of: Callable[[str], int],
        on_cleared: Callable[[str], None],
        limited: LimitedLog,
    ) -> None:
        self._clock = clock
        self._limited = limited
        self._turn = turn
        self._lone_deaths_of = lone_deaths_of
        self._on_cleared = on_cleared
        self._places: list[Place] = []
        self._timer = Timer(clock, self.look)
        self._running: InFlight | None = None
        self._paused_mono: float | None = None
        self._rests_until_mono = -inf
        self._vain_attempts = 0
        self._has_run = False  # in this attempt
        self._had_others_mono = clock.mono()
        self._needs_turn = True
        self._has_turn = self._had_suspects = self._hangs = self._is_closed = False

    @property
    def are_under_way(self) -> bool:
        """Whether nothing else may start just now: more messages would only wait."""
        return self._paused_mono is not None

    def join(self, place: Place) -> None:
        """Nothing may run there while a suspect runs elsewhere in this worker."""
        self._places.append(place)

    def stop(self) -> None:
        """The worker stops: what waits for its turn would not come to run any more. Others have little time left, so
        they are kept waiting, and go on, no longer than at a first attempt."""
        self._needs_turn = False
        self._vain_attempts = 0
        self._rests_until_mono = min(self._rests_until_mono, self._clock.mono() + REST_SECONDS)
        self.look()

    def close(self) -> None:
        """Everything was given back: nothing is started any more, and no end of a run is evidence."""
        self._timer.stop()
        self._is_closed = True
        self._leave_turn()

    def look(self) -> None:
        """Do what is to be done now. Called when a suspect or the end of a handler comes, and by time."""
        if self._is_closed:
            return
        now_mono = self._clock.mono()
        if self._running is not None and self._is_quiet():
            self._cleared(self._running)
        if self._running is not None and not self._needs_turn and self._is_past_its_limit(now_mono):
            self._give_up()
        if self._running is None:
            self._do(self._step(now_mono), now_mono)
        elif self._has_turn:
            self._has_turn = self._turn.take(now_mono)
        self._had_suspects = self._running is not None or self._has_suspects()
        if self._had_suspects:
            self._timer.by(now_mono + LOOK_SECONDS)
        else:
            self._vain_attempts = 0
            self._leave_turn()

    def _step(self, now_mono: float) -> LoneStep:
        has_suspects, rests = self._has_suspects(), now_mono < self._rests_until_mono
        if not self._had_suspects or any(place.has_others for place in self._places):
            self._had_others_mono = now_mono
        if has_suspects and self._needs_turn and not rests:
            self._has_turn = self._turn.take(now_mono)
        return lone_step(
            has_suspects=has_suspects,
            without_others_seconds=now_mono - self._had_others_mono,
            is_quiet=self._is_quiet(),
            has_turn=self._has_turn or not self._needs_turn,
            waited_seconds=self._waited_seconds(now_mono),
            patience_seconds=patience(self._vain_attempts, self._longest_limit_seconds()),
            rests=rests,
        )

    def _do(self, step: LoneStep, now_mono: float) -> None:
        match step:
            case LoneStep.RUN:
                self._pause(now_mono)
                self._run_next()
            case LoneStep.WAIT:
                self._pause(now_mono)
            case LoneStep.REST:
                self._rest(now_mono)
            case LoneStep.LET_OTHERS:
                self._resume()

    def _rest(self, now_mono: float) -> None:
        if self._needs_turn:
            self._rests_until_mono = now_mono + max(REST_SECONDS, self._waited_seconds(now_mono))
            self._vain_attempts = 0 if self._has_run else self._vain_attempts + 1
        else:
            self._rests_until_mono = now_mono + REST_SECONDS
        self._had_others_mono = now_mono  # there may be some at the source: none were received meanwhile
        self._leave_turn()
        self._resume()

    def _run_next(self) -> None:
        waiting = [(place, item) for place in self._places for item in place.suspects]
        place, item = min(waiting, key=lambda each: self._lone_deaths_of(each[1].id))
        self._running, self._has_run = item, True
        self._limited.warning(
            "message.runs_alone",
            queue=item.options.name,
            message_id=item.id,
            receive_count=item.message.receive_count,
            **present(tenant=item.message.tenant),
        )
        place.run_alone(item)

    def _cleared(self, item: InFlight) -> None:
        self._running = None
        item.is_suspect = False
        self._limited.info(
            "message.cleared", queue=item.options.name, message_id=item.id, **present(tenant=item.message.tenant)
        )
        self._on_cleared(item.id)

    def _give_up(self) -> None:
        """It hangs, and nothing can run alone beside it any more. What it says of itself the worker tells; the others
        have the rest of the time, instead of going back unrun."""
        self._running, self._hangs = None, True

    def _is_past_its_limit(self, now_mono: float) -> bool:
        return any(
            0 < each.time_limit_seconds < now_mono - each.since_mono - OVER_SECONDS for each in self._all_running()
        )

    def _longest_limit_seconds(self) -> float:
        return max([each.time_limit_seconds for each in self._all_running()], default=0.0)

    def _all_running(self) -> list[Running]:
        return [running for place in self._places for running in place.running()]

    def _waited_seconds(self, now_mono: float) -> float:
        return 0.0 if self._paused_mono is None else now_mono - self._paused_mono

    def _pause(self, now_mono: float) -> None:
        if self._paused_mono is None:
            self._paused_mono, self._has_run = now_mono, False
            for place in self._places:
                place.pause(self.look)

    def _resume(self) -> None:
        if self._paused_mono is not None:
            self._paused_mono = None
            for place in self._places:
                place.resume()

    def _leave_turn(self) -> None:
        self._has_turn = False
        self._turn.leave()

    def _has_suspects(self) -> bool:
        return not self._hangs and any(place.suspects for place in self._places)

    def _is_quiet(self) -> bool:
        return all(place.is_quiet for place in self._places)
