"""Passes each frame that the supervisor sends a worker to what carries it out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from punctuald.logs import logger

from .frames import Down

log = logger()

Controls = Mapping[type[Down], Callable[[Any], None]]
"""By type of frame, what carries it out; it is given the frame."""


def carry_out(frames: Iterable[Down], controls: Controls) -> None:
    """Carry out each frame in its turn. A frame without a control is logged as an error, because the supervisor
    believes that it is in force."""
    for frame in frames:
        control = controls.get(type(frame))
        if control is None:
            log.error("worker.order_refused", order=type(frame).__name__.lower())
        else:
            control(frame)
