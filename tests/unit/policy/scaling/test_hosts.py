"""Several daemons on one queue: the source's count is of them all, what is received is each one's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubles.scaling.observations import CALM, NOW_MONO, NOW_SECOND, queued
from punctuald.model import Backlog
from punctuald.policy.scaling.decide import Decision, ScalingRules, ScalingState, decide
from punctuald.policy.scaling.demand import Demand, DemandState, demand
from punctuald.policy.scaling.observation import Observation
from punctuald.policy.scaling.waiting import peers_silent

NOBODY_RECEIVES = replace(
    queued(1.0), workers_ready=0, busy_slots=0, backlog=Backlog(300, 0, 0, NOW_MONO - 1), newest_sent_utc=None
)
WIDE = replace(
    queued(6.0),
    threshold_seconds=60.0,
    arrivals=tuple((NOW_SECOND - 6 - ago, 8) for ago in range(30, 0, -1)),
    backlog=Backlog(1_000, 0, 0, NOW_MONO - 1),
)
"""8 a second were received in seconds of which 1,000 messages still wait, as long as may be."""


def asked(observation: Observation, hosts: int) -> Demand:
    return demand(replace(observation, hosts=hosts), DemandState(), max_workers=64)[0]


def decided(observation: Observation, hosts: int) -> Decision:
    return decide(replace(observation, hosts=hosts), ScalingState(), ScalingRules(1, 64))[0]


@pytest.mark.parametrize("hosts", [2, 4])
def test_each_daemon_plans_for_its_part_of_what_was_counted(hosts: int) -> None:
    assert asked(NOBODY_RECEIVES, hosts).waiting_messages == 300 / hosts
    assert asked(WIDE, hosts).waiting_messages == 1_000 / hosts
    assert asked(WIDE, hosts).backlog == pytest.approx(asked(WIDE, 1).backlog / hosts, rel=0.1)


def test_what_it_received_itself_is_its_own_and_not_divided() -> None:
    alone, shared = asked(CALM, 1), asked(CALM, 4)
    assert (shared.rate_per_second, shared.arrivals) == (alone.rate_per_second, alone.arrivals)
    assert asked(queued(2.0), 4).waiting_messages == asked(queued(2.0), 1).waiting_messages == 160


def test_a_head_past_half_the_slack_has_no_living_daemon_to_go_to_and_all_is_planned_for() -> None:
    old = replace(WIDE, newest_sent_utc=NOW_SECOND - 31.0)
    assert asked(old, 4).waiting_messages == asked(old, 1).waiting_messages >= 1_000
    assert (asked(old, 4).peers_silent, asked(old, 1).peers_silent, asked(WIDE, 4).peers_silent) == (True, False, False)


def test_what_the_others_ordered_for_a_burst_gets_the_time_to_show() -> None:
    assert not peers_silent(2, head_age_seconds=2.0, slack=2.5, lead=1.25)
    assert peers_silent(2, head_age_seconds=2.6, slack=2.5, lead=1.25)
    assert not peers_silent(1, head_age_seconds=60.0, slack=2.5, lead=1.25)


def test_tiers_that_messages_name_have_their_part_of_the_part() -> None:
    by_clock = replace(WIDE, unpinned_threshold_seconds=60.0)
    whole = asked(by_clock, 1).waiting_messages
    assert asked(by_clock, 2).waiting_messages == whole / 2


def test_a_decision_says_how_many_daemons_it_reckoned_with() -> None:
    fields = decided(NOBODY_RECEIVES, 3).fields()
    assert (fields["hosts"], fields["peers_silent"], fields["backlog_visible"]) == (3, False, 300)
