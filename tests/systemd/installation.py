"""This checkout, installed on a booted machine as docs/operations.md says; its packages are this machine's own."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

from systemd.box import Box

CHECKOUT = Path(__file__).parents[2]
PLACE = "/opt/punctuald"
COMMAND = f"{PLACE}/.venv/bin/punctuald"
SCRIPT = f"""\
#!{PLACE}/.venv/bin/python
import sys

from punctuald.cli import main

if __name__ == "__main__":
    sys.exit(main())
"""


def install(box: Box) -> None:
    """Program, user and units, by the commands that `punctuald init --systemd` names; no configuration."""
    _install_python(box)
    box.write(COMMAND, SCRIPT, mode=0o755)
    *commands, start = _named(box.run(COMMAND, "init", "--systemd", "/srv/punctuald"))
    for command in commands:
        box.run("sh", "-c", command)
    reload, _, _ = start.partition(" && ")
    box.run("sh", "-c", reload)


def _named(said: str) -> list[str]:
    return [line.strip() for line in said.splitlines() if line.startswith("  ")]


def _install_python(box: Box) -> None:
    """A virtual environment whose packages are the ones that run this. The Python below it may be in /root, which the
    unit does not let its user see."""
    box.bind(Path(sys.base_prefix), "/opt/python")
    box.write("/etc/ld.so.conf.d/punctuald-python.conf", "/opt/python/lib\n")
    box.run("ldconfig")
    for folder in ("daemon", "systemd", "docs"):
        box.bind(CHECKOUT / folder, f"{PLACE}/{folder}")
    box.bind(Path(sysconfig.get_path("purelib")), f"{PLACE}/packages")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    box.run(f"/opt/python/bin/{version}", "-m", "venv", "--without-pip", f"{PLACE}/.venv")
    site = f"{PLACE}/.venv/lib/{version}/site-packages"
    box.write(f"{site}/checkout.pth", f"{PLACE}/daemon\n{PLACE}/packages\n")
