"""Programs from the package index, each in an environment of its own in the cache outside the tree."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from .maven import NotToBeHad, alone_in, cache_directory

INSTALL_SECONDS = 240.0


def installed(program: str, requirement: str) -> Path:
    """The path of ``program``, which ``requirement`` brings. Installed at the first call; a marker, written last, makes
    later calls free. Raises `NotToBeHad`."""
    directory = cache_directory() / program
    environment, marker = directory / "environment", directory / "installed"
    with alone_in(directory):
        if not (marker.exists() and marker.read_text() == requirement):
            shutil.rmtree(environment, ignore_errors=True)
            _run([sys.executable, "-m", "venv", str(environment)])
            _run([str(environment / "bin" / "pip"), "--disable-pip-version-check", "install", "--quiet", requirement])
            marker.write_text(requirement)
    return environment / "bin" / program


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise NotToBeHad(f"{' '.join(command)} took longer than {INSTALL_SECONDS:g} s") from None
    if done.returncode:
        raise NotToBeHad(f"{' '.join(command)}: {done.stderr.strip()[-500:]}")
