"""What the exception that a handler raised means for its message."""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import isnan

from punctuald.errors import Discard, HandlerSignal, Reject, Retry, Unavailable, Wait
from punctuald.logs.user_text import UserText
from punctuald.model import Message, Outcome, OutcomeKind
from punctuald.policy.delivery.downstream import within_reason
from punctuald.policy.delivery.lease import LONGEST_LEASE_SECONDS
from punctuald.policy.pool.illness import illness_of
from punctuald.ports import OnFailure

from .exception_types import named_type

_LONGEST_REASON = 300  # characters; an SQS attribute and a log line can both carry it


class NoNumberError(Exception):
    """A signal has something else where a number belongs."""


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
    name = type(error).__name__
    reason, illness = UserText(f"{name}: {_text(error)}"[:_LONGEST_REASON], name), _illness(error)
    # A driver without descriptors can't connect either: that is this process's fault, and no outage.
    downstream = None if illness else named_type(error, down_on)
    if downstream is not None:
        return Outcome(OutcomeKind.UNAVAILABLE, reason, downstream=downstream)
    on_failure(error, message)
    return Outcome(OutcomeKind.FAILED, reason, illness=illness)


def _of_signal(error: BaseException) -> Outcome | None:
    """What a signal of ours says; None where it is none, or has a value that it may not have."""
    try:
        return _said_by(error)
    except NoNumberError:
        return None


def _said_by(error: BaseException) -> Outcome | None:
    match error:
        case Retry():
            return Outcome(OutcomeKind.RETRY, _reason(error), _seconds(error, "after_seconds"), illness=_illness(error))
        case Wait() if _has_a_time(error):
            return Outcome(OutcomeKind.WAIT, _reason(error), _seconds(error, "seconds"), _number(error, "until_utc"))
        case Unavailable():
            return _unavailable(error)
        case Reject():
            return Outcome(OutcomeKind.REJECT, _reason(error))
        case Discard():
            return Outcome(OutcomeKind.DISCARD, _reason(error))
        case _:
            return None


def _unavailable(error: Unavailable) -> Outcome:
    retry_after = _number(error, "retry_after")
    seconds = None if retry_after is None else within_reason(retry_after)
    downstream = UserText(_text(getattr(error, "downstream", "")), type(error).__name__)
    return Outcome(OutcomeKind.UNAVAILABLE, _reason(error), seconds, downstream=downstream)


def _illness(error: BaseException) -> str:
    """What the process has run out of, if ``error`` came from that. Not asked of `Reject`, `Discard`, `Wait` and
    `Unavailable`: these are said of the message or the downstream, whatever went before."""
    illness = illness_of(error)
    return "" if illness is None else illness.text


def _has_a_time(wait: Wait) -> bool:
    """A subclass of the user's own may never have called ours."""
    return (getattr(wait, "seconds", None) is None) != (getattr(wait, "until_utc", None) is None)


def _seconds(signal: HandlerSignal, name: str) -> float | None:
    """A time to wait, within what a source can hide a message for, so that everybody may reckon with it."""
    seconds = _number(signal, name)
    return None if seconds is None else min(max(seconds, -LONGEST_LEASE_SECONDS), LONGEST_LEASE_SECONDS)


def _number(signal: HandlerSignal, name: str) -> float | None:
    """Checked, because nothing enforces the annotations on user code. Raises `NoNumberError` for what is no number: NaN
    and a whole number beyond all floats are none either."""
    said = getattr(signal, name, None)
    if said is None:
        return None
    if not isinstance(said, int | float):
        raise NoNumberError
    try:
        is_none = isnan(said)
    except OverflowError:
        is_none = True
    if is_none:
        raise NoNumberError
    return said


def _reason(signal: HandlerSignal) -> str:
    """The signal's reason. A user's subclass may not have called our ``__init__``, and then lacks our attributes."""
    return UserText(_text(getattr(signal, "reason", signal)), type(signal).__name__)


def _text(said: object) -> str:
    """``said`` as text. It may be an exception, as in ``Reject(error)``, and then ``str`` of it may run user code that
    raises."""
    try:
        return str(said)[:_LONGEST_REASON]
    except Exception:  # noqa: BLE001 - see above
        return f"a {type(said).__name__} that can't be shown"
