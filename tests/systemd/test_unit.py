"""systemd/punctuald.service and its template: that systemd understands them, and that they agree with the daemon."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from math import ceil
from pathlib import Path

import pytest

from punctuald.app.daemon import fleet_rules
from punctuald.cli.init.drop_in import daemon_size, drop_in
from punctuald.cli.init.unit import unit_for
from punctuald.config import load
from punctuald.policy.log_lines.event_rates import LIMITS, LIMITS_BY_LEVEL, USUAL
from punctuald.policy.pool.service_limits import LOG_SECONDS, WORKER_LOG_LINES, service_limits, too_low
from punctuald.process.exit_status import ExitStatus

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "systemd" / "punctuald.service"
TEMPLATE = ROOT / "systemd" / "punctuald@.service"
SYSUSERS = ROOT / "systemd" / "punctuald.sysusers"
CATALOGUE = ROOT / "docs" / "events.md"
HANDLER_LINES_PER_SECOND = 200
"""Of what a worker's handlers print."""

MOST_EXPOSURE = 1.2
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")


def directives(unit: Path) -> dict[str, list[str]]:
    """By key; a key may come more than once."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in unit.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "[")):
            key, _, value = line.partition("=")
            found[key].append(value)
    return dict(found)


DIRECTIVES = directives(UNIT)
MAY_COME_TWICE = {"SystemCallFilter", "EnvironmentFile"}
OF_AN_INSTANCE = {
    "Description",
    "ExecStart",
    "StateDirectory",
    "RuntimeDirectory",
    "WorkingDirectory",
    "EnvironmentFile",
    "SyslogIdentifier",
}


def value(key: str) -> str:
    (only,) = DIRECTIVES[key]
    return only


@needs_systemd
@pytest.mark.parametrize("unit", [UNIT, TEMPLATE])
def test_systemd_finds_nothing_wrong_with_it(unit: Path, tmp_path: Path) -> None:
    # The program need not be installed here: verify would complain that it is not executable.
    text = unit.read_text(encoding="utf-8").replace(value("ExecStart").split()[0], "/bin/true")
    assert_understood(tmp_path / unit.name.replace("@", "@orders"), text)


@needs_systemd
def test_systemd_understands_the_unit_of_an_installation_in_an_odd_place(tmp_path: Path) -> None:
    place = tmp_path / "100 % mine"
    place.mkdir()
    (place / "punctuald").symlink_to("/bin/true")
    text = unit_for(UNIT.read_text(encoding="utf-8"), [str(place / "punctuald")], ROOT / "docs" / "operations.md")
    assert_understood(tmp_path / UNIT.name, text)


@needs_systemd
@pytest.mark.parametrize("unit", [UNIT, TEMPLATE])
def test_little_of_the_machine_is_exposed_to_it(unit: Path) -> None:
    security = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)]
    said = subprocess.run(security, capture_output=True, text=True, check=True, timeout=60).stdout
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert found is not None, said
    assert float(found[1]) <= MOST_EXPOSURE


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


def test_an_instance_of_the_template_is_the_unit_with_places_of_its_own() -> None:
    template = directives(TEMPLATE)
    assert {key for key in {*template, *DIRECTIVES} if template.get(key) != DIRECTIVES.get(key)} == OF_AN_INSTANCE
    assert [key for key in OF_AN_INSTANCE if not any("%i" in each for each in template[key])] == []


def test_its_type_needs_no_systemd_newer_than_debian_12s() -> None:
    assert (value("Type"), value("NotifyAccess")) == ("notify", "main")
    assert value("ExecReload") == "/bin/kill -HUP $MAINPID"


def test_a_wrong_configuration_is_not_restarted() -> None:
    assert value("RestartPreventExitStatus") == str(ExitStatus.MISCONFIGURED.value)


def test_whatever_else_ends_it_it_is_started_again_however_often() -> None:
    assert (value("Restart"), value("StartLimitIntervalSec")) == ("on-failure", "0")


def test_a_stop_signals_the_supervisor_alone() -> None:
    assert value("KillMode") == "mixed"


def test_its_limits_fit_the_default_settings() -> None:
    settings = load(ROOT / "config.toml", {})
    limits = service_limits(daemon_size(settings))
    assert too_low(limits, {limit.directive: int(value(limit.directive)) for limit in limits}) == ()
    assert drop_in(UNIT.read_text(encoding="utf-8"), ROOT / "config.toml", settings) == ""


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


def test_the_lines_that_a_worker_may_write_are_those_of_the_catalogue() -> None:
    rows = [row.split(" | ") for row in CATALOGUE.read_text(encoding="utf-8").splitlines() if row.startswith("| `")]
    limited = [row for row in rows if len(row) > 4 and "worker" in row[2] and "`suppressed`" in row[3]]
    lines = sum(most_lines(row[0], row[1], LOG_SECONDS) for row in limited)
    assert lines > 5_000, "the table was not read"
    assert value("LogRateLimitIntervalSec") == f"{LOG_SECONDS}s"
    assert lines + HANDLER_LINES_PER_SECOND * LOG_SECONDS <= WORKER_LOG_LINES


def most_lines(event: str, levels: str, seconds: int) -> int:
    limit = LIMITS.get(event.strip("| `")) or LIMITS_BY_LEVEL.get(levels, USUAL)
    return limit.lines * ceil(seconds / limit.seconds)
