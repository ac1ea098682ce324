"""What is found of a configuration and of what it names: what it is, what comes of it, and what mends it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

PROGRAMS = ("aws ", "punctuald ", "kafka-", "timedatectl ")
"""What the commands begin with that mend something."""


class Level(IntEnum):
    """How bad it is, the worst last."""

    OK = 0
    NOTE = 1  # to know: nothing has to be done
    WARNING = 2  # messages may be late, come twice or cost more than they need; in a bad hour some are lost
    ERROR = 3  # something is not handled at all, or is lost for certain

    @property
    def word(self) -> str:
        """For people and for JSON."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Finding:
    """``code`` names the rule, for scripts. ``consequence`` is what comes of it, in seconds, messages or money, and
    ``mend`` the command, or the line of the configuration, that mends it; "" = there is no single one."""

    level: Level
    code: str
    text: str
    consequence: str = ""
    mend: str = ""

    @property
    def is_command(self) -> bool:
        """Whether ``mend`` is for a shell, as it stands."""
        return self.mend.startswith(PROGRAMS)

    @property
    def line(self) -> str:
        """What it is and what comes of it, in one line for a person."""
        return f"{self.text}: {self.consequence}" if self.consequence else self.text


@dataclass(frozen=True, slots=True)
class Examined:
    """One thing that was looked at, such as ``queue orders``, and what was found of it; nothing = it is as it should
    be."""

    subject: str
    findings: tuple[Finding, ...] = ()

    @property
    def level(self) -> Level:
        """The worst of its findings."""
        return worst(self.findings)


def error(code: str, text: str, consequence: str = "", mend: str = "") -> Finding:
    """See `Level.ERROR`."""
    return Finding(Level.ERROR, code, text, consequence, mend)


def warning(code: str, text: str, consequence: str = "", mend: str = "") -> Finding:
    """See `Level.WARNING`."""
    return Finding(Level.WARNING, code, text, consequence, mend)


def note(code: str, text: str, consequence: str = "", mend: str = "") -> Finding:
    """See `Level.NOTE`."""
    return Finding(Level.NOTE, code, text, consequence, mend)


def worst(findings: Iterable[Finding | Examined]) -> Level:
    """`Level.OK` where there are none."""
    return max((each.level for each in findings), default=Level.OK)


def lines(findings: Sequence[Finding], level: Level) -> tuple[str, ...]:
    """Of those of this level, in their order."""
    return tuple(each.line for each in findings if each.level is level)
