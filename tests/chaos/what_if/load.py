"""What is sent: bursts that are too much for the pool as it is; in every run the same messages at the same instants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from punctuald.simulate.engine.setup import Setup
from punctuald.simulate.engine.traffic import draw_traffic
from punctuald.simulate.trace.service_times import Lognormal
from punctuald.simulate.trace.stamps import in_seconds
from punctuald.simulate.trace.trace import Trace

SERVICE = Lognormal(mean_seconds=0.05, variation=1.0)
SECONDS = 90
STEADY_PER_SECOND = 207.0
BURSTS = ((20, 4, 430.0), (70, 4, 450.0))
"""From which second on, for how many seconds, how many messages a second. Four workers of four slots do 320."""


@dataclass(frozen=True, slots=True)
class Load:
    """By message: when it is due, counted from the begin, and how long its handler sleeps."""

    due_seconds: list[float]
    work_seconds: list[float]

    @property
    def bodies(self) -> list[str]:
        """As `benchmarks.handlers.sleep_as_told` takes them."""
        return [f"{number} {seconds:.6f}" for number, seconds in enumerate(self.work_seconds)]


def draw(seed: int) -> Load:
    """More than 20,000 messages."""
    rates = np.full(SECONDS, STEADY_PER_SECOND)
    for begin, seconds, per_second in BURSTS:
        rates[begin : begin + seconds] = per_second
    traffic = draw_traffic(Trace("bursts", rates, 1.0, rescaled=True), Setup(service=SERVICE), seed)
    return Load(in_seconds(traffic.sent).tolist(), in_seconds(traffic.service).tolist())
