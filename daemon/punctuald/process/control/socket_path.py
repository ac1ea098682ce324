"""Where a daemon's control socket is, by its configuration file: daemon and client look in the same places."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

UNIT_DIRECTORY = Path("/run/punctuald")
"""The runtime directory of the unit that we ship, which a client outside of the unit does not have in its
environment."""

_RUNTIME = Path("/run")
_USERS = Path("/run/user")


def socket_directories(environ: Mapping[str, str], uid: int) -> Iterator[Path]:
    """The directories that a daemon may have its socket in, the best one first; they need not be there.

    `RUNTIME_DIRECTORY` is systemd's for the unit, and its own alone; the others are the user's. Where nobody logged in
    there is none of these, as in a container: then one that root can make, and at last one of the user's below /tmp.
    """
    of_unit = environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    if of_unit:
        yield Path(of_unit)
        return
    of_user = environ.get("XDG_RUNTIME_DIR", "")
    if of_user:
        yield Path(of_user) / "punctuald"
        return
    yield _USERS / str(uid) / "punctuald"
    yield UNIT_DIRECTORY
    yield Path(tempfile.gettempdir()) / f"punctuald-{uid}"


def socket_name(config_path: Path) -> str:
    """The file's name: the configuration's own, and a digest of its path, which is absolute, since most are called
    config.toml."""
    digest = hashlib.blake2s(os.fsencode(os.path.normpath(config_path)), digest_size=4).hexdigest()
    return f"{config_path.stem[:32]}-{digest}.sock"


def instance_directory(config_path: Path) -> Path:
    """The runtime directory of the template unit's instance with that configuration: punctuald@NAME has NAME.toml."""
    return _RUNTIME / f"punctuald@{config_path.stem}"


def socket_candidates(config_path: Path, environ: Mapping[str, str], uid: int) -> list[Path]:
    """Where a client looks for the daemon of that configuration."""
    units = (UNIT_DIRECTORY, instance_directory(config_path))
    directories = dict.fromkeys([*socket_directories(environ, uid), *units])
    return [directory / socket_name(config_path) for directory in directories]
