"""The clock of one region, where a queue is in several: messages of two regions are held against each other, so that
half a second is too much."""

from __future__ import annotations

from punctuald.clock import Clock
from punctuald.policy.receive.clock_offset import ClockOffset, after_answer

from .clock_skew import ClockSkew, date_of


class RegionClock(ClockSkew):
    """A `ClockSkew` that learns from every answer, and corrects by less than two seconds too."""

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
