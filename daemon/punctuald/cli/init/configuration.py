"""From the example configuration to one's own: a queue and its handler; every other setting is there, commented out."""

from __future__ import annotations

import re

BLOCK = re.compile(r"\n{2,}")
TABLE = re.compile(r"^\[[^\[].*\]$", re.MULTILINE)
QUEUE = "[[queue]]"
GIVEN = re.compile(r"^(name|handler) = ")
EXPLAINED = re.compile(r'^(?P<setting>(?:"[^"]*"|[^"#])*?)(?P<space> +)(?P<comment>#.*)$')
ANOTHER = """\
# punctuald's configuration. What is commented out is the default; only a queue's name and handler must be given.
#
#   punctuald check --connect     is it right, and may we do all of it? imports the handler, asks SQS
#   punctuald run                 the daemon, in the foreground
#
# Every setting can also come from the environment, which wins: PUNCTUALD__POOL__MAX_WORKERS=4,
# PUNCTUALD__QUEUE__0__WAIT_SECONDS=5 (the entries of a list are numbered from 0)."""


def first_configuration(example: str, queue: str, handler: str) -> str:
    """``example`` with one queue of that name and handler, which comes first, and its other settings as comments."""
    _, *blocks = BLOCK.split(example.strip())
    [own] = [block for block in blocks if QUEUE in block.splitlines()]
    others = [_commented(block) for block in blocks if block != own]
    return "\n\n".join([ANOTHER, _own(own, queue, handler), *others]) + "\n"


def _own(block: str, queue: str, handler: str) -> str:
    lines = []
    for line in block.splitlines():
        given = GIVEN.match(line)
        if given:
            lines.append(_with_value(line, queue if given[1] == "name" else handler))
        else:
            lines.append(line if line == QUEUE or line.startswith("#") else f"# {line}")
    return "\n".join(lines)


def _with_value(line: str, value: str) -> str:
    """The line with another value, and its comment in the same column where there is room."""
    found = EXPLAINED.match(line)
    setting = f'{line.partition(" = ")[0]} = "{value}"'
    if found is None:
        return setting
    return f"{setting.ljust(found.start('comment') - 1)} {found['comment']}"


def _commented(block: str) -> str:
    """A table's header stays: it says nothing without settings. An entry of a list of tables would be one."""
    return "\n".join(line if TABLE.match(line) or line.startswith("#") else f"# {line}" for line in block.splitlines())
