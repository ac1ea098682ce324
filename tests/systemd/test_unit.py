"""systemd/punctuald.service: that systemd understands it, and that it agrees with the daemon."""

from __future__ import annotations

import shutil
import subprocess
from collections import defaultdict
from math import ceil
from pathlib import Path

import pytest

from punctuald.app.daemon import fleet_rules
from punctuald.cli.init.unit import unit_for
from punctuald.config import PoolSettings, load
from punctuald.policy.log_lines.event_rates import LIMITS, LIMITS_BY_LEVEL, USUAL
from punctuald.process.exit_status import ExitStatus

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "systemd" / "punctuald.service"
SYSUSERS = ROOT / "systemd" / "punctuald.sysusers"
CATALOGUE = ROOT / "docs" / "events.md"
HANDLER_LINES_PER_SECOND = 200
"""Of what a worker's handlers print."""


def directives() -> dict[str, list[str]]:
    """By key; a key may come more than once."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "[")):
            key, _, value = line.partition("=")
            found[key].append(value)
    return dict(found)


DIRECTIVES = directives()


def value(key: str) -> str:
    (only,) = DIRECTIVES[key]
    return only


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_systemd_finds_nothing_wrong_with_it(tmp_path: Path) -> None:
    # The program need not be installed here: verify would complain that it is not executable.
    text = UNIT.read_text(encoding="utf-8").replace(value("ExecStart").split()[0], "/bin/true")
    assert_understood(tmp_path / UNIT.name, text)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_systemd_understands_the_unit_of_an_installation_in_an_odd_place(tmp_path: Path) -> None:
    place = tmp_path / "100 % mine"
    place.mkdir()
    (place / "punctuald").symlink_to("/bin/true")
    text = unit_for(UNIT.read_text(encoding="utf-8"), [str(place / "punctuald")], ROOT / "docs" / "operations.md")
    assert_understood(tmp_path / UNIT.name, text)


def assert_understood(unit: Path, text: str) -> None:
    unit.write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_no_directive_is_given_twice() -> None:
    assert [key for key, values in DIRECTIVES.items() if len(values) > 1] == []


def test_its_type_needs_no_systemd_newer_than_debian_12s() -> None:
    assert (value("Type"), value("NotifyAccess")) == ("notify", "main")
    assert value("ExecReload") == "/bin/kill -HUP $MAINPID"


def test_a_wrong_configuration_is_not_restarted() -> None:
    assert value("Restart") == "on-failure"
    assert value("RestartPreventExitStatus") == str(ExitStatus.MISCONFIGURED.value)


def test_a_stop_signals_the_supervisor_alone() -> None:
    assert value("KillMode") == "mixed"


def test_systemd_waits_longer_than_the_longest_orderly_stop_takes() -> None:
    rules = fleet_rules(load(ROOT / "config.toml", {}))
    assert int(value("TimeoutStopSec")) > rules.drain_timeout_seconds + rules.fast_timeout_seconds


def test_systemd_notices_a_hung_supervisor_and_not_a_busy_one() -> None:
    # The main loop reports once a second.
    assert 10 <= int(value("WatchdogSec")) <= 60


def test_a_worker_killed_for_its_memory_does_not_stop_the_others() -> None:
    assert value("OOMPolicy") == "continue"


@pytest.mark.parametrize(
    "hardening",
    ["NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "ProtectControlGroups", "RestrictSUIDSGID"],
)
def test_it_is_hardened(hardening: str) -> None:
    assert value(hardening) == "true"
    assert value("ProtectSystem") == "strict"


def test_its_user_is_the_one_that_sysusers_makes() -> None:
    entries = [line.split() for line in SYSUSERS.read_text(encoding="utf-8").splitlines() if line[:1] == "u"]
    assert [entry[1] for entry in entries] == [value("User")]
    assert entries[0][-2] == value("WorkingDirectory") == f"/var/lib/{value('StateDirectory')}"


def test_journald_lets_through_all_that_eight_workers_may_write() -> None:
    seconds = int(value("LogRateLimitIntervalSec").removesuffix("s"))
    rows = [row.split(" | ") for row in CATALOGUE.read_text(encoding="utf-8").splitlines() if row.startswith("| `")]
    limited = [row for row in rows if len(row) > 4 and "worker" in row[2] and "`suppressed`" in row[3]]
    lines_a_worker = sum(most_lines(row[0], row[1], seconds) for row in limited)
    workers = PoolSettings().max_workers
    assert lines_a_worker > 5_000, "the table was not read"
    assert int(value("LogRateLimitBurst")) >= workers * (lines_a_worker + HANDLER_LINES_PER_SECOND * seconds)


def most_lines(event: str, levels: str, seconds: int) -> int:
    limit = LIMITS.get(event.strip("| `")) or LIMITS_BY_LEVEL.get(levels, USUAL)
    return limit.lines * ceil(seconds / limit.seconds)
