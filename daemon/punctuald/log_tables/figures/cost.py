"""What the calls cost, and the workers."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from punctuald.errors import ConfigurationError
from punctuald.log_tables.database import Database
from punctuald.policy.advice.prices import MILLION, Prices

from .queues import QueueSum

_TOP = {"currency", "standard", "fifo", "worker_hour", "queues"}


@dataclass(frozen=True, slots=True)
class Cost:
    """``per_million``: messages that were done; None where none was. ``worker_hours`` are those of workers that were
    ready, as the intervals saw them at their ends."""

    currency: str
    requests: int
    messages: int
    request_cost: float
    worker_hours: float
    worker_cost: float | None

    @property
    def requests_per_message(self) -> float | None:
        """Calls for each message that was done."""
        return self.requests / self.messages if self.messages else None

    @property
    def per_million(self) -> float | None:
        """What a million messages cost in calls."""
        return self.request_cost / self.messages * MILLION if self.messages else None


def read_prices(path: Path) -> Prices:
    """From a TOML file with some of the fields of `Prices`. Raises `ConfigurationError`."""
    try:
        given: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: can't be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: is no TOML: {error}") from None
    _check(path, given)
    return Prices(**given)


def cost(log: Database, queues: tuple[QueueSum, ...], prices: Prices) -> Cost:
    """Of everything in the log."""
    [(worker_seconds,)] = log.rows("SELECT coalesce(sum(workers_ready * seconds), 0)::DOUBLE FROM intervals_daemon")
    hours = worker_seconds / 3600
    return Cost(
        prices.currency,
        sum(queue.requests for queue in queues),
        sum(queue.done for queue in queues),
        sum(queue.requests * prices.of(queue.queue) for queue in queues) / MILLION,
        hours,
        None if prices.worker_hour is None else hours * prices.worker_hour,
    )


def _check(path: Path, given: Mapping[str, Any]) -> None:
    unknown = sorted(given.keys() - _TOP)
    if unknown:
        raise ConfigurationError(f"{path}: no such field: {', '.join(unknown)}; there are {', '.join(sorted(_TOP))}")
    queues = given.get("queues", {})
    if not isinstance(queues, dict):
        raise ConfigurationError(f"{path}: queues: has to be a table of names and prices")
    numbers = {name: value for name, value in given.items() if name not in {"currency", "queues"}}
    for name, value in (numbers | {f"queues.{name}": value for name, value in queues.items()}).items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
            raise ConfigurationError(f"{path}: {name} = {value!r}: has to be a number from 0 up")
