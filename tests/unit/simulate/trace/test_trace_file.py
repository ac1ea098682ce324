"""Traces from files: what is understood, and what a person is told about the rest."""

from __future__ import annotations

import gzip
from pathlib import Path

import orjson
import pytest

from punctuald.errors import ConfigurationError
from punctuald.simulate.trace.log_trace import read_service_times
from punctuald.simulate.trace.trace_file import read_trace


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trace.csv"


def test_bins_without_a_row_are_silent(path: Path) -> None:
    path.write_text("second,arrivals\n0,10\n3,16\n9,4\n")
    trace = read_trace(path)
    assert trace.bin_seconds == 3.0
    assert trace.arrivals.tolist() == [10, 16, 0, 4]
    assert trace.seconds == 12.0


def test_minutes_are_minutes(path: Path) -> None:
    path.write_text("minute,arrivals\n0,94\n5,56\n")
    trace = read_trace(path)
    assert trace.bin_seconds == 300.0
    assert trace.rate_per_second == pytest.approx(150 / 600)


def test_a_compressed_trace_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    path = tmp_path / "trace.data"
    path.write_bytes(gzip.compress(b"second,arrivals\n0,1\n1,2\n"))
    assert read_trace(path).arrivals.tolist() == [1, 2]


def test_a_trace_may_begin_later_in_the_day(path: Path) -> None:
    path.write_text("minute,arrivals\n480,5\n481,6\n")
    trace = read_trace(path)
    assert trace.begin_seconds == 8 * 3600
    assert trace.seconds == 120


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "trace.csv: is empty; its first line must be `second,arrivals` or `minute,arrivals`"),
        ("time,count\n0,1\n", "trace.csv:1: the header is `time,count`; it must be `second,arrivals`"),
        ("second,arrivals\n", "trace.csv: holds no arrivals below its header; add a line such as `0,12`"),
        ("second,arrivals\n0,1\n1;2\n", "trace.csv:3: `1;2` is not two whole numbers such as `60,12`"),
        ("second,arrivals\n0,1.5\n", "trace.csv:2: `0,1.5` is not two whole numbers"),
        ("second,arrivals\n0,1,2\n", "trace.csv:2: `0,1,2` is not two whole numbers"),
        ("second,arrivals\n0,-1\n", "trace.csv:2: `0,-1` has a negative number; offsets and arrivals begin at 0"),
        ("second,arrivals\n5,1\n5,1\n", "trace.csv:3: offset 5 comes after 5; sort the rows, once each"),
        ("second,arrivals\n0,1\n1,1\n1700000000,1\n", "is column 1 the offset from the first bin, in seconds?"),
        ('{"event": "daemon.ready"}\n', "trace.csv: has no `stats.arrivals` event; log in JSON"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_how_to_mend_it(path: Path, text: str, problem: str) -> None:
    path.write_text(text)
    with pytest.raises(ConfigurationError) as raised:
        read_trace(path)
    assert problem in str(raised.value)


def test_a_file_that_is_not_there_or_no_text_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.csv: can't be read: No such file"):
        read_trace(tmp_path / "none.csv")
    (tmp_path / "noise").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(ConfigurationError, match="can't be read"):
        read_trace(tmp_path / "noise")
    (tmp_path / "half.gz").write_bytes(gzip.compress(b"second,arrivals\n0,1\n" * 999)[:40])
    with pytest.raises(ConfigurationError, match="can't be read"):
        read_trace(tmp_path / "half.gz")


def log_of(path: Path, *events: object) -> Path:
    path.write_bytes(b"\n".join(orjson.dumps(event) for event in events))
    return path


def test_the_daemons_log_is_a_trace(path: Path) -> None:
    arrivals = {"event": "stats.arrivals", "first_second": 1_700_000_000, "counts": [3, 0, 1]}
    later = {"event": "stats.arrivals", "first_second": 1_700_000_002, "counts": [1, 5]}
    trace = read_trace(log_of(path, {"event": "daemon.ready"}, arrivals, later))
    assert trace.arrivals.tolist() == [3, 0, 2, 5]
    assert trace.origin_utc == 1_700_000_000
    assert trace.begin_utc(0.0) == 1_700_000_000


def test_an_arrivals_event_that_makes_no_sense_is_named_with_its_line(path: Path) -> None:
    broken = {"event": "stats.arrivals", "counts": [1]}
    with pytest.raises(ConfigurationError, match=r"trace\.csv:2: a `stats\.arrivals` event that can't be read"):
        read_trace(log_of(path, {"event": "daemon.ready"}, broken))


def test_service_times_are_those_of_the_log_and_few_are_refused(path: Path) -> None:
    done = [{"event": "message.done", "handle_seconds": seconds / 10} for seconds in range(1, 31)]
    assert read_service_times(log_of(path, *done)).mean_seconds == pytest.approx(1.55)
    with pytest.raises(ConfigurationError, match=r"has 5 messages with `handle_seconds`, and 20 are needed"):
        read_service_times(log_of(path, *done[:5]))
    with pytest.raises(ConfigurationError, match="can't be read"):
        read_service_times(path.with_name("none"))
