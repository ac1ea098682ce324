"""The units in docs/fleet/: that systemd understands them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

FLEET = Path(__file__).parents[2] / "docs" / "fleet"
PYTHON = "/opt/punctuald/.venv/bin/python"
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")


@needs_systemd
@pytest.mark.parametrize("name", ["punctuald-fleet.service", "punctuald-fleet.timer"])
def test_systemd_finds_nothing_wrong_with_it(name: str, tmp_path: Path) -> None:
    for unit in FLEET.glob("punctuald-fleet.*"):
        # The daemon need not be installed here: verify would complain that it is not executable.
        (tmp_path / unit.name).write_text(unit.read_text(encoding="utf-8").replace(PYTHON, "/bin/true"))
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_it_runs_the_scripts_that_are_there() -> None:
    unit = (FLEET / "punctuald-fleet.service").read_text(encoding="utf-8")
    named = set(re.findall(r"^ExecStart=.*/([\w.]+\.py) ", unit, re.MULTILINE))
    assert named == {path.name for path in FLEET.glob("*.py")}
