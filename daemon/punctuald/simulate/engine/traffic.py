"""The messages of one run, drawn before it begins: every scaler meets the very same ones for the same seed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from punctuald.simulate.trace.stamps import Stamps, stamp, stamps
from punctuald.simulate.trace.trace import Trace

from .setup import Setup

MOST_FAILURES = 100  # of one message: keeps a share near 1 from running for ever


@dataclass(frozen=True, slots=True)
class Traffic:
    """By message, in the order of sending: when it was sent, how long it takes, how many deliveries of it fail, and the
    time that it takes outside of what is simulated."""

    sent: Stamps
    service: Stamps
    failures: npt.NDArray[np.int64] | None
    outside: Stamps | None = None

    def later(self, seconds: float) -> Traffic:
        """All of it, sent so much later."""
        return replace(self, sent=self.sent + stamp(seconds))

    @property
    def messages(self) -> int:
        """How many there are."""
        return len(self.sent)


def draw_traffic(trace: Trace, setup: Setup, seed: int) -> Traffic:
    """The messages of ``trace``: Poisson arrivals inside each bin.

    A trace as it was measured keeps each bin's count, and its messages are spread over the bin at random (uniformly):
    that is a Poisson process with given counts. In a rescaled trace the counts are drawn too, from a Poisson
    distribution, because only the rates are left of what was measured.
    """
    arrival_rng, service_rng, failure_rng, outside_rng = (np.random.default_rng((seed, n)) for n in (0, 1, 2, 6))
    counts = arrival_rng.poisson(trace.arrivals) if trace.rescaled else np.rint(trace.arrivals).astype(np.int64)
    bins = np.repeat(np.arange(len(counts)), counts)
    sent = np.sort((bins + arrival_rng.random(len(bins))) * trace.bin_seconds)
    service = np.maximum(setup.service.draw(len(sent), service_rng), 1e-6)
    failures = None
    if setup.redelivery_share > 0:
        failed = failure_rng.geometric(max(1e-9, 1 - setup.redelivery_share), len(sent)) - 1
        failures = np.minimum(failed, MOST_FAILURES)
    outside = [stamps(times.draw(len(sent), outside_rng)) for times in setup.outside]
    return Traffic(stamps(sent), stamps(service), failures, sum(outside[1:], outside[0]) if outside else None)
