"""Why there were so many workers, in sentences."""

from __future__ import annotations

import pytest

from punctuald.simulate.scalers.explanation import explain

FIELDS: dict[str, object] = {
    "workers": 12,
    "reason": "hold",
    "target_before_hold": 7,
    "sensors_unknown": False,
    "demand_arrivals": 4.125,
    "demand_backlog": 6.5,
    "demand_burst": 0.0,
    "workers_ordered": 12,
    "slack_seconds": 1.8,
    "cpu_share": None,
}


def test_the_demand_that_won_is_named_with_the_others_beside_it() -> None:
    assert explain(FIELDS).sentences == (
        "12 workers, as before; what settled it: hold.",
        "The largest demand was backlog: 6.5 workers (besides: arrivals 4.125, burst 0).",
        "Without damping, guard rails and bounds: 7 workers.",
    )


def test_the_numbers_behind_it_are_kept_and_what_was_told_is_not_repeated() -> None:
    numbers = explain(FIELDS).numbers
    assert numbers["slack_seconds"] == 1.8
    assert numbers["cpu_share"] is None
    assert not {"workers", "reason", "target_before_hold", "sensors_unknown"} & set(numbers)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"workers": 1, "workers_ordered": 3}, "1 worker, where 3 were ordered; what settled it: hold."),
        ({"target_before_hold": 12}, "Damping, guard rails and bounds changed nothing."),
        ({"sensors_unknown": True}, "Too little could be seen to let any worker go."),
        ({"cap_memory": 12, "cap_cpu": 14}, "At most, in workers: memory 12, cpu 14."),
        ({"demand_of_the_future": 99.0}, "The largest demand was of the future: 99 workers (besides: "),
    ],
)
def test_what_else_mattered_is_said(changed: dict[str, object], sentence: str) -> None:
    assert any(said.startswith(sentence) for said in explain({**FIELDS, **changed}).sentences)


def test_a_log_of_another_version_is_explained_as_far_as_it_goes() -> None:
    assert explain({"workers": 3, "reason": "arrivals"}).sentences == ("3 workers; what settled it: arrivals.",)
