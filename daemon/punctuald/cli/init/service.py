"""The files of `punctuald init --systemd`: units, their user, and a drop-in where the units' limits are too low."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Mapping
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


def warnings(config_path: Path | None) -> Iterator[str]:
    """What is wrong with where this installation is, and what the configuration is about."""
    program = Path(own_command()[0])
    wanted = {program: "install below /opt, say"}
    if config_path is not None:
        folders = (source.handler_path for source in load(config_path, os.environ).sources)
        handlers = (folder for folder in map(Path, folders) if folder.is_absolute())
        wanted |= {config_path: f"install it in {INSTALLED_CONFIG.parent}"}
        wanted |= dict.fromkeys(handlers, "put the handler below /opt, say, and name that in handler_path")
    for path, mending in wanted.items():
        if is_hidden(path):
            yield f"warning: {path} can't be read by the unit's user: {mending}"


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
