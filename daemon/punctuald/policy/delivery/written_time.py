"""A time that a message's producer writes into it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from punctuald.model import Message

MILLISECONDS_FROM = 1e11  # as seconds this is the year 5138, as milliseconds 1973: no real time is in doubt


@dataclass(frozen=True, slots=True)
class WrittenTime:
    """Where it is written: a message attribute, or else a field at the top of a JSON body.

    An empty name means that there is no such attribute or field. Both hold ISO 8601 text (UTC where it has no offset)
    or a number, in seconds or milliseconds since the epoch.
    """

    attribute: str = ""
    field: str = ""

    @property
    def is_named(self) -> bool:
        """Whether there is any place to look at."""
        return bool(self.attribute or self.field)

    def all_in(self, message: Message) -> Iterator[float]:
        """UTC seconds, the attribute's first. They may be any number, also infinity and NaN."""
        for written in (message.attributes.get(self.attribute), self._in_body(message.body)):
            written_utc = _utc_seconds(written)
            if written_utc is not None:
                yield written_utc

    def _in_body(self, body: str) -> object:
        if not self.field:
            return None
        try:
            parsed = orjson.loads(body)
        except orjson.JSONDecodeError:
            return None  # a body of another kind is its handler's business; here it only has no time
        return parsed.get(self.field) if isinstance(parsed, dict) else None


def _utc_seconds(written: object) -> float | None:
    match written:
        case bool():  # an int to Python, but never a time
            return None
        case int() | float():
            return _from_number(float(written))
        case str():
            return _from_text(written.strip())
        case _:
            return None


def _from_text(text: str) -> float | None:
    # Numbers first: fromisoformat takes «20231114» for a date, but attributes carry epoch seconds as text.
    try:
        return _from_number(float(text))
    except ValueError:
        return _from_iso(text)


def _from_iso(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()


def _from_number(number: float) -> float:
    return number / 1000 if number >= MILLISECONDS_FROM else number
