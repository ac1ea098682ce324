"""What the exception that a handler raised means for its message."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection

from punctuald.errors import Discard, HandlerSignal, Reject, Retry, Unavailable, Wait
from punctuald.model import Message, Outcome, OutcomeKind
from punctuald.policy.pool.illness import illness_of
from punctuald.ports import OnFailure

from .exception_types import named_type

_LONGEST_REASON = 300  # characters; an SQS attribute and a log line can both carry it

Judge = Callable[[BaseException, Message, OnFailure], Outcome]
"""`outcome_of`, or what stands in for it."""


def outcome_of(
    error: BaseException, message: Message, on_failure: OnFailure, *, down_on: Collection[str] = ()
) -> Outcome:
    """What ``error`` means for ``message``. ``on_failure`` gets what is no valid signal of ours and none of the types
    that ``down_on`` names."""
    outcome = _of_signal(error)
    if outcome is not None:
        return outcome
    reason = _text(f"{type(error).__name__}: {_text(error)}")
    downstream = named_type(error, down_on)
    if downstream is not None:
        return Outcome(OutcomeKind.UNAVAILABLE, reason, downstream=downstream)
    on_failure(error, message)
    return Outcome(OutcomeKind.FAILED, reason, illness=_illness(error))


def _of_signal(error: BaseException) -> Outcome | None:
    """What a signal of ours says; None where it is none, or has a value that it may not have."""
    match error:
        case Retry() if _is_a_wait(wait := getattr(error, "after_seconds", None)):
            return Outcome(OutcomeKind.RETRY, _reason(error), wait, illness=_illness(error))
        case Wait() if _has_a_time(error):
            return Outcome(OutcomeKind.WAIT, _reason(error), error.seconds, error.until_utc)
        case Unavailable() if _is_a_wait(wait := getattr(error, "retry_after", None)):
            name = _text(getattr(error, "downstream", ""))
            return Outcome(OutcomeKind.UNAVAILABLE, _reason(error), wait, downstream=name)
        case Reject():
            return Outcome(OutcomeKind.REJECT, _reason(error))
        case Discard():
            return Outcome(OutcomeKind.DISCARD, _reason(error))
        case _:
            return None


def _illness(error: BaseException) -> str:
    """What the process has run out of, if ``error`` came from that. Not asked of `Reject`, `Discard`, `Wait` and
    `Unavailable`: these are said of the message or the downstream, whatever went before."""
    illness = illness_of(error)
    return "" if illness is None else illness.text


def _is_a_wait(after_seconds: object) -> bool:
    """Whether this is None or a number of seconds. Checked, because nothing enforces the annotations on user code; NaN
    is refused too."""
    return after_seconds is None or (isinstance(after_seconds, int | float) and not math.isnan(after_seconds))


def _has_a_time(wait: Wait) -> bool:
    """A subclass of the user's own may never have called ours."""
    times = [each for each in (getattr(wait, "seconds", None), getattr(wait, "until_utc", None)) if each is not None]
    return len(times) == 1 and _is_a_wait(times[0])


def _reason(signal: HandlerSignal) -> str:
    """The signal's reason. A user's subclass may not have called our ``__init__``, and then lacks our attributes."""
    return _text(getattr(signal, "reason", signal))


def _text(said: object) -> str:
    """``said`` as text. It may be an exception, as in ``Reject(error)``, and then ``str`` of it may run user code that
    raises."""
    try:
        return str(said)[:_LONGEST_REASON]
    except Exception:  # noqa: BLE001 - see above
        return f"a {type(said).__name__} that can't be shown"
