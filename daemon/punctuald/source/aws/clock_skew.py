"""How far this machine's clock is from AWS's, by the Date header of its answers.

A message's time in the queue is `received - sent`, and `sent` is on the broker's clock: a machine that is a minute off
would report a minute of latency that nobody had, or hide one. So `received` is moved to the broker's clock as well.
Signatures bear a date too, which AWS refuses where it is more than five minutes off.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from functools import lru_cache

from punctuald.clock import Clock
from punctuald.logs import logger, present
from punctuald.policy.log_lines.rate import REMINDER_SECONDS
from punctuald.policy.receive.clock_offset import ClockOffset, after_answer

TOLERATED_SKEW_SECONDS = 2.0
"""A difference below this may be noise: the header counts whole seconds and the answer travels."""

MISLEADING_SKEW_SECONDS = 240.0
"""AWS takes a date that is up to five minutes off: by less than this, the clock is not what a refusal is about."""

LATEST_UTC = 2.0**32
"""The year 2106. A date beyond it is none, and neither is one before 1970: nothing is signed or reckoned by it."""

_HALF_HEADER_RESOLUTION_SECONDS = 0.5

log = logger()


class ClockSkew:
    """Once per process: all AWS endpoints show the same time, and it is this machine's clock that is off. ``region``:
    whose alone it is, where that is not so."""

    def __init__(self, clock: Clock, region: str = "") -> None:
        self._clock = clock
        self._region = region
        self._reported_seconds = 0.0
        self._reported_mono = 0.0
        self.broker_ahead_seconds = 0.0  # as of the last answer
        self._signing_offset_seconds = 0.0

    def answered_utc(self, date_header: str | None) -> float:
        """Now, for an answer with this Date header (RFC 9110, 5.6.7): our own clock, corrected if it is clearly off."""
        now_utc = self._clock.utc()
        self.broker_ahead_seconds = skew_seconds = seconds_off(date_header, now_utc)
        self._report_if_off(skew_seconds)
        return now_utc + skew_seconds

    def asked_utc(self) -> float | None:
        """Now on our own clock, for `heard` once the answer is there; None where one answer tells enough."""
        return None

    def heard(self, date_header: str | None, asked_utc: float) -> None:
        """An answer of any kind came just now, to what was asked then."""

    def _report_if_off(self, skew_seconds: float) -> None:
        if abs(skew_seconds) > TOLERATED_SKEW_SECONDS or self._reported_seconds:
            self._report(skew_seconds if abs(skew_seconds) > TOLERATED_SKEW_SECONDS else 0.0)

    def _report(self, skew_seconds: float) -> None:
        """When it has changed, and every so often while it lasts."""
        changed = abs(skew_seconds - self._reported_seconds) > TOLERATED_SKEW_SECONDS
        now_mono = self._clock.mono()
        if changed or (skew_seconds and now_mono - self._reported_mono >= REMINDER_SECONDS):
            self._reported_seconds, self._reported_mono = skew_seconds, now_mono
            log.warning(
                "source.clock_skewed", skew_seconds=round(skew_seconds, 1), **present(region=self._region or None)
            )

    def signing_utc(self) -> float:
        """What to date a signature with."""
        return self._clock.utc() + self._signing_offset_seconds

    def is_misleading(self, date_header: str | None) -> bool:
        """Whether this machine's own clock is so far off this Date that AWS takes no signature dated by it."""
        return abs(seconds_off(date_header, self._clock.utc())) >= MISLEADING_SKEW_SECONDS

    def may_explain_refusal(self, date_header: str | None, signed_utc: float) -> bool:
        """Whether a signature of that date is so far off the refusal's Date that AWS can't have taken it.

        Not the date that is signed with now: another call's refusal may have corrected it meanwhile.
        """
        return abs(seconds_off(date_header, signed_utc)) >= MISLEADING_SKEW_SECONDS

    def correct_signing(self, date_header: str | None) -> None:
        """Sign by the refusal's clock from now on."""
        self._signing_offset_seconds += seconds_off(date_header, self.signing_utc())


class RegionClock(ClockSkew):
    """Of one region, where a queue is in several. Messages of two regions are held against each other, so that half a
    second is too much: this learns from every answer, and corrects by less than two seconds too."""

    def __init__(self, clock: Clock, region: str) -> None:
        super().__init__(clock, region)
        self._offset = ClockOffset()

    def asked_utc(self) -> float | None:
        """See `ClockSkew.asked_utc`."""
        return self._clock.utc()

    def heard(self, date_header: str | None, asked_utc: float) -> None:
        """See `ClockSkew.heard`."""
        date_utc = date_of(date_header)
        if date_utc is None:
            return
        self._offset = after_answer(
            self._offset,
            date_utc,
            asked_utc=asked_utc,
            answered_utc=self._clock.utc(),
            now_mono=self._clock.mono(),
        )
        self.broker_ahead_seconds = self._offset.seconds

    def answered_utc(self, date_header: str | None) -> float:  # noqa: ARG002 - what it says was heard already
        """See `ClockSkew.answered_utc`."""
        self._report_if_off(self._offset.seconds)
        return self._clock.utc() + self._offset.seconds


def seconds_off(date_header: str | None, now_utc: float) -> float:
    """Broker's time minus ours; 0.0 where it is small, or where the header is missing or unreadable."""
    date_utc = date_of(date_header)
    skew_seconds = 0.0 if date_utc is None else date_utc + _HALF_HEADER_RESOLUTION_SECONDS - now_utc
    return skew_seconds if abs(skew_seconds) > TOLERATED_SKEW_SECONDS else 0.0


def date_of(date_header: str | None) -> float | None:
    """The beginning of the second that it names; None where it names none, or no time that may be meant."""
    date_utc = _parse(date_header) if date_header else None
    return date_utc if date_utc is not None and 0 <= date_utc < LATEST_UTC else None


@lru_cache(maxsize=4)  # under load many answers bear the same second, and the standard library parses it as an e-mail's
def _parse(date_header: str) -> float | None:
    try:
        return parsedate_to_datetime(date_header).timestamp()
    except (ValueError, OverflowError, TypeError, LookupError):  # the standard library raises each for some text
        return None
