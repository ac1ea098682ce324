"""When a lease that is held is to be renewed, and until when it is surely ours."""

from __future__ import annotations

from dataclasses import dataclass

RENEWALS = 3
"""So often in a failover time, as KCL does: two may fail."""
MARGIN_SHARE = 0.1
"""Of the failover time: the last so much of it a lease counts as lost already. Others' clocks may run a little faster,
and what was acknowledged at the last moment has to be written."""
JITTER_SHARE = 0.1
FIRST_BACK_OFF_SHARE, LONGEST_BACK_OFF_SHARE = 0.01, 0.1


@dataclass(frozen=True, slots=True)
class TenureTimes:
    """All by the monotonic clock, and counted from when the last good renewal was *sent*: whoever watches the counter
    counts from when it rose, which was later."""

    failover_seconds: float
    checkpoint_interval_seconds: float

    def due_mono(self, renewed_mono: float, *, has_moved: bool, draw: float) -> float:
        """When to renew; sooner where the checkpoint ``has_moved``. By ``draw`` (0 to 1), leases that were taken
        together are soon not renewed together any more."""
        seconds = self.failover_seconds / RENEWALS * (1 - JITTER_SHARE * draw)
        return renewed_mono + (min(seconds, self.checkpoint_interval_seconds) if has_moved else seconds)

    def back_off_seconds(self, failures: int, draw: float) -> float:
        """Between attempts, with full jitter by ``draw`` (0 to 1): throttled workers must not come back together."""
        longest = self.failover_seconds * LONGEST_BACK_OFF_SHARE
        most = min(longest, self.failover_seconds * FIRST_BACK_OFF_SHARE * 2.0 ** min(failures, 10))
        return most * (0.5 + draw / 2)

    def expires_mono(self, renewed_mono: float) -> float:
        """From then on another one may have it, and nothing of it may be acknowledged."""
        return renewed_mono + self.failover_seconds * (1 - MARGIN_SHARE)
