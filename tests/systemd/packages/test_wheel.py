"""A wheel in an empty environment, without a clone: what somebody has who installs it today."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from systemd.box import Box
from systemd.packages.building import BARE, install_wheel, place_for_all
from systemd.service import Service


@pytest.fixture(scope="module")
def program() -> Iterator[Path]:
    """The command of the installation."""
    with place_for_all() as place:
        install_wheel(place / "environment", "demo")
        yield place / "environment" / "bin" / "punctuald"


def said(*command: str | Path, cwd: Path) -> str:
    """What a program printed that succeeded."""
    done = subprocess.run(
        command, cwd=cwd, env={**BARE, "HOME": str(cwd)}, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stdout


def test_what_runs_is_what_was_installed(program: Path, tmp_path: Path) -> None:
    where = said(program.with_name("python"), "-c", "import punctuald; print(punctuald.__file__)", cwd=tmp_path)
    assert Path(where).is_relative_to(program.parents[1])
    assert said(program, "--version", cwd=tmp_path).startswith("punctuald ")


def test_a_first_configuration_is_written_and_is_right(program: Path, tmp_path: Path) -> None:
    assert "config.toml: ok" in said(program, "init", cwd=tmp_path)
    assert "workers: " in said(program, "check", cwd=tmp_path)


def test_the_demo_loses_nothing_and_meets_its_tiers(program: Path, tmp_path: Path) -> None:
    told = said(program, "demo", "--events", "40", "--interval", "0.05", cwd=tmp_path)
    assert "nothing lost, every tier met its objective" in told


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_systemd_finds_nothing_wrong_with_the_units_that_it_writes(program: Path, tmp_path: Path) -> None:
    said(program, "init", "--systemd", cwd=tmp_path)
    units = sorted(path.name for path in tmp_path.glob("*.service"))
    assert units == ["punctuald.service", "punctuald@.service"]
    verify = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *units]
    done = subprocess.run(verify, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_its_unit_is_installed_by_the_printed_commands_gets_ready_and_stops(
    program: Path, machine: Box, moto_endpoint: str
) -> None:
    written = machine.run(str(program), "init", "--systemd", "/root/units")
    service = Service(machine, moto_endpoint)
    service.configure()
    for command in [line.strip() for line in written.splitlines() if line.startswith("  ")]:
        machine.run("sh", "-c", command, timeout_seconds=120)
    assert service.show("ActiveState") == "active"
    service.wait_done(service.send(20))
    service.stop()
    assert (service.show("Result"), service.left()) == ("success", (0, 0))
