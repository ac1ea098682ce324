"""What the exception that a handler raised means for its message."""

from __future__ import annotations

import math
from collections.abc import Callable

from punctuald.errors import Discard, HandlerSignal, Reject, Retry, Wait
from punctuald.model import Message, Outcome, OutcomeKind
from punctuald.policy.pool.illness import illness_of
from punctuald.ports import OnFailure

_LONGEST_REASON = 300  # characters; an SQS attribute and a log line can both carry it

Judge = Callable[[BaseException, Message, OnFailure], Outcome]
"""`outcome_of`, or what stands in for it."""


def outcome_of(error: BaseException, message: Message, on_failure: OnFailure) -> Outcome:
    """What ``error`` means for ``message``. ``on_failure`` gets what is no valid `Retry`, `Reject` or `Discard`."""
    match error:
        case Retry() if _is_a_wait(wait := getattr(error, "after_seconds", None)):
            return Outcome(OutcomeKind.RETRY, _reason(error), wait, illness=_illness(error))
        case Wait() if _has_a_time(error):
            return Outcome(OutcomeKind.WAIT, _reason(error), error.seconds, error.until_utc)
        case Reject():
            return Outcome(OutcomeKind.REJECT, _reason(error))
        case Discard():
            return Outcome(OutcomeKind.DISCARD, _reason(error))
        case _:
            on_failure(error, message)
            reason = _text(f"{type(error).__name__}: {_text(error)}")
            return Outcome(OutcomeKind.FAILED, reason, illness=_illness(error))


def _illness(error: BaseException) -> str:
    """What the process has run out of, if ``error`` came from that. Not asked of `Reject`, `Discard` and `Wait`: these
    are said of the message, whatever went before."""
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
