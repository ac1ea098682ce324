"""This checkout, installed on a booted machine as docs/operations.md says; its packages are this machine's own."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

from systemd.box import Box

CHECKOUT = Path(__file__).parents[2]
UNITS = ("punctuald.service", "punctuald@.service")
PLACE = "/opt/punctuald"
COMMAND = f"{PLACE}/.venv/bin/punctuald"
SCRIPT = f"#!{PLACE}/.venv/bin/python\nimport sys\n\nfrom punctuald.cli import main\n\nsys.exit(main())\n"


def install(box: Box) -> None:
    """Program, user and units; no configuration."""
    _install_python(box)
    box.write(COMMAND, SCRIPT, mode=0o755)
    box.write("/usr/lib/sysusers.d/punctuald.conf", _text("punctuald.sysusers"))
    box.run("systemd-sysusers")
    for unit in UNITS:
        box.write(f"/etc/systemd/system/{unit}", _text(unit))
    box.run("systemctl", "daemon-reload")


def _install_python(box: Box) -> None:
    """A virtual environment whose packages are the ones that run this. The Python below it may be in /root, which the
    unit does not let its user see."""
    box.bind(Path(sys.base_prefix), "/opt/python")
    box.write("/etc/ld.so.conf.d/punctuald-python.conf", "/opt/python/lib\n")
    box.run("ldconfig")
    box.bind(CHECKOUT / "daemon", f"{PLACE}/daemon")
    box.bind(Path(sysconfig.get_path("purelib")), f"{PLACE}/packages")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    box.run(f"/opt/python/bin/{version}", "-m", "venv", "--without-pip", f"{PLACE}/.venv")
    site = f"{PLACE}/.venv/lib/{version}/site-packages"
    box.write(f"{site}/checkout.pth", f"{PLACE}/daemon\n{PLACE}/packages\n")


def _text(name: str) -> str:
    return (CHECKOUT / "systemd" / name).read_text(encoding="utf-8")
