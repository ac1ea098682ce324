"""The systemd unit for where this installation is."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

SHIPPED_COMMAND = "/opt/punctuald/.venv/bin/punctuald"
DOCUMENTATION = "Documentation=file:/opt/punctuald/docs/operations.md\n"
HIDDEN = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108 - nothing is written there
"""What ProtectHome= and PrivateTmp= of the unit hide."""


def unit_for(shipped: str, command: Sequence[str], documentation: Path) -> str:
    """The unit as it is ``shipped``, with this installation's ``command``; what says more only where it is there."""
    more = f"Documentation={_specified(documentation.as_uri())}\n" if documentation.exists() else ""
    return shipped.replace(DOCUMENTATION, more).replace(SHIPPED_COMMAND, " ".join(_word(part) for part in command))


def own_command() -> Sequence[str]:
    """How this installation's `punctuald` is called: by the script beside its Python."""
    script = Path(sys.executable).parent / "punctuald"
    return [str(script)] if script.exists() else [sys.executable, "-m", "punctuald"]


def is_hidden(path: Path) -> bool:
    """Whether the unit's user could not see it, there or where a link on the way leads."""
    ways = (path.absolute(), path.parent.resolve() / path.name)
    return any(way.is_relative_to(place) for way in ways for place in HIDDEN)


def _word(text: str) -> str:
    """One word of a command line (systemd.service(5))."""
    plain = _specified(text).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{plain}"' if " " in plain else plain


def _specified(text: str) -> str:
    """A `%` begins a specifier (systemd.unit(5))."""
    return text.replace("%", "%%")
