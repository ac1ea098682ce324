"""The values that travel between the rooms: what they show, what they hide, and what they add up to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from punctuald.errors import Reject
from punctuald.model import REQUEST_COUNTERS, Backlog, Message, Metric
from punctuald.stats.snapshot import Snapshot


def message(body: str = "{}") -> Message:
    return Message("m1", "orders", body, "secret handle", 0.0, 0.0, attributes={"token": "secret attribute"})


def test_a_body_is_read_as_json() -> None:
    assert message('{"id": 7}').json() == {"id": 7}


@pytest.mark.parametrize("body", ["", "{", "nonsense", "NaN"])
def test_a_body_that_is_no_json_will_not_become_it_by_waiting(body: str) -> None:
    with pytest.raises(Reject, match="the body is not JSON"):
        message(body).json()


def test_a_message_in_a_log_shows_neither_body_nor_handle_nor_attributes() -> None:
    shown = repr(message("secret body"))
    assert "m1" in shown
    assert "secret" not in shown


def test_a_backlog_is_everything_that_is_in_the_queue() -> None:
    assert Backlog(visible=5, in_flight=3, delayed=2, read_mono=0.0).total == 10


def test_a_snapshot_adds_up_over_queues_and_counts_every_kind_of_request() -> None:
    counts = dict.fromkeys(Metric, 1)
    snapshot = Snapshot({"orders": counts, "mails": {**counts, Metric.DONE: 4}}, (), 1, 0)
    assert snapshot.total(Metric.DONE) == 5
    assert snapshot.requests == 2 * len(REQUEST_COUNTERS) == 12


def test_counters_are_words_on_the_board_without_a_gap() -> None:
    assert [int(metric) for metric in Metric] == list(range(len(Metric)))


def test_a_messages_source_is_its_queue_and_of_several_regions_its_region_too() -> None:
    message = Message("m1", "orders", "hello", "r1", sent_utc=0, received_utc=0)
    assert message.source == "orders"
    assert replace(message, region="eu-west-1").source == "orders@eu-west-1"
