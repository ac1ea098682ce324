"""Where a message waits that its handler wants later: here, or at its source."""

from __future__ import annotations

from enum import StrEnum


class Waiting(StrEnum):
    """What to do with it."""

    HOLD = "hold"  # keep it in flight, its lease renewed, and run it when its time comes
    RELEASE = "release"  # give it back, to come again then: that costs a receive
    RUN_NOW = "run_now"  # it would not come again, and there is no time left to hold it
    FAIL = "fail"  # it was run like that already


def where_to_wait(
    seconds: float,
    *,
    hold_seconds: float,
    is_full: bool,
    is_last_receive: bool,
    stops_in_seconds: float | None,
    ran_before_stop: bool,
) -> Waiting:
    """``seconds`` until its time; a worker holds none for longer than ``hold_seconds`` and none more when ``is_full``.

    ``stops_in_seconds`` is what is left of a stop's drain time, None where the worker goes on. A message at its last
    allowed receive (``is_last_receive``) is never given back unrun: while the worker goes on it is held whatever the
    limits say, and at a stop, or when its lease can't be renewed much longer, it is run once more at once;
    ``ran_before_stop`` says that this was done.
    """
    if is_last_receive and ran_before_stop and (stops_in_seconds is None or seconds > stops_in_seconds):
        return Waiting.FAIL
    if stops_in_seconds is None:
        fits = seconds <= hold_seconds and not is_full
        return Waiting.HOLD if fits or is_last_receive else Waiting.RELEASE
    if seconds <= stops_in_seconds:
        return Waiting.HOLD
    return Waiting.RUN_NOW if is_last_receive else Waiting.RELEASE
