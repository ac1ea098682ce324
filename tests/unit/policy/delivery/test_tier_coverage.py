from __future__ import annotations

from datetime import time

import pytest

from punctuald.policy.delivery.tiers import NeverInForce, Tier, never_in_force

WEEKDAYS = frozenset(range(5))
WEEKEND = frozenset({5, 6})


def tier(starts: int | None = None, ends: int | None = None, days: frozenset[int] = frozenset()) -> Tier:
    hours = {"starts": time(starts), "ends": time(ends)} if starts is not None and ends is not None else {}
    return Tier("some", 3, days=days, **hours)


@pytest.mark.parametrize(
    "tiers",
    [
        [tier()],
        [tier(8, 20), tier(0, 6), tier()],
        [tier(8, 20, WEEKDAYS), tier(8, 20), tier()],
        [tier(9, 17), tier(8, 18), tier()],  # an hour at either end is its own
        [tier(22, 6, frozenset({4})), tier(0, 6, frozenset({5, 6})), tier()],  # Sunday's small hours
    ],
)
def test_a_tier_with_a_minute_of_its_own_is_in_force(tiers: list[Tier]) -> None:
    assert never_in_force(tiers) == []


@pytest.mark.parametrize(
    ("tiers", "hidden"),
    [
        ([tier(), tier(8, 20)], [NeverInForce(1, (0,))]),
        ([tier(8, 20), tier(9, 17), tier()], [NeverInForce(1, (0,))]),
        ([tier(0, 12), tier(12, 0), tier()], [NeverInForce(2, (0, 1))]),
        (
            [tier(days=WEEKDAYS), tier(days=WEEKEND), tier(8, 9), tier()],
            [NeverInForce(2, (0, 1)), NeverInForce(3, (0, 1))],
        ),
        # the hours of Friday night end on Saturday at 06:00
        ([tier(22, 6, frozenset({4})), tier(0, 6, frozenset({5})), tier()], [NeverInForce(1, (0,))]),
        ([tier(), tier(8, 20), tier(8, 20)], [NeverInForce(1, (0,)), NeverInForce(2, (0,))]),
    ],
)
def test_a_tier_behind_others_at_all_its_hours_is_named_with_them(
    tiers: list[Tier], hidden: list[NeverInForce]
) -> None:
    assert never_in_force(tiers) == hidden
