"""Sample telemetry: a seedable feed of device readings, and the handler that config.toml and the demo run on them.

A worker imports this module, so it brings in nothing heavy.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any

import orjson

from punctuald.clock import Clock, SystemClock
from punctuald.errors import Reject
from punctuald.model import Message

from .ledger import LEDGER_VARIABLE, record
from .slow_start.held_up import HELD_UP_VARIABLE, wait_while_held_up

HANDLER_SECONDS_VARIABLE = "PUNCTUALD_DEMO_HANDLER_SECONDS"
"""Environment variable: how long the sample handler pretends to work on each event; unset = not at all."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one kind of reading looks like: its unit, and the range that the feed draws from."""

    unit: str
    lowest: float
    highest: float


KINDS: Mapping[str, Measurement] = MappingProxyType(
    {
        "temperature": Measurement("celsius", -20.0, 60.0),
        "humidity": Measurement("percent", 0.0, 100.0),
        "pressure": Measurement("hectopascal", 950.0, 1050.0),
        "battery": Measurement("volt", 2.8, 4.2),
    }
)


@dataclass(frozen=True, slots=True)
class TelemetryEvent:
    """One reading of one device; ``id`` is a UUID. ``event_time`` is ISO 8601 in UTC, with milliseconds as SQS's own
    timestamps have.
    """

    id: str
    device_id: str
    kind: str
    value: float
    unit: str
    event_time: str

    def body(self) -> str:
        """The event as a message body."""
        return orjson.dumps(self).decode()


class TelemetryFeed:
    """An endless feed of readings from ``devices`` devices; the same seed gives the same readings and ids."""

    def __init__(self, *, seed: int | None = None, devices: int = 20, clock: Clock | None = None) -> None:
        self._random = Random(seed)  # noqa: S311 - sample data, nothing secret
        self._devices = devices
        self._clock = clock or SystemClock()

    def next_event(self) -> TelemetryEvent:
        """A reading that happens now."""
        kind = self._random.choice(tuple(KINDS))
        measurement = KINDS[kind]
        return TelemetryEvent(
            id=str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            device_id=f"device-{self._random.randrange(self._devices):03d}",
            kind=kind,
            value=round(self._random.uniform(measurement.lowest, measurement.highest), 2),
            unit=measurement.unit,
            event_time=datetime.fromtimestamp(self._clock.utc(), UTC).isoformat(timespec="milliseconds"),
        )


def handle(message: Message) -> None:
    """Check one event, work on it for a while, and write it into the ledger if there is one."""
    event_id = _valid_event_id(message.json())
    wait_while_held_up(os.environ.get(HELD_UP_VARIABLE, ""))
    time.sleep(float(os.environ.get(HANDLER_SECONDS_VARIABLE, "0")))
    ledger = os.environ.get(LEDGER_VARIABLE)
    if ledger:
        record(Path(ledger), event_id, pid=os.getpid(), finished_mono=SystemClock.mono())


def _valid_event_id(event: Any) -> str:
    """The event's id; raises `Reject` for anything that no retry will turn into a reading."""
    if not isinstance(event, dict):
        raise Reject("a telemetry event is a JSON object")
    kind = event.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise Reject(f"unknown kind of reading: {kind!r}; known: {', '.join(KINDS)}")
    value = event.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Reject("value has to be a number")
    try:
        return str(uuid.UUID(event.get("id")))
    except (ValueError, TypeError, AttributeError):
        raise Reject("id has to be a UUID") from None
