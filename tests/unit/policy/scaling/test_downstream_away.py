"""While what handlers call is away no worker is ordered for what nobody could handle, and none that holds is let go."""

from __future__ import annotations

from dataclasses import replace

from doubles.scaling.observations import CALM, later, queued
from punctuald.policy.scaling.decide import Reason, ScalingRules, ScalingState, decide

RULES = ScalingRules(min_workers=1, max_workers=100)


def test_no_worker_is_ordered_while_every_queue_is_down_whatever_waits() -> None:
    backlog = queued(age_seconds=10.0)
    assert decide(backlog, ScalingState(), RULES)[0].workers > 2
    decision = decide(replace(backlog, all_down=True), ScalingState(), RULES)[0]
    assert (decision.workers, decision.reason) == (2, Reason.DOWNSTREAM)


def test_the_others_of_several_queues_still_have_workers_ordered() -> None:
    assert decide(replace(queued(age_seconds=10.0), held_for_downstream=True), ScalingState(), RULES)[0].workers > 2


def test_no_worker_is_let_go_while_any_holds_messages_until_it_is_back() -> None:
    seen, state = replace(CALM, workers_ordered=8, workers_ready=8, held_for_downstream=True), ScalingState()
    for second in range(300):
        decision, state = decide(later(seen, second), state, RULES)
        assert decision.workers == 8
    seen = later(replace(seen, held_for_downstream=False), 300)
    for second in range(60):
        decision, state = decide(later(seen, second), state, RULES)
    assert decision.workers < 8
