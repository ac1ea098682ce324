"""How much there is to replay: what is too much, and how many replays there are."""

from __future__ import annotations

from punctuald.errors import ConfigurationError
from punctuald.log_tables.figures.clock import Extent
from punctuald.simulate.engine.engine import MOST_WORKERS
from punctuald.simulate.engine.setup import Setup

MOST_DAYS = 31
MOST_MESSAGES = 50_000_000
"""A replay takes twenty seconds for a day, and 100 bytes for a message."""

_DAY_SECONDS = 24 * 3600.0
_MOST_DRAWS = 15
_ENOUGH_MESSAGES = 500_000
_ENOUGH_STEPS = 50_000
"""Of so many messages one replay is enough, for chance evens out; and a replay of so many steps takes ten seconds."""


def draws_of(name: str, setup: Setup, messages: int, extent: Extent) -> int:
    """How many replays there are of ``setup``, which is called ``name``. Raises `ConfigurationError` where one would
    take too long."""
    hosts = len(extent.hosts)
    seconds = max(1.0, extent.end_utc - extent.begin_utc, work_seconds(setup, messages, hosts))
    if seconds > MOST_DAYS * _DAY_SECONDS:
        raise ConfigurationError(
            f"--what-if: {name}: the messages would take {seconds / _DAY_SECONDS:,.0f} days, and at most {MOST_DAYS} "
            "can be replayed"
        )
    return how_often(messages, seconds * hosts / setup.step_seconds)


def how_often(messages: int, steps: float) -> int:
    """How many replays there are of so many messages and so many of the simulator's steps: odd, so that one is in the
    middle."""
    return 2 * min(_MOST_DRAWS // 2, _ENOUGH_MESSAGES // messages, int(_ENOUGH_STEPS / steps)) + 1


def work_seconds(setup: Setup, messages: int, hosts: int) -> float:
    """How long all workers and slots that there may be need for so many messages, at the least."""
    slots = hosts * setup.max_workers * setup.slots
    each_seconds = setup.service.mean_seconds / min(slots, setup.limits.concurrency or slots)
    rate_per_second = setup.limits.rate_per_second
    return messages * max(each_seconds, 1 / rate_per_second if rate_per_second else 0.0)


def refuse_too_much(extent: Extent, messages: int) -> None:
    """Raises `ConfigurationError` where the log is too long."""
    days = (extent.end_utc - extent.begin_utc) / _DAY_SECONDS
    if days > MOST_DAYS or messages > MOST_MESSAGES:
        raise ConfigurationError(
            f"--what-if: the log is of {days:,.1f} days and {messages:,} messages, and at most {MOST_DAYS} days and "
            f"{MOST_MESSAGES:,} messages can be replayed: --since and --until take a part"
        )


def refuse_several(setup: Setup, hosts: int) -> None:
    """Raises `ConfigurationError` where so many hosts can't be simulated."""
    if hosts * setup.max_workers > MOST_WORKERS:
        raise ConfigurationError(
            f"--what-if: the log is of {hosts} hosts, and only {MOST_WORKERS} workers can be simulated: "
            "a lower pool.max_workers, or fewer hosts' logs"
        )
    if hosts > 1 and setup.limits.any:
        raise ConfigurationError(
            "--what-if: the [[queue]] has limits, which each daemon keeps for itself: only one host's log can be "
            "replayed with them"
        )
