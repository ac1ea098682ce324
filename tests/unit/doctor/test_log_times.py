from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from punctuald.doctor.log_times import read_log_times
from punctuald.errors import ConfigurationError
from punctuald.stats.board.cells import MICROSECONDS, midpoint


def line(queue: str, *pairs: list[int], stage: str = "handle", event: str = "stats.interval") -> bytes:
    return orjson.dumps({"event": event, "scope": "tier", "queue": queue, "tier": "t", "histograms": {stage: pairs}})


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "daemon.log"


def test_intervals_are_added_up_for_each_source(log: Path) -> None:
    log.write_bytes(
        b"\n".join([line("orders", [1000, 98]), line("orders", [1000, 1], [1100, 1]), line("bills", [9, 1])])
    )
    times = read_log_times(log)
    assert times.p99_seconds("orders", ()) == midpoint(1000) / MICROSECONDS
    log.write_bytes(b"\n".join([line("orders", [1000, 97]), line("orders", [1100, 3])]))
    assert read_log_times(log).p99_seconds("orders", ()) == midpoint(1100) / MICROSECONDS


def test_what_is_no_event_and_what_is_another_one_is_passed_over(log: Path) -> None:
    lines = [b"Traceback of stats.interval", line("orders", [5, 1], event="message.done"), line("orders", [7, 1])]
    log.write_bytes(b"\n".join([*lines, b'["stats.interval"]', line("orders", [5, 9], stage="queue")]))
    assert read_log_times(log).p99_seconds("orders", ()) == midpoint(7) / MICROSECONDS


def test_of_a_source_that_the_log_has_not_nothing_is_known(log: Path) -> None:
    log.write_bytes(line("orders", [7, 1]))
    assert read_log_times(log).p99_seconds("bills", ()) is None


def test_a_log_without_any_interval_is_refused_with_what_to_do(log: Path) -> None:
    log.write_bytes(line("orders", stage="queue"))
    with pytest.raises(ConfigurationError, match=r"has no `stats.interval` event .*; log in JSON"):
        read_log_times(log)


def test_a_log_that_is_not_there_is_one_line(log: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"daemon\.log: can't be read: No such file"):
        read_log_times(log)
