"""From when a message may run: the latest of what its queue, its producer and its handler say."""

from __future__ import annotations

import pytest

from punctuald.model import Message
from punctuald.policy.delivery.due_time import AskedDue, Due, DueTime, due_of

SENT_UTC = 1_700_000_000.0


def message(body: str = "the body", *, received_after: float = 60.0, **attributes: str) -> Message:
    return Message("id", "orders", body, "handle", SENT_UTC, SENT_UTC + received_after, attributes=attributes)


@pytest.mark.parametrize(
    ("written", "due_utc"),
    [
        ("1700000030", SENT_UTC + 30),
        ("1700000030500", SENT_UTC + 30.5),
        ("2023-11-14T22:13:50Z", SENT_UTC + 30),
        ("2023-11-14T22:13:50", SENT_UTC + 30),
        ("1700000000", None),
        ("1699990000", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("1800000000", None),
        ("-1", None),
    ],
)
def test_a_producer_names_it_as_it_names_an_event_time_after_the_send_and_within_what_sqs_keeps(
    written: str, due_utc: float | None
) -> None:
    assert DueTime("not_before").read(message(not_before=written)) == due_utc
    assert DueTime("", "due").read(message(f'{{"due": "{written}"}}')) == due_utc


def test_an_attribute_goes_before_a_field_and_without_a_name_nothing_is_looked_for() -> None:
    both = message('{"due": 1700000050}', not_before="1700000030")
    assert DueTime("not_before", "due").read(both) == SENT_UTC + 30
    assert DueTime("other", "due").read(both) == SENT_UTC + 50
    assert DueTime().read(both) is None
    assert [DueTime().is_named, DueTime("a").is_named, DueTime("", "b").is_named] == [False, True, True]


def test_a_queues_delay_is_added_to_the_send() -> None:
    assert due_of(message(), 10.0, None, None) == Due(SENT_UTC + 10, is_named=False)


def test_what_came_before_the_queues_delay_was_over_had_a_shorter_one_of_its_own() -> None:
    assert due_of(message(received_after=2.0), 10.0, None, None) == Due(SENT_UTC + 2, is_named=False)


def test_the_latest_counts() -> None:
    asked = AskedDue(SENT_UTC + 40, has_run=True)
    assert due_of(message(), 10.0, SENT_UTC + 5, None) == Due(SENT_UTC + 10, is_named=False)
    assert due_of(message(), 10.0, SENT_UTC + 30, None) == Due(SENT_UTC + 30, is_named=True)
    assert due_of(message(), 10.0, SENT_UTC + 30, asked) == Due(SENT_UTC + 40, is_named=True)
    assert due_of(message(received_after=1.0), 0.0, SENT_UTC + 30, None) == Due(SENT_UTC + 30, is_named=True)
