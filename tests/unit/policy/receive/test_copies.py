"""Which messages are copies of one another, and which of them needs a run no more."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import Any

import pytest

from punctuald.model import COPY, Message, Outcome, OutcomeKind
from punctuald.policy.receive.copies import copies_key, is_completed, known_seconds


def message(**about: Any) -> Message:
    return replace(Message("id", "orders", "{}", "receipt", 0.0, 1.0), **about)


NAMED = message(attributes={"order_id": "7"})
ORDERED = message(group="a", deduplication_id="7")


@pytest.mark.parametrize(
    ("one", "other", "attribute"),
    [
        (NAMED, replace(NAMED, id="other", region="west", body="[]", group="b"), "order_id"),
        (ORDERED, replace(ORDERED, id="other", region="west", body="[]"), ""),
    ],
)
def test_copies_have_a_key_in_common_whatever_else_differs(one: Message, other: Message, attribute: str) -> None:
    assert copies_key(one, attribute) == copies_key(other, attribute) != ""


@pytest.mark.parametrize(
    ("one", "other", "attribute"),
    [
        (NAMED, replace(NAMED, queue="invoices"), "order_id"),
        (NAMED, replace(NAMED, attributes={"order_id": "8"}), "order_id"),
        (ORDERED, replace(ORDERED, queue="invoices"), ""),
        (ORDERED, replace(ORDERED, group="b"), ""),
        (ORDERED, replace(ORDERED, deduplication_id="8"), ""),
    ],
)
def test_others_have_not(one: Message, other: Message, attribute: str) -> None:
    assert copies_key(one, attribute) != copies_key(other, attribute)


@pytest.mark.parametrize(
    ("unnamed", "attribute"),
    [
        (message(), "order_id"),
        (replace(NAMED, attributes={"order_id": ""}), "order_id"),
        (ORDERED, "order_id"),
        (NAMED, ""),
    ],
)
def test_what_its_producer_gave_no_id_has_no_copies(unnamed: Message, attribute: str) -> None:
    assert copies_key(unnamed, attribute) == ""


def test_a_producers_own_id_is_known_without_end_and_sqs_own_as_long_as_sqs_knows_it() -> None:
    assert (known_seconds("order_id"), known_seconds("")) == (inf, 300.0)


def test_only_what_is_done_or_discarded_needs_no_run_and_a_dropped_copy_says_nothing_of_that() -> None:
    completed = [kind for kind in OutcomeKind if is_completed(Outcome(kind))]
    assert completed == [OutcomeKind.DONE, OutcomeKind.DISCARD]
    assert not is_completed(None)
    assert not is_completed(COPY)
