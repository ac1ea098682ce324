"""Urgency over the whole range of thresholds and waits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from punctuald.policy.priority import Priority, classify, promotions

shares = st.floats(-10, 10)
thresholds = st.floats(0.1, 86_400)


@given(shares, shares)
def test_more_used_is_never_less_urgent(one: float, other: float) -> None:
    assert classify(max(one, other)) <= classify(min(one, other))


@given(st.integers(1_000, 10**9), thresholds)
def test_promotions_are_where_the_class_changes(deadline_mono: int, threshold_seconds: float) -> None:
    medium_mono, high_mono = promotions(deadline_mono, threshold_seconds)
    origin_mono = deadline_mono - threshold_seconds

    def class_at(mono: float) -> Priority:
        return classify((mono - origin_mono) / threshold_seconds)

    hair = threshold_seconds / 100
    assert class_at(medium_mono - hair) is Priority.LOW
    assert class_at(medium_mono + hair) is Priority.MEDIUM
    assert class_at(high_mono - hair) is Priority.MEDIUM
    assert class_at(high_mono + hair) is Priority.HIGH
