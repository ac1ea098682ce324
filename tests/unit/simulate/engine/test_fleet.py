"""An Auto Scaling group of hosts, each with a daemon: they come when there is more to do, and go again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from punctuald.errors import ConfigurationError
from punctuald.policy.scaling.decide import ScalingRules
from punctuald.simulate.engine.engine import replay_fleet, replay_together
from punctuald.simulate.engine.fleet import Group, HostsResult
from punctuald.simulate.engine.result import Result
from punctuald.simulate.engine.setup import DepthGauge, Setup
from punctuald.simulate.engine.traffic import draw_traffic
from punctuald.simulate.scalers.host_group import GroupLaw, GroupSight, SeveralPolicies, TargetTrackingGroup
from punctuald.simulate.scalers.ours import Ours
from punctuald.simulate.trace.service_times import Lognormal
from punctuald.simulate.trace.tier_plan import ByShares
from punctuald.simulate.trace.trace import Trace

MINUTES = 60
SETUP = Setup(
    tier_times=ByShares(((1, 60.0),)),
    service=Lognormal(1.0),
    slots=1,
    max_workers=4,
    depth=DepthGauge(10.0, 5.0, 0.0),
)
A_HOST_DOES = 4.0
"""Messages a second: four workers, and a second for each."""


class Steps:
    """A law that wants so many hosts from one minute on, and so many from another."""

    name = "steps"

    def __init__(self, hosts_from: dict[int, int]) -> None:
        self._hosts_from = hosts_from
        self.seen: list[GroupSight] = []

    def hosts(self, sight: GroupSight) -> int:
        self.seen.append(sight)
        begun = max(minute for minute in self._hosts_from if minute * 60 <= sight.now_seconds)
        return self._hosts_from[begun]


def trace(*hosts_worth: float, minutes: int = MINUTES) -> Trace:
    """Arrivals for so many busy hosts, in equal parts of the time."""
    each = minutes * 60 // len(hosts_worth)
    return Trace("steps", np.repeat(np.array(hosts_worth) * A_HOST_DOES, each), 1.0)


def both() -> SeveralPolicies:
    """What the daemons want keeps hosts, and the backlog says how many are missing."""
    wanted = TargetTrackingGroup("workers-wanted", 0.7 * SETUP.max_workers)
    return SeveralPolicies([wanted, TargetTrackingGroup("backlog-seconds", 60.0, scales_in=False)])


def ours(rules: ScalingRules, hosts: int = 1) -> Ours:
    return Ours(rules, tick_seconds=10.0, hosts=hosts)


def run(sent: Trace, law: GroupLaw, least: int = 1, most: int = 4) -> Result:
    rules = ScalingRules(1, SETUP.max_workers)
    return replay_fleet(draw_traffic(sent, SETUP, 1), sent, SETUP, Group(law, least, most, lambda: ours(rules)))


def hosts_of(result: Result) -> HostsResult:
    assert result.hosts is not None
    return result.hosts


def test_a_host_comes_a_start_after_its_order_and_is_paid_for_from_then() -> None:
    law = Steps({0: 1, 5: 2})
    result = run(trace(0.5, minutes=10), law)
    in_service = [(sight.now_seconds / 60, sight.hosts) for sight in law.seen]
    assert [hosts for minute, hosts in in_service if minute < 7] == [1] * 7
    assert {hosts for minute, hosts in in_service if minute >= 7} == {2}
    assert hosts_of(result).host_seconds == pytest.approx(10 * 60 + 5 * 60, abs=10)


def test_a_host_that_goes_finishes_what_it_runs() -> None:
    result = run(trace(0.5, minutes=10), Steps({0: 2, 5: 1}), least=1)
    assert result.redelivered == 0
    assert result.everything.messages == result.everything.met
    assert hosts_of(result).changes == 2


def test_one_that_comes_again_does_its_part() -> None:
    result = run(trace(1.2, minutes=20), Steps({0: 2, 6: 1, 9: 2}))
    assert hosts_of(result).changes == 3
    assert result.messages == result.everything.messages
    assert result.daemons[1].starts >= 3


def test_bounds_are_kept() -> None:
    result = run(trace(0.5, minutes=10), Steps({0: 100, 3: 0}), least=1, most=3)
    assert hosts_of(result).most == 3
    assert hosts_of(result).host_seconds >= 10 * 60


def test_what_the_daemons_want_brings_hosts_and_lets_them_go() -> None:
    result = run(trace(0.4, 2.0, 0.4, 0.4, 0.4, minutes=75), both())
    hosts = hosts_of(result)
    assert hosts.most in {3, 4}
    assert hosts.host_seconds < 0.75 * hosts.most * result.seconds
    assert result.everything.compliance > 0.8, "late is what waits for hosts"


def test_a_backlog_alone_lets_hosts_go_that_are_needed() -> None:
    """Daemons that keep up have no backlog: the group sees idle hosts, until one is missing."""
    sent = trace(1.6, minutes=75)
    by_backlog = run(sent, TargetTrackingGroup("backlog-seconds", 60.0))
    assert hosts_of(by_backlog).changes > hosts_of(run(sent, both())).changes


def test_as_many_hosts_all_the_time_are_as_many_daemons() -> None:
    sent = trace(1.5, minutes=10)
    rules = ScalingRules(1, SETUP.max_workers)
    traffic = draw_traffic(sent, SETUP, 1)
    fixed = replay_together(traffic, sent, SETUP, [ours(rules, hosts=3) for _ in range(3)])
    fleet = replay_fleet(traffic, sent, SETUP, Group(Steps({0: 3}), 3, 3, lambda: ours(rules)))
    assert fleet.everything.compliance == pytest.approx(fixed.everything.compliance, abs=0.01)
    assert fleet.worker_seconds == pytest.approx(fixed.worker_seconds, rel=0.2)


def test_more_hosts_than_a_run_has_room_for_are_refused() -> None:
    sent = trace(0.5, minutes=1)
    setup = replace(SETUP, max_workers=200)
    group = Group(Steps({0: 1}), 1, 4, lambda: Ours(ScalingRules(1, 200)))
    with pytest.raises(ConfigurationError, match="too many to simulate"):
        replay_fleet(draw_traffic(sent, setup, 1), sent, setup, group)
