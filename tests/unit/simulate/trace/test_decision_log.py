"""Decisions found in the daemon's own log."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest

from punctuald.errors import ConfigurationError
from punctuald.simulate.trace.decision_log import decision_in_force

UTC, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")


def logged(path: Path, *times: str) -> Path:
    lines = [b'{"timestamp": "2026-01-05T00:00:00Z", "event": "daemon.started"}', b"Traceback, no JSON"]
    for number, time in enumerate(times):
        fields = {"timestamp": time, "level": "info", "event": "scale.decision", "workers": number, "reason": "hold"}
        lines.append(orjson.dumps({**fields, "process": "autoscaler"}))
    path.write_bytes(b"\n".join(lines))
    return path


def clock(hours: int, minutes: int, seconds: int = 0) -> int:
    return hours * 3600 + minutes * 60 + seconds


def test_the_decision_in_force_is_the_last_one_made_until_then(tmp_path: Path) -> None:
    path = logged(tmp_path / "log", "2026-01-05T14:02:10.5Z", "2026-01-05T14:03:00.25Z", "2026-01-05T14:03:40Z")
    decision = decision_in_force(path, clock(14, 3), UTC)
    assert decision.fields == {"workers": 1, "reason": "hold"}
    assert f"{decision.at:%H:%M:%S}" == "14:03:00"


def test_the_time_is_that_of_the_tiers_zone(tmp_path: Path) -> None:
    path = logged(tmp_path / "log", "2026-01-05T13:02:10Z", "2026-01-05T14:02:10Z")
    assert decision_in_force(path, clock(14, 30), BERLIN).fields["workers"] == 0


def test_of_several_days_the_last_that_reaches_the_time_is_meant(tmp_path: Path) -> None:
    path = logged(tmp_path / "log", "2026-01-05T14:00:00Z", "2026-01-06T14:00:00Z", "2026-01-07T09:00:00Z")
    assert decision_in_force(path, clock(14, 3), UTC).fields["workers"] == 1
    assert decision_in_force(path, clock(9, 0), UTC).fields["workers"] == 2


def test_a_time_before_the_first_decision_is_refused_with_that_ones_time(tmp_path: Path) -> None:
    path = logged(tmp_path / "log", "2026-01-05T14:02:10Z", "2026-01-05T15:00:00Z")
    with pytest.raises(ConfigurationError, match="its first decision was made at 2026-01-05 14:02:10 UTC"):
        decision_in_force(path, clock(14, 1), UTC)


def test_a_log_without_decisions_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"has no `scale.decision` event; log in JSON, at level info"):
        decision_in_force(logged(tmp_path / "log"), clock(14, 3), UTC)


def test_a_log_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="can't be read: No such file"):
        decision_in_force(tmp_path / "none", clock(14, 3), UTC)
