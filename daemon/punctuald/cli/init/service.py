"""The files of `punctuald init --systemd`: units, their user, and a drop-in where the units' limits are too low."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

from punctuald.config import load

from .drop_in import directory_of_drop_in, drop_in
from .package_data import OPERATIONS, SYSUSERS, TEMPLATE, UNIT, text_of
from .unit import is_hidden, own_command, unit_for

INSTALLED_CONFIG = Path("/etc/punctuald/config.toml")
UNITS = Path("/etc/systemd/system")


def service_files(directory: Path, config_path: Path | None) -> Mapping[Path, str]:
    """Their texts by their paths. Raises `ConfigurationError` where there is a configuration that is wrong."""
    own = own_command()
    units = {directory / unit.name: unit_for(text_of(unit), own, OPERATIONS) for unit in (UNIT, TEMPLATE)}
    return {**units, directory / SYSUSERS.name: text_of(SYSUSERS), **_drop_in(directory, config_path)}


def warning() -> str:
    """What is wrong with where this installation is; "" = nothing."""
    own = own_command()
    return f"warning: {own[0]} can't be read by the unit's user: install below /opt, say" if is_hidden(own) else ""


def what_comes_next(directory: Path, paths: Iterable[Path]) -> str:
    """The commands by which root installs them."""
    users = shlex.quote(str(directory / SYSUSERS.name))
    units = [path for path in paths if path.name != SYSUSERS.name]
    return "\n".join(
        [
            "next, as root, with config.toml and its handler in /etc/punctuald:",
            f"  install -m 644 {users} /usr/lib/sysusers.d/punctuald.conf && systemd-sysusers",
            *(f"  {_install(path, directory)}" for path in units),
            "  systemctl daemon-reload && systemctl enable --now punctuald",
        ]
    )


def _install(path: Path, directory: Path) -> str:
    return f"install -D -m 644 {shlex.quote(str(path))} {shlex.quote(str(UNITS / path.relative_to(directory)))}"


def _drop_in(directory: Path, config_path: Path | None) -> Mapping[Path, str]:
    """None where all fits, or where there is no configuration yet."""
    if config_path is None and not INSTALLED_CONFIG.exists():
        return {}
    config_path = config_path or INSTALLED_CONFIG
    text = drop_in(text_of(UNIT), config_path, load(config_path, os.environ))
    return {directory / directory_of_drop_in(config_path) / "limits.conf": text} if text else {}
