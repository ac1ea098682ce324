"""The log of what can happen once a message, with the product's limits."""

from __future__ import annotations

from punctuald.clock import Clock, ManualClock
from punctuald.logs import logger
from punctuald.logs.limited import LimitedLog
from punctuald.policy.log_lines.event_rates import EventRates


def limited_log(clock: Clock | None = None) -> LimitedLog:
    """One whose limits nothing has used up; ``clock`` None = time stands still."""
    return LimitedLog(logger(), EventRates(), (clock or ManualClock()).mono)
