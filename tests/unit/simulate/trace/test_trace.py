"""What can be done to a trace, and the made-up ones."""

from __future__ import annotations

import numpy as np
import pytest

from punctuald.cli.simulate.trace_options import SYNTHETIC
from punctuald.errors import ConfigurationError
from punctuald.simulate.engine.setup import Setup
from punctuald.simulate.engine.traffic import draw_traffic
from punctuald.simulate.trace.stamps import in_seconds
from punctuald.simulate.trace.synth import KINDS, synthetic
from punctuald.simulate.trace.trace import Trace

TRACE = Trace("t", np.array([1.0, 2.0, 3.0, 4.0]), 60.0, begin_seconds=3600)


def test_a_part_keeps_its_place_in_the_day() -> None:
    part = TRACE.between(60, 180)
    assert part.arrivals.tolist() == [2.0, 3.0]
    assert part.begin_seconds == 3660
    with pytest.raises(ConfigurationError, match="t: nothing between 900 s and 999 s; it lasts 240 s"):
        TRACE.between(900, 999)


def test_longer_bins_hold_what_the_shorter_ones_held() -> None:
    assert TRACE.binned(120).arrivals.tolist() == [3.0, 7.0]
    assert TRACE.binned(180).arrivals.tolist() == [6.0, 4.0]
    assert TRACE.binned(120).begin_seconds == 3600
    with pytest.raises(ConfigurationError, match="t: has bins of 60 s; 90 s is not a whole number of them"):
        TRACE.binned(90)


def test_a_load_is_the_mean_number_of_busy_workers() -> None:
    scaled = TRACE.at_load(8, worker_per_second=20)
    assert scaled.rate_per_second == pytest.approx(160)
    assert scaled.rescaled
    with pytest.raises(ConfigurationError, match="holds no arrivals, so it can't be scaled"):
        Trace("none", np.zeros(3), 1.0).at_load(8, 20)


def test_a_measured_trace_keeps_its_counts_and_a_scaled_one_its_rates() -> None:
    sent = in_seconds(draw_traffic(TRACE, Setup(), 1).sent)
    assert np.histogram(sent, bins=[0, 60, 120, 180, 240])[0].tolist() == [1, 2, 3, 4]
    assert len(draw_traffic(TRACE.times(1000), Setup(), 1).sent) == pytest.approx(10_000, rel=0.05)
    assert (np.diff(sent) >= 0).all()


def test_every_kind_that_the_command_offers_can_be_made() -> None:
    assert set(KINDS) == set(SYNTHETIC)


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("seconds", [60, 7200, 86_400])
def test_made_up_traces_have_a_mean_near_one_and_nothing_negative(kind: str, seconds: int) -> None:
    trace = synthetic(kind, seconds=seconds)
    assert len(trace.arrivals) == seconds
    assert trace.arrivals.min() >= 0
    assert 0.2 < trace.rate_per_second < 8


def test_what_a_producer_kept_during_its_outage_it_sends_afterwards() -> None:
    outage, swing = synthetic("outage").arrivals, synthetic("diurnal").arrivals
    assert outage[43_200 : 43_200 + 1800].sum() == 0
    assert outage.sum() == pytest.approx(swing.sum())


def test_the_bulk_drop_comes_just_before_the_tighter_tier() -> None:
    drop, swing = synthetic("drop").arrivals, synthetic("diurnal").arrivals
    moments = np.flatnonzero(drop - swing)
    assert 8 * 3600 - 30 <= moments.min() < moments.max() < 8 * 3600
