from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from punctuald import Message, Reject
from punctuald.clock import ManualClock
from punctuald.demo.ledger import LEDGER_VARIABLE, Ledger
from punctuald.demo.telemetry import HANDLER_SECONDS_VARIABLE, KINDS, TelemetryFeed, handle


def message(body: str) -> Message:
    return Message(id="1", queue="telemetry", body=body, receipt_handle="r", sent_utc=0.0, received_utc=0.0)


def sample_body(**changes: object) -> str:
    event = orjson.loads(TelemetryFeed(seed=1).next_event().body())
    return orjson.dumps({**event, **changes}).decode()


@pytest.fixture
def ledger_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "ledger.txt"
    monkeypatch.setenv(LEDGER_VARIABLE, str(path))
    return path


def test_the_same_seed_gives_the_same_events() -> None:
    first, second = (TelemetryFeed(seed=7, clock=ManualClock()) for _ in range(2))
    assert [first.next_event() for _ in range(20)] == [second.next_event() for _ in range(20)]


def test_ids_differ_within_a_feed_and_without_a_seed() -> None:
    feeds = [TelemetryFeed(), TelemetryFeed()]
    assert len({feed.next_event().id for feed in feeds for _ in range(50)}) == 100


def test_an_event_says_when_it_happened_in_utc_and_milliseconds() -> None:
    event = TelemetryFeed(seed=1, clock=ManualClock(utc=1_700_000_000.1239)).next_event()
    assert event.event_time == "2023-11-14T22:13:20.123+00:00"


def test_readings_stay_within_their_kinds_range() -> None:
    feed = TelemetryFeed(seed=3)
    for event in (feed.next_event() for _ in range(200)):
        assert KINDS[event.kind].lowest <= event.value <= KINDS[event.kind].highest


def test_a_handled_event_stands_in_the_ledger(ledger_path: Path) -> None:
    event = TelemetryFeed(seed=1).next_event()
    handle(message(event.body()))
    ledger = Ledger(ledger_path)
    ledger.refresh()
    assert ledger.tally([event.id]).processed == 1


def test_without_a_ledger_the_handler_just_handles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(LEDGER_VARIABLE, raising=False)
    assert handle(message(sample_body())) is None  # type: ignore[func-returns-value]  # that it returns is the promise


def test_the_handler_works_as_long_as_it_is_told_to(ledger_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.setenv(HANDLER_SECONDS_VARIABLE, "0.25")
    handle(message(sample_body()))
    assert slept == [0.25]
    assert ledger_path.exists()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("no json", "not JSON"),
        ("[1]", "JSON object"),
        (sample_body(kind="horoscope"), "unknown kind of reading: 'horoscope'"),
        (sample_body(kind=["temperature"]), "unknown kind"),
        (sample_body(value="warm"), "value has to be a number"),
        (sample_body(value=True), "value has to be a number"),
        (sample_body(id="7"), "UUID"),
        (sample_body(id=7), "UUID"),
        (sample_body(id=None), "UUID"),
    ],
)
def test_what_no_retry_can_mend_is_rejected_and_not_recorded(ledger_path: Path, body: str, reason: str) -> None:
    with pytest.raises(Reject, match=reason):
        handle(message(body))
    assert not ledger_path.exists()
