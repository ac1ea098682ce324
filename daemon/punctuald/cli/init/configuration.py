"""From the example configuration to one's own: a source and its handler; every other setting is there, as a comment."""

from __future__ import annotations

import re
from collections.abc import Mapping

BLOCK = re.compile(r"\n{2,}")
TABLE = re.compile(r"^\[[^\[].*\]$", re.MULTILINE)
COMMENT = "# "
EXPLAINED = re.compile(r'^(?P<setting>(?:"[^"]*"|[^"#])*?)(?P<space> +)(?P<comment>#.*)$')
MUST_BE_GIVEN = {
    "queue": "a queue's name and handler",
    "topic": "a topic's name, brokers and handler",
    "stream": "a stream's name and handler",
}
ASKED = {"queue": "SQS", "topic": "the brokers", "stream": "Kinesis"}
VARIABLE = {
    "queue": "QUEUE__0__WAIT_SECONDS=5",
    "topic": "TOPIC__0__MAX_TRIES=3",
    "stream": "STREAM__0__MAX_TRIES=3",
}


def first_configuration(example: str, kind: str, given: Mapping[str, str]) -> str:
    """``example`` with one source of that ``kind``, queue, topic or stream, which comes first and has just the
    settings that are ``given``; its others, and all sources of other kinds, are comments."""
    _, *blocks = BLOCK.split(example.strip())
    header = f"[[{kind}]]"
    [own] = [block for block in blocks if header in (line.removeprefix(COMMENT) for line in block.splitlines())]
    others = [_commented(block) for block in blocks if block != own]
    return "\n\n".join([_introduction(kind), _own(own, header, given), *others]) + "\n"


def _introduction(kind: str) -> str:
    return f"""\
# punctuald's configuration. What is commented out is the default; only {MUST_BE_GIVEN[kind]} must be given.
#
#   punctuald check --connect     is it right, and may we do all of it? imports the handler, asks {ASKED[kind]}
#   punctuald run                 the daemon, in the foreground
#
# Every setting can also come from the environment, which wins: PUNCTUALD__POOL__MAX_WORKERS=4,
# PUNCTUALD__{VARIABLE[kind]} (the entries of a list are numbered from 0)."""


def _own(block: str, header: str, given: Mapping[str, str]) -> str:
    lines = []
    for line in block.splitlines():
        said = line.removeprefix(COMMENT)
        name = said.partition(" = ")[0]
        if name in given:
            lines.append(_with_value(said, given[name]))
        else:
            lines.append(said if said == header else _as_comment(line))
    return "\n".join(lines)


def _as_comment(line: str) -> str:
    return line if line.startswith("#") else f"{COMMENT}{line}"


def _with_value(line: str, value: str) -> str:
    """The line with another value, and its comment in the same column where there is room."""
    found = EXPLAINED.match(line)
    setting = f'{line.partition(" = ")[0]} = "{value}"'
    if found is None:
        return setting
    return f"{setting.ljust(found.start('comment') - 1)} {found['comment']}"


def _commented(block: str) -> str:
    """A table's header stays: it says nothing without settings. An entry of a list of tables would be one."""
    return "\n".join(line if TABLE.match(line) else _as_comment(line) for line in block.splitlines())
