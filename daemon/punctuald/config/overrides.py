"""Settings from the environment: ``PUNCTUALD__POOL__MAX_WORKERS=4``, ``PUNCTUALD__QUEUE__0__WAIT_SECONDS=5``."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import tomli

from .problem import KeyPath, Problem, dotted, nearest
from .renamed import new_name
from .shape import Node, Shape, allowed, is_list

SEPARATOR = "__"
PREFIX = f"PUNCTUALD{SEPARATOR}"
ALMOST = re.compile("punctuald_+([a-z]+)", re.IGNORECASE)
"""A name that may be meant for us though its underscores or its letters' case are not ours."""


@dataclass(slots=True)
class Overrides:
    """Which variable set which setting, and which variables set nothing; a problem's text names its variable."""

    variables: dict[KeyPath, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def variable_of(self, path: KeyPath) -> str | None:
        """The variable that gave the setting at ``path`` its value, itself or as part of a whole table."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.variables:
                return self.variables[path[:length]]
        return None


class _UnusableError(Exception):
    """The variable can't be used; the text says why."""


def wanted(environ: Mapping[str, str], sections: Collection[str]) -> bool:
    """Whether the environment says anything about our settings, or tries to: ``sections`` are the file's tables."""
    return any(name.startswith(PREFIX) or _names_one_of(sections, name) for name in environ)


def _names_one_of(sections: Collection[str], name: str) -> bool:
    almost = ALMOST.match(name)
    return almost is not None and almost[1].lower() in sections


def apply(document: dict[str, Any], environ: Mapping[str, str], shape: Shape) -> Overrides:
    """Writes the environment's values into ``document``: whole tables first, then single settings inside them."""
    overrides = Overrides(problems=_misspelt(environ, shape))
    paths = {name: _path(name) for name in environ if name.startswith(PREFIX)}
    for name, path in sorted(paths.items(), key=lambda item: _in_order(item[1])):
        try:
            _put(document, path, environ[name], shape)
        except _UnusableError as reason:
            overrides.problems.append(Problem(path, f"{name}: {reason}"))
        else:
            overrides.variables[path] = name
    return overrides


def _misspelt(environ: Mapping[str, str], shape: Shape) -> list[Problem]:
    """Variables that set nothing, and would with other underscores or in capitals: they must not be passed over."""
    names = sorted(name for name in environ if not name.startswith(PREFIX) and ALMOST.match(name))
    meant = ((name, shape.spelt(_words(name))) for name in names)
    return [
        Problem(path, f"{name}: sets nothing; did you mean {_variable(path)}?")
        for name, path in meant
        if path is not None
    ]


def _words(name: str) -> list[str]:
    _, *words = filter(None, name.lower().split("_"))
    return words


def _path(name: str) -> KeyPath:
    parts = name.removeprefix(PREFIX).lower().split(SEPARATOR)
    return tuple(int(part) if part.isdecimal() else part for part in parts)


def _in_order(path: KeyPath) -> list[tuple[int, str]]:
    """A sort key: the second entry of a list comes before the tenth, and numbers can be compared with names."""
    return [(part, "") if isinstance(part, int) else (-1, part) for part in path]


def _variable(path: KeyPath) -> str:
    return PREFIX + SEPARATOR.join(str(part) for part in path).upper()


def _put(document: dict[str, Any], path: KeyPath, written: str, shape: Shape) -> None:
    node = shape.at(path)
    if node is None:
        raise _UnusableError(_no_such_setting(path, shape))
    place: Any = document
    for depth, part in enumerate(path[:-1], start=1):
        place = _entered(place, part, path[:depth], shape)
    _assign(place, path, _value(written, node))


def _no_such_setting(path: KeyPath, shape: Shape) -> str:
    known = shape.known(path)
    names = shape.names(known)
    if not names:
        expected = "entries are numbered from 0" if is_list(shape.at(known) or {}) else "has no settings in it"
        return f"no such setting; {dotted(known)}: {expected}"
    spelt = shape.spelt(_words(_variable(path)))
    if spelt is not None:
        return f"no such setting; did you mean {_variable(spelt)}?"
    unknown = path[: len(known) + 1]
    renamed = new_name(unknown)
    if renamed is not None:
        return f"no such setting: it is called {_variable((*known, renamed))} now"
    guess = nearest(str(path[len(known)]), names)
    if guess is None:
        return f"no such setting; there are: {', '.join(_variable((*known, name)) for name in names)}"
    rest = path[len(known) + 1 :]
    meant = (*known, guess, *rest) if shape.at((*known, guess, *rest)) else (*known, guess)
    return f"no such setting; did you mean {_variable(meant)}?"


def _entered(place: Any, part: str | int, path: KeyPath, shape: Shape) -> Any:
    """The table or list at ``path``. Where the file does not have it, it is made: from its default, else empty."""
    node: Node = shape.at(path) or {}
    kind = list if is_list(node) else dict
    if isinstance(place, list):
        if _entry(place, path) == len(place):
            place.append({})
    elif part not in place:
        # A list's default, so that SLA__TIER__0__THRESHOLD_SECONDS changes the first default tier and keeps the rest.
        place[part] = copy.deepcopy(_default_list(node)) if kind is list else {}
    inner = place[part]
    if not isinstance(inner, kind):
        raise _UnusableError(f"{dotted(path)} in the file is not {allowed(node)}")
    return inner


def _default_list(node: Node) -> list[Any]:
    default = node.get("default", [])
    return default if isinstance(default, list) else []


def _assign(place: Any, path: KeyPath, value: object) -> None:
    if isinstance(place, list):
        index = _entry(place, path)
        place[index : index + 1] = [value]
    else:
        place[path[-1]] = value


def _entry(place: list[Any], path: KeyPath) -> int:
    """The index that ``path`` ends in: of an entry of the list, or of the one after its last."""
    index = int(path[-1])
    if index > len(place):
        raise _UnusableError(f"{dotted(path[:-1])} has {len(place)} entries: the next one is number {len(place)}")
    return index


def _value(written: str, node: Node) -> object:
    """``written`` read as TOML or, where it is none, as text.

    Where the schema wants text, it need not be quoted: a queue may be called ``123``.
    """
    try:
        parsed = tomli.loads(f"value = {written}")
    except tomli.TOMLDecodeError:
        return written
    value = parsed["value"]
    if len(parsed) > 1 or (node.get("type") == "string" and not isinstance(value, str)):
        return written
    return value
