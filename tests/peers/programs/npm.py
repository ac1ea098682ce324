"""Programs from npm, fetched once into the same cache as Maven's."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from peers.programs.maven import NotToBeHad, alone_in, cache_directory

FETCH_SECONDS = 120.0


def fetched_package(name: str, version: str) -> Path:
    """The directory of a package that needs no other.

    Fetched at the first call; a marker, written last, makes later calls free. None of its scripts is run. Raises
    `NotToBeHad`.
    """
    directory = cache_directory() / name
    package, marker = directory / "node_modules" / name, directory / "fetched"
    if shutil.which("node") is None:
        raise NotToBeHad("there is no Node.js")
    with alone_in(directory):
        if not (marker.exists() and marker.read_text() == version):
            _fetch(directory, f"{name}@{version}")
            marker.write_text(version)
    return package


def _fetch(directory: Path, wanted: str) -> None:
    if shutil.which("npm") is None:
        raise NotToBeHad("there is no npm to fetch it with")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(directory), wanted]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise NotToBeHad(f"npm did not fetch it within {FETCH_SECONDS:.0f} s") from None
    if done.returncode:
        raise NotToBeHad(f"npm could not fetch it: {done.stderr.strip()[:300]}")
