"""The producer's own time: read where it can be, ignored where it can't."""

from __future__ import annotations

import pytest

from punctuald.model import Message
from punctuald.policy.delivery.event_time import EventTime

SENT_UTC = 1_700_000_100.0
HAPPENED_UTC = 1_700_000_000.0


def message(body: str = "", **attributes: str) -> Message:
    return Message("id", "orders", body, "handle", SENT_UTC, SENT_UTC + 1, attributes=attributes)


@pytest.mark.parametrize(
    "written",
    [
        "1700000000",
        "1700000000.0",
        "1700000000000",
        " 1700000000 ",
        "2023-11-14T22:13:20Z",
        "2023-11-14T23:13:20+01:00",
    ],
)
def test_an_attribute_may_hold_seconds_milliseconds_or_iso_text(written: str) -> None:
    assert EventTime("happened", "").read(message(happened=written)) == HAPPENED_UTC


def test_iso_text_without_an_offset_is_utc() -> None:
    assert EventTime("happened", "").read(message(happened="2023-11-14T22:13:20")) == HAPPENED_UTC


@pytest.mark.parametrize("value", ["1700000000", "1700000000000", "1700000000.0", '"2023-11-14T22:13:20Z"'])
def test_a_field_of_a_json_body_may_hold_the_same(value: str) -> None:
    assert EventTime("", "at").read(message(f'{{"at": {value}}}')) == HAPPENED_UTC


def test_the_attribute_wins_over_the_body() -> None:
    both = message('{"at": 1700000050}', happened="1700000000")

    assert EventTime("happened", "at").read(both) == HAPPENED_UTC


def test_the_body_stands_in_for_an_attribute_that_is_unreadable() -> None:
    assert EventTime("happened", "at").read(message('{"at": 1700000000}', happened="soon")) == HAPPENED_UTC


@pytest.mark.parametrize(
    "body",
    [
        *("", "not json", "[1700000000]", "{}", '{"at": null}', '{"at": true}', '{"at": {}}', '{"at": ""}'),
        *('{"at": 0}', '{"at": -5}', '{"at": "NaN"}', '{"at": "inf"}', '{"at": "1e999"}', '{"at": "2023-02-30"}'),
        '{"at": "0001-01-01T00:00:00+05:00"}',
    ],
)
def test_what_cannot_be_read_is_no_time(body: str) -> None:
    assert EventTime("", "at").read(message(body)) is None


def test_an_event_after_its_own_send_is_not_believed() -> None:
    assert EventTime("happened", "").read(message(happened=str(SENT_UTC + 1))) is None
    assert EventTime("happened", "").read(message(happened=str(SENT_UTC))) == SENT_UTC


def test_without_names_nothing_is_read() -> None:
    assert EventTime().read(message('{"": 1700000000}')) is None
