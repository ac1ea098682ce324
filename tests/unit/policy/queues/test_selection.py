from __future__ import annotations

from dataclasses import replace

import pytest

from punctuald.model import Message
from punctuald.policy.queues.selection import Filter, is_chosen

MESSAGE = Message(
    "m1",
    "orders-dlq",
    '{"amount": 30}',
    "r1",
    sent_utc=0,
    received_utc=0,
    group="customer-7",
    attributes={"punctuald.reason": "TimeoutError: after 3 s", "kind": "order"},
)


@pytest.mark.parametrize(
    ("field", "wanted", "matches"),
    [
        ("reason", "Timeout", True),
        ("reason", "KeyError", False),
        ("body", '"amount"', True),
        ("body", "missing", False),
        ("group", "customer-7", True),
        ("group", "customer", False),
        ("attribute.kind", "order", True),
        ("attribute.kind", "ord", False),
        ("attribute.other", "order", False),
    ],
)
def test_a_filter_means_what_it_says(field: str, wanted: str, *, matches: bool) -> None:
    assert Filter(field, wanted).matches(MESSAGE) is matches


def test_a_fair_queues_tenant_is_its_group() -> None:
    assert Filter("group", "customer-7").matches(replace(MESSAGE, group=None, tenant="customer-7"))


def test_all_filters_hold_together_and_none_means_everything() -> None:
    filters = [Filter("reason", "Timeout"), Filter("group", "customer-8")]
    assert not is_chosen(MESSAGE, filters)
    assert is_chosen(MESSAGE, filters[:1])
    assert is_chosen(MESSAGE, [])


@pytest.mark.parametrize(
    ("field", "is_one"), [("reason", True), ("attribute.x", True), ("attribute.", False), ("x", False)]
)
def test_a_field_that_is_none_is_known(field: str, *, is_one: bool) -> None:
    assert Filter(field, "x").is_one is is_one
