"""What users install, built of this checkout: a wheel in an environment of its own, and a Debian package."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

CHECKOUT = Path(__file__).parents[3]
UV = Path(sys.executable).with_name("uv")
BUILD_PACKAGE = CHECKOUT / "systemd" / "debian" / "build.py"
PYTHON = Path("/usr/bin/python3")
"""Debian's own. The one that runs the tests may be in somebody's home, where no unit's user can read it."""
BARE: Mapping[str, str] = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
"""An environment that names nothing of this checkout's."""
BUILD_SECONDS = 300.0


def refusal() -> str | None:
    """Why nothing can be installed here; None where it can."""
    if not PYTHON.exists():
        return f"there is no {PYTHON}"
    version = subprocess.check_output([PYTHON, "-c", "import sys; print(sys.version_info >= (3, 11))"], text=True)
    return None if version.strip() == "True" else f"{PYTHON} is older than 3.11"


@contextmanager
def place_for_all() -> Iterator[Path]:
    """A directory that the user of a unit on a booted machine can read, which has a /tmp and a /var/tmp of its own."""
    with TemporaryDirectory(prefix="punctuald-packages-", dir="/opt" if os.access("/opt", os.W_OK) else None) as place:
        Path(place).chmod(0o755)
        yield Path(place)


def install_wheel(environment: Path, extras: str) -> None:
    """Built in isolation, and installed by the ranges, with the newest that the package index has."""
    _call(UV, "build", "--quiet", "--wheel", "--python", PYTHON, "--out-dir", environment.parent, CHECKOUT)
    [wheel] = environment.parent.glob("*.whl")
    _call(UV, "venv", "--quiet", "--python", PYTHON, environment)
    _call(UV, "pip", "install", "--quiet", "--python", environment / "bin" / "python", f"{wheel}[{extras}]")


def build_package(directory: Path) -> Path:
    """As `make deb` does, but not compressed: that takes longest."""
    _call(sys.executable, BUILD_PACKAGE, "--output", directory, "--stage", directory / "stage", "--compression", "none")
    [package] = directory.glob("*.deb")
    return package


def next_package(package: Path, revision: int, files: Mapping[str, str]) -> Path:
    """The same package, of a later revision, with other ``files``."""
    root = package.parent / f"revision-{revision}"
    _call("dpkg-deb", "--raw-extract", package, root)
    control = root / "DEBIAN" / "control"
    control.write_text(re.sub(r"^(Version: .*-)\d+$", rf"\g<1>{revision}", control.read_text(), flags=re.MULTILINE))
    for name, text in files.items():
        (root / name).write_text(text)
        (root / name).chmod(0o755 if name.startswith("DEBIAN/") else 0o600)
    _call("dpkg-deb", "--root-owner-group", "-Znone", "--build", root, package.with_name(f"{root.name}.deb"))
    return package.with_name(f"{root.name}.deb")


def _call(*command: str | Path) -> None:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=BUILD_SECONDS
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}"
