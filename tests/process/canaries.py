"""Words that no line of the daemon may have: what was sent to it, what it signs with, what it may delete with."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import orjson

CREDENTIALS: Mapping[str, str] = {
    "AWS_SECRET_ACCESS_KEY": "canary-of-a-secret-key",
    "AWS_SESSION_TOKEN": "canary-of-a-session-token",
}
ATTRIBUTE = "canary-of-a-message-attribute"

_HANDLE = re.compile(r"[A-Za-z0-9+/=_-]{100,}")  # moto's, as SQS's, are longer than anything else that is one word
_SHORTEST_BODY = 6  # what is shorter is a word, or a part of one, by chance

USER_TEXT = frozenset({"traceback", "reason", "name"})
"""Fields that have a handler's own words with ``exceptions = "full"``."""

OWN_LINES = frozenset({"handler.output", "handler.log"})
"""Lines that handlers write."""


def leaks(log: str, errors: str, bodies: Collection[str]) -> list[str]:
    """What is in the daemon's log or stderr and must not be there. ``bodies``: of all that was sent."""
    words = [*CREDENTIALS.values(), ATTRIBUTE]
    found = [f"{word} on a stream" for word in words if word in log or word in errors]
    patterns = [re.compile(rf"\b{re.escape(body)}\b") for body in bodies if len(body) >= _SHORTEST_BODY]
    for event in _events(log):
        for name, text in _texts(event):
            if _HANDLE.search(text):
                found.append(f"a receipt handle in {event['event']}.{name}")
            if name not in USER_TEXT and any(pattern.search(text) for pattern in patterns):
                found.append(f"a body in {event['event']}.{name}: {text}")
    return found


def _events(log: str) -> Iterator[Mapping[str, Any]]:
    for line in log.splitlines():
        try:
            event = orjson.loads(line)
        except orjson.JSONDecodeError:  # the last one of a process that was killed in the middle of it
            continue
        if isinstance(event, dict) and event.get("event") not in OWN_LINES:
            yield event


def _texts(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every text in it, whatever it is nested in, with the name of its field; but for names that are no message's."""
    for name, value in event.items():
        if name not in {"queue", "queues", "unavailable", "event", "level", "process"}:
            yield from ((name, text) for text in _within(value))


def _within(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _within(each)
    elif isinstance(value, list):
        for each in value:
            yield from _within(each)
