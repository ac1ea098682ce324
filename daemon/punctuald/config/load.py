"""From a file and the environment to settings, or to the list of everything that is wrong with them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import tomli
from pydantic import ValidationError

from punctuald.errors import ConfigurationError

from . import explain, overrides
from .lines import lines_of
from .overrides import Overrides
from .problem import KeyPath, Problem, dotted, shown
from .references import Named, broken_references
from .schema import json_schema
from .settings import MOST_HOSTS, Settings
from .shape import Shape
from .sources.queue import QueueSettings
from .sources.stream import OWN_APPLICATION, StreamSettings
from .sources.topic import TopicSettings
from .tiers import DEFAULT_TIERS

SOURCE_KINDS = (QueueSettings.kind, TopicSettings.kind, StreamSettings.kind)
HOSTS_FILE: KeyPath = ("scaling", "hosts_file")

SECTIONS = frozenset(str(field.validation_alias or name) for name, field in Settings.model_fields.items())

WITH_OR_WITHOUT_MARK = "utf-8-sig"
"""UTF-8; the byte order mark that editors of other systems put at its start is no part of the text."""


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings of the TOML file at ``path``, with the ``PUNCTUALD__`` variables of ``environ`` on top.

    Raises `ConfigurationError`, one line for each thing that is wrong: ``config.toml:12: pool.max_workers: 0 is too
    small: 1 to 512``. A path in the settings stays as written: relative ones are relative to the file's directory.
    """
    text = _read(path)
    document = _parsed(text, path)
    wanted = overrides.wanted(environ, SECTIONS)
    changed = overrides.apply(document, environ, _shape()) if wanted else Overrides()
    missing = _take_hosts(document, path.parent)
    settings, problems = _validated(document)
    problems += missing
    if settings is None or problems or changed.problems:
        raise ConfigurationError(_report(path, text, changed, problems))
    return settings


@cache
def _shape() -> Shape:
    """Made only when needed, so that a daemon whose file is right spends neither time nor memory on a schema."""
    return Shape(json_schema())


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode(WITH_OR_WITHOUT_MARK)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{path}:{line}: the file is not UTF-8 text") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from None


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        place = f"{path}:{line[1]}" if line else str(path)
        raise ConfigurationError(f"{place}: not valid TOML: {error}") from None
    except RecursionError:
        raise ConfigurationError(f"{path}: not valid TOML: nested too deeply") from None


def _take_hosts(document: dict[str, Any], directory: Path) -> list[Problem]:
    """Write the number that ``scaling.hosts_file`` holds into ``document``, or say why that can't be done.

    A file, because a running process's environment can't be changed from outside: whatever adds and removes machines
    writes it, and sends SIGHUP.
    """
    scaling = document.get("scaling")
    name = scaling.get("hosts_file") if isinstance(scaling, dict) else None
    if not isinstance(scaling, dict) or not isinstance(name, str) or not name:
        return []
    path = directory / name
    try:
        written = path.read_text(encoding=WITH_OR_WITHOUT_MARK).strip()
    except OSError as error:
        return [Problem(HOSTS_FILE, f"{path}: {error.strerror}")]
    except ValueError:  # not UTF-8, or a name that no file can have
        return [Problem(HOSTS_FILE, f"{path}: no text can be read from it")]
    if not re.fullmatch("[0-9]{1,4}", written) or not 1 <= int(written) <= MOST_HOSTS:
        return [Problem(HOSTS_FILE, f"{path}: {shown(written)} is not a whole number, 1 to {MOST_HOSTS}")]
    scaling["hosts"] = int(written)
    return []


def _validated(document: dict[str, Any]) -> tuple[Settings | None, list[Problem]]:
    try:
        # By the TOML keys only: `queues` and `starts` are fields' names in Python, and mistakes in a file.
        return Settings.model_validate(document, by_alias=True, by_name=False), []
    except ValidationError as refused:
        found = explain.problems(refused.errors(include_url=False), _shape())
    # pydantic checks rules over the whole only when all its parts are right, but all faults are to be reported at once.
    known = {problem.path for problem in found}
    return None, found + [problem for problem in _references(document) if problem.path not in known]


def _references(document: Mapping[str, Any]) -> list[Problem]:
    """The rules over names, on a document that may be wrong in any other way."""
    sla = document.get("sla")
    tiers = sla.get("tier", DEFAULT_TIERS) if isinstance(sla, dict) else DEFAULT_TIERS
    return broken_references(
        tier_names=_texts(tiers, "name"),
        sources=[source for kind in SOURCE_KINDS for source in _named(kind, document.get(kind))],
        applications=_applications(document.get(StreamSettings.kind)),
    )


def _applications(streams: object) -> list[str]:
    given = zip(_texts(streams, "application"), _texts(streams, "name"), strict=True)
    return [application or (name and f"{OWN_APPLICATION}{name}") for application, name in given]


def _named(kind: str, tables: object) -> Iterator[Named]:
    for number, (name, tier) in enumerate(zip(_texts(tables, "name"), _texts(tables, "tier"), strict=True)):
        yield Named(kind, number, name, tier)


def _texts(tables: object, key: str) -> list[str]:
    """The ``key`` of each table; "" where it has none, which the rules over names take for «not given»."""
    if not isinstance(tables, list | tuple):
        return []
    found = (table.get(key) if isinstance(table, dict) else None for table in tables)
    return [value if isinstance(value, str) else "" for value in found]


def _report(path: Path, text: str, changed: Overrides, problems: Sequence[Problem]) -> str:
    lines = lines_of(text)
    ordered = sorted(problems, key=lambda problem: _nearest_line(lines, problem.path) or math.inf)
    return "\n".join([*_described(ordered, _place(path, lines, changed)), *(each.text for each in changed.problems)])


def _described(problems: Sequence[Problem], place: Callable[[KeyPath], str]) -> Iterator[str]:
    for problem in problems:
        yield f"{place(problem.path)}: {dotted(problem.path)}: {problem.text}"


def _place(path: Path, lines: Mapping[KeyPath, int], changed: Overrides) -> Callable[[KeyPath], str]:
    """Says where a setting got its value: from a variable, on a line, or (missing altogether) somewhere in the file."""

    def place(setting: KeyPath) -> str:
        line = _nearest_line(lines, setting)
        return changed.variable_of(setting) or (f"{path}:{line}" if line else str(path))

    return place


def _nearest_line(lines: Mapping[KeyPath, int], path: KeyPath) -> int | None:
    """The key's own line, or that of the table where it is missing."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None
