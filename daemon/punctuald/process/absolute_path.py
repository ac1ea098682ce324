"""Where a relative path leads, found once: a daemon outlives the folder that it was started in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from punctuald.errors import ConfigurationError


def absolute_path(path: Path, environ: Mapping[str, str]) -> Path:
    """``path`` from the folder that we are in, as the shell that started us names it.

    Symbolic links stay: where ``current`` is pointed at a new release, a reload reads that one. Raises
    `ConfigurationError` where the folder is gone already.
    """
    try:
        return path if path.is_absolute() else _here(environ) / path
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: the folder that this is relative to is gone") from None


def _here(environ: Mapping[str, str]) -> Path:
    """The kernel knows the folder without the links that led to it; PWD has them, where it still speaks of the same."""
    named = Path(environ.get("PWD", ""))
    with suppress(OSError):  # no such folder
        if named.is_absolute() and named.samefile(os.curdir):
            return named
    return Path.cwd()
