"""What supervisor and children say to each other: one line of JSON a frame, read into frozen values.

Whatever a child writes, its user code included, comes out of `decode_up` as a frame or as a `FrameError`: types, ranges
and names are checked here, once, so that the code that gets a frame need not check them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import orjson

from punctuald.errors import PunctualdError

from . import operator_frames
from .frame_checks import (
    LARGEST_WHOLE,
    LONGEST_SECONDS,
    LONGEST_TEXT,
    Check,
    Shape,
    UnfitError,
    flag,
    name,
    names,
    number,
    or_none,
    reason,
    text,
    whole,
)
from .operator_frames import Answered, Explained, Order, PoolState
from .share_frames import PART, Share, ShareTaken

_MOST_WORKERS = 1_000_000


class FrameError(PunctualdError):
    """A line is no frame. The text names the kind and the field, never the value, which may come from a message."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Up: the child works, ``start_seconds`` after its fork."""

    start_seconds: float


@dataclass(frozen=True, slots=True)
class Importing:
    """Up: the worker begins to import the handler of that queue, and shows no sign of life until it is done."""

    queue: str
    handler: str


@dataclass(frozen=True, slots=True)
class Target:
    """Up, from the autoscaler: how many workers there should be, by the settings of that generation."""

    workers: int
    generation: int


@dataclass(frozen=True, slots=True)
class Recycle:
    """Up: the worker asks to be replaced."""

    reason: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """Up: the worker is about to give back these messages, in which its handlers are stuck."""

    message_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cleared:
    """Up: these were suspects, ran with nothing beside them, and came to an end."""

    message_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ill:
    """Up: the worker has run out of something, and these messages' handlers ran into that."""

    message_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Misconfigured:
    """Up: the worker is refused as a whole, by a handler or by all of its queues, and only a person can mend that."""

    text: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Up: it can't receive from that queue just now. ``refused``: and only a person can mend it."""

    queue: str
    text: str
    refused: bool


@dataclass(frozen=True, slots=True)
class Available:
    """Up: the end of `Unavailable`. `Ready` says the same of every queue of which nothing else was said before."""

    queue: str


@dataclass(frozen=True, slots=True)
class OnTime:
    """Up, from the observer: how the tier that is worst off did in the last minute or so (the fast window)."""

    tier: str
    share: float | None  # of messages that were on time; None = there were none
    violated: bool


@dataclass(frozen=True, slots=True)
class Pause:
    """Down: start nothing more of that queue."""

    queue: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Down: the end of a pause."""

    queue: str


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Down, to the autoscaler: no more could be forked just now than so many workers, those that drain included."""

    workers: int


@dataclass(frozen=True, slots=True)
class Dump:
    """Down: log one line of your state."""


Plain = (
    Ready
    | Importing
    | Target
    | Recycle
    | Misconfigured
    | Unavailable
    | Available
    | OnTime
    | Order
    | Explained
    | ShareTaken
)
"""What says nothing of messages."""

OfMessages = Stuck | Cleared | Ill

Up = Plain | OfMessages
Down = Pause | Resume | Share | Ceiling | Dump | Answered | PoolState | Explained

_Frame = TypeVar("_Frame")


_UP: Mapping[str, Shape[Up]] = {
    **operator_frames.UP,
    "ready": Shape(Ready, {"start_seconds": number(LONGEST_SECONDS)}),
    "importing": Shape(Importing, {"queue": name, "handler": text}),
    "target": Shape(Target, {"workers": whole(0, _MOST_WORKERS), "generation": whole(1, LARGEST_WHOLE)}),
    "recycle": Shape(Recycle, {"reason": reason}),
    "stuck": Shape(Stuck, {"message_ids": names}),
    "cleared": Shape(Cleared, {"message_ids": names}),
    "ill": Shape(Ill, {"message_ids": names}),
    "misconfigured": Shape(Misconfigured, {"text": text}),
    "unavailable": Shape(Unavailable, {"queue": name, "text": text, "refused": flag}),
    "available": Shape(Available, {"queue": name}),
    "sharetaken": Shape(ShareTaken, PART),
    "ontime": Shape(OnTime, {"tier": name, "share": or_none(number(1)), "violated": flag}),
}
_DOWN: Mapping[str, Shape[Down]] = {
    **operator_frames.DOWN,
    "pause": Shape(Pause, {"queue": name}),
    "resume": Shape(Resume, {"queue": name}),
    "share": Shape(Share, PART),
    "ceiling": Shape(Ceiling, {"workers": whole(0, _MOST_WORKERS)}),
    "dump": Shape(Dump, {}),
}


def encode(frame: Up | Down) -> bytes:
    """The frame's line, with its end. Text that is too long is cut, and what can't be UTF-8 is written as escapes."""
    said = {field.name: _writable(getattr(frame, field.name)) for field in fields(frame)}
    return orjson.dumps({"kind": type(frame).__name__.lower(), **said}) + b"\n"


def _writable(value: Any) -> Any:
    if isinstance(value, str):  # an error may quote a path whose bytes are no UTF-8: Python holds these as surrogates
        return value[:LONGEST_TEXT].encode(errors="backslashreplace").decode()
    return list(map(_writable, value)) if isinstance(value, tuple) else value


def decode_up(line: bytes) -> Up:
    """The frame that a child sent. Raises `FrameError`, and nothing else, for any bytes whatever."""
    return _decode(line, _UP)


def decode_down(line: bytes) -> Down:
    """The frame that the supervisor sent. Raises `FrameError`, and nothing else, for any bytes whatever."""
    return _decode(line, _DOWN)


def _decode(line: bytes, shapes: Mapping[str, Shape[_Frame]]) -> _Frame:
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise FrameError("not JSON") from None
    if not isinstance(said, dict):
        raise FrameError("not a JSON object")
    kind = said.pop("kind", None)
    shape = shapes.get(kind) if isinstance(kind, str) else None
    if shape is None:
        raise FrameError("unknown kind")
    if said.keys() != shape.checks.keys():
        raise FrameError(f"{kind}: other fields than {', '.join(shape.checks) or 'none'}")
    return shape.make(**{name: _checked(kind, name, check, said[name]) for name, check in shape.checks.items()})


def _checked(kind: str, name: str, check: Check, value: Any) -> Any:
    try:
        return check(value)
    except UnfitError as error:
        raise FrameError(f"{kind}.{name}: {error}") from None
