"""Programs from Debian's packages, unpacked into the same cache as Maven's: nothing is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from peers.programs.maven import NotToBeHad, alone_in, cache_directory

FETCH_SECONDS = 120.0


def unpacked(package: str) -> Path:
    """The directory that stands for the root of a package's files, of the version that this machine's sources have.

    Fetched at the first call; a marker, written last, makes later calls free. Raises `NotToBeHad`.
    """
    directory = cache_directory() / f"debian-{package}"
    root, marker = directory / "root", directory / "fetched"
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise NotToBeHad("there is no apt-get or no dpkg-deb")
    with alone_in(directory):
        if not marker.exists():
            _fetch(directory, package)
            [found] = directory.glob(f"{package}_*.deb")
            _run(directory, "dpkg-deb", "-x", str(found), str(root))
            marker.write_text(found.name)
    return root


def _fetch(directory: Path, package: str) -> None:
    for old in directory.glob("*.deb"):
        old.unlink()
    _run(directory, "apt-get", "download", package)


def _run(directory: Path, *command: str) -> None:
    try:
        done = subprocess.run(
            command, cwd=directory, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotToBeHad(f"{command[0]} did not end within {FETCH_SECONDS:.0f} s") from None
    if done.returncode:
        raise NotToBeHad(f"{command[0]}: {done.stderr.strip()[:300]}")
