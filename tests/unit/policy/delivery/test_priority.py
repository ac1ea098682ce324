"""Urgency by the share of the threshold that is used up."""

from __future__ import annotations

import pytest

from punctuald.policy.delivery.priority import Priority, classify


@pytest.mark.parametrize(
    ("used_share", "priority"),
    [
        (-0.1, Priority.LOW),
        (0.0, Priority.LOW),
        (0.8, Priority.LOW),
        (0.81, Priority.MEDIUM),
        (1.0, Priority.MEDIUM),
        (1.01, Priority.HIGH),
        (50.0, Priority.HIGH),
    ],
)
def test_the_class_rises_above_eight_tenths_and_above_the_whole(used_share: float, priority: Priority) -> None:
    assert classify(used_share) is priority


def test_the_most_urgent_sorts_first() -> None:
    assert sorted([Priority.LOW, Priority.HIGH, Priority.MEDIUM]) == [Priority.HIGH, Priority.MEDIUM, Priority.LOW]
