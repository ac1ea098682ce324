"""What `make` would do, without doing it: nobody waits for tools that are not needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEMO, ALL = "-e '.[demo]'", "--require-hashes -r .requirements/dev.lock"
EXTRAS = {"kafka": "-e '.[demo,kafka]'", "kinesis": "-e '.[demo-kinesis]'"}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / ".requirements", tmp_path / ".requirements")
    return tmp_path


def planned(clone: Path, *target: str) -> str:
    """The commands, one a line."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "--dry-run", "--no-print-directory", *target]
    return subprocess.run(command, cwd=clone, env=environ, capture_output=True, text=True, check=True).stdout


def is_installed(clone: Path, stamp: str) -> None:
    (clone / ".venv").mkdir(exist_ok=True)
    (clone / ".venv" / stamp).touch()


@pytest.mark.parametrize("target", ["demo", "run"])
def test_a_demo_installs_its_own_needs_only(target: str, clone: Path) -> None:
    assert DEMO in planned(clone, target)
    assert ALL not in planned(clone, target)


@pytest.mark.parametrize("source", EXTRAS)
def test_a_demo_of_another_source_installs_what_that_takes_and_serves_the_demo_of_sqs_too(
    source: str, clone: Path
) -> None:
    assert EXTRAS[source] in planned(clone, "demo", f"SOURCE={source}")
    assert f"--source {source}" in planned(clone, "demo", f"SOURCE={source}")
    is_installed(clone, f".installed-demo-{source}")
    assert "pip" not in planned(clone, "demo", f"SOURCE={source}")
    assert "pip" not in planned(clone, "demo")


@pytest.mark.parametrize("source", EXTRAS)
@pytest.mark.parametrize("earlier", ["", "-kafka", "-kinesis"])
def test_a_demo_after_that_of_another_source_adds_what_it_lacks(source: str, earlier: str, clone: Path) -> None:
    is_installed(clone, f".installed-demo{earlier}")
    assert (EXTRAS[source] in planned(clone, "demo", f"SOURCE={source}")) == (earlier != f"-{source}")
    assert "pip" not in planned(clone, "demo")


def test_the_tests_install_the_rest_after_a_demo(clone: Path) -> None:
    is_installed(clone, ".installed-demo")
    assert "pip" not in planned(clone, "demo")
    assert ALL in planned(clone, "check")
    assert "--no-deps --no-build-isolation -e ." in planned(clone, "check")


def test_a_renewed_lock_is_installed(clone: Path) -> None:
    is_installed(clone, ".installed")
    os.utime(clone / ".requirements" / "dev.lock", (later := time.time() + 10, later))
    assert ALL in planned(clone, "check")


def test_a_demo_after_the_tests_installs_nothing(clone: Path) -> None:
    is_installed(clone, ".installed")
    assert "pip" not in planned(clone, "demo")
    assert "pip" not in planned(clone, "check")


def test_the_replay_that_the_readme_names_can_be_imported(clone: Path) -> None:
    is_installed(clone, ".installed")
    assert "`make replay`" in (ROOT / "README.md").read_text(encoding="utf-8")
    [command] = planned(clone, "replay").splitlines()
    ran = command.replace(".venv/bin/python", sys.executable) + " --help"
    assert "The real daemon against its simulator" in subprocess.check_output(ran, shell=True, cwd=ROOT, text=True)  # noqa: S602
