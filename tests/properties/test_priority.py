"""Urgency over the whole range of thresholds and waits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from punctuald.policy.delivery.priority import Priority, classify

shares = st.floats(-10, 10)
thresholds = st.floats(0.1, 86_400)


@given(shares, shares)
def test_more_used_is_never_less_urgent(one: float, other: float) -> None:
    assert classify(max(one, other)) <= classify(min(one, other))


@given(thresholds)
def test_the_class_changes_at_eight_tenths_and_at_the_whole_of_any_threshold(threshold_seconds: float) -> None:
    def class_after(waited_seconds: float) -> Priority:
        return classify(waited_seconds / threshold_seconds)

    hair = threshold_seconds / 100
    assert class_after(0.8 * threshold_seconds - hair) is Priority.LOW
    assert class_after(0.8 * threshold_seconds + hair) is Priority.MEDIUM
    assert class_after(threshold_seconds - hair) is Priority.MEDIUM
    assert class_after(threshold_seconds + hair) is Priority.HIGH
