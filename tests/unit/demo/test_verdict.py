from __future__ import annotations

from punctuald.demo.daemon_log import FinalStatistics
from punctuald.demo.ledger import Tally
from punctuald.demo.verdict import failures
from punctuald.stats.snapshot import TierSummary

ALL_WELL = Tally(sent=100, processed=100, duplicates=0, lost=0, unknown=0)


def final(met: int = 100, missed: int = 0) -> FinalStatistics:
    compliance = met / (met + missed) if met + missed else 1.0
    tier = TierSummary("peak_hours", 3.0, met, missed, compliance, 1.0, {})
    idle = TierSummary("batch_mode", 60.0, 0, 0, 1.0, 1.0, {})
    return FinalStatistics(tiers=(tier, idle), requests={}, redelivered=0)


def test_nothing_lost_and_every_objective_met_is_good() -> None:
    assert failures(ALL_WELL, final(99, 1), objective=0.99, exit_status=0) == ()


def test_a_duplicate_is_no_failure() -> None:
    tally = Tally(sent=100, processed=100, duplicates=3, lost=0, unknown=0)
    assert failures(tally, final(), objective=0.99, exit_status=0) == ()


def test_a_lost_event_is_a_failure() -> None:
    tally = Tally(sent=100, processed=99, duplicates=0, lost=1, unknown=0)
    assert failures(tally, final(), objective=0.99, exit_status=0) == ("1 of 100 events were lost",)


def test_a_missed_objective_names_its_tier() -> None:
    assert failures(ALL_WELL, final(98, 2), objective=0.99, exit_status=0) == (
        "peak_hours: only 98.00% within 3 s; the objective is 99.00%",
    )


def test_an_sla_that_nothing_was_held_against_does_not_count_as_met() -> None:
    assert failures(ALL_WELL, final(0, 0), objective=0.99, exit_status=0) == (
        "the daemon measured only 0 of 100 processed events",
    )


def test_a_daemon_that_ends_badly_is_a_failure() -> None:
    assert failures(ALL_WELL, final(), objective=0.99, exit_status=70) == ("the daemon ended with exit status 70",)
