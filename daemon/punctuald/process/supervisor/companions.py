"""The two processes beside the pool, of which there is one each: the autoscaler and the observer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from punctuald.clock import Clock
from punctuald.policy.pool.fleet import Event, State

from .children import Closable
from .generation import Generation
from .managed_process import ManagedProcess

_NEVER = 1 << 62

Inherited = Callable[[], Iterable[Closable]]
"""The parent's own descriptors at this moment, the listeners among them."""


class Companions:
    """Neither is needed by the pool: while one is missing the workers go on, and it is started again, with back-off
    where it dies young. The observer is never given up: it is what says how the daemon does."""

    def __init__(self, clock: Clock) -> None:
        self.autoscaler = ManagedProcess(0, "autoscaler", clock)
        self.observer = ManagedProcess(0, "observer", clock)
        self._ends = False  # whether the observer was asked for its last words

    def __iter__(self) -> Iterator[ManagedProcess]:
        return iter((self.autoscaler, self.observer))

    def __contains__(self, process: ManagedProcess) -> bool:
        return process is self.autoscaler or process is self.observer

    def start_missing(self, generation: Generation, target: int, inherited: Inherited) -> None:
        """Start each that has no process and waits for none. ``target``: the workers that are wanted just now."""
        if self.autoscaler.slot.state is State.EMPTY:
            row = generation.board.layout.workers
            main = generation.autoscaler_main(target)
            self.autoscaler.start(generation, row, main, inherited())
        if self.observer.slot.state is State.EMPTY:
            self._start_observer(generation, inherited)

    def settings_changed(self) -> None:
        """Each is replaced by one that goes by the settings in force now."""
        for process in self:
            process.order(Event.DRAIN, "settings changed")

    def ended(self, generation: Generation, inherited: Inherited, *, killed: bool) -> bool:
        """End them now that the pool is empty; says whether both are gone. The autoscaler goes before the observer: it
        measures to the end, and the observer reports all of it. One that is missing just then is started for that."""
        event = Event.KILL if killed else Event.DRAIN
        self.autoscaler.order(event, "the pool is empty")
        if self.autoscaler.pid:
            return False
        if not self._ends and not killed and not self.observer.pid:
            self.observer.order(Event.DRAIN)  # out of its back-off
            self._start_observer(generation, inherited)
        self._ends = True
        if self.observer.slot.state is State.STARTING and not killed:
            return False  # one that is asked to end while it starts is killed, and would have said nothing
        self.observer.order(event, "all others are gone")
        return not self.observer.pid

    def _start_observer(self, generation: Generation, inherited: Inherited) -> None:
        lasting = replace(generation, rules=replace(generation.rules, fatal_after_young_deaths=_NEVER))
        closed = [each for each in inherited() if each not in generation.listeners]
        self.observer.start(lasting, generation.board.layout.observer, generation.observer_main(), closed)
