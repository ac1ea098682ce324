"""Files that a wheel carries beside the code. In a clone they are where people look for them."""

from __future__ import annotations

from pathlib import Path

import punctuald

_PACKAGE = Path(punctuald.__file__).parent
_CLONE = _PACKAGE.parents[1]

EXAMPLE = Path("config.toml")
UNIT = Path("systemd/punctuald.service")
TEMPLATE = Path("systemd/punctuald@.service")
SYSUSERS = Path("systemd/punctuald.sysusers")
OPERATIONS = _CLONE / "docs" / "operations.md"
"""Is there in a clone only."""


def text_of(file: Path) -> str:
    """What is in it; ``file`` is its path in a clone."""
    in_wheel = _PACKAGE / "data" / file.name
    return (in_wheel if in_wheel.exists() else _CLONE / file).read_text(encoding="utf-8")
