"""Coroutines and tests on virtual time: see `punctuald.testing.virtual_loop`."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from punctuald.clock import ManualClock
from punctuald.testing.virtual_loop import VirtualLoop

Result = TypeVar("Result")


def run(coroutine: Coroutine[Any, Any, Result], clock: ManualClock) -> Result:
    """Run ``coroutine`` to its end on a `VirtualLoop` of its own; tasks that it leaves are cancelled."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(clock)) as runner:
        return runner.run(coroutine)


def on_virtual_time(test: Callable[[ManualClock], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Make a test function of a coroutine that is given the clock of the loop that it runs on."""

    @functools.wraps(test)
    def run_it() -> None:
        clock = ManualClock()
        run(test(clock), clock)

    del run_it.__wrapped__  # pytest would take its parameter for a fixture
    return run_it
