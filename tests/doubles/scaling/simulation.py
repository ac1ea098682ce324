"""A simulation from a trace to its result, where only one scaler meets the messages."""

from __future__ import annotations

from punctuald.simulate.engine.engine import replay
from punctuald.simulate.engine.result import Result
from punctuald.simulate.engine.setup import Setup
from punctuald.simulate.engine.traffic import draw_traffic
from punctuald.simulate.scalers.scaler import Scaler
from punctuald.simulate.trace.trace import Trace


def simulate(trace: Trace, setup: Setup, scaler: Scaler, seed: int = 1) -> Result:
    """Draw the messages of ``trace`` and replay them."""
    return replay(draw_traffic(trace, setup, seed), trace, setup, scaler, seed)
