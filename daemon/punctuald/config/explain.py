"""pydantic's findings in our words: what is wrong with which setting, and what is allowed there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .problem import KeyPath, Problem, nearest, shown
from .renamed import new_name
from .shape import Shape, allowed, list_of, numbers

OUT_OF_RANGE = {"greater_than_equal": "too small", "less_than_equal": "too large"}
LENGTHS = {"too_short": "too few entries", "too_long": "too many entries"}

Finding = Mapping[str, Any]
"""One entry of ``ValidationError.errors()``: ``type``, ``loc``, ``input``, ``msg`` and mostly ``ctx``."""


def problems(findings: Iterable[Finding], shape: Shape) -> list[Problem]:
    """One problem for each setting that is wrong.

    A value that fits no branch of a union gives one finding for every branch. The finding that names a bound tells the
    reader most, so that one is kept.
    """
    found: dict[KeyPath, Problem] = {}
    meant = [finding for finding in findings if not _is_an_echo(finding)]
    for finding in sorted(meant, key=lambda finding: finding["type"] not in OUT_OF_RANGE):
        problem = _problem(finding, shape)
        found.setdefault(problem.path, problem)
    return list(found.values())


def _is_an_echo(finding: Finding) -> bool:
    """Whether a list is too short only because pydantic does not count the entries that it has refused already."""
    return finding["type"] == "too_short" and bool(len(finding["input"]) >= finding["ctx"]["min_length"])


def _problem(finding: Finding, shape: Shape) -> Problem:
    path: KeyPath = tuple(finding["loc"])
    if finding["type"] == "extra_forbidden":
        table = shape.known(path[:-1])
        return Problem((*table, path[-1]), unknown((*table, path[-1]), shape.names(table)))
    path = shape.known(path)
    return Problem(path, _words(finding, shape.at(path) or {}))


def unknown(path: KeyPath, known: list[str]) -> str:
    """The text for a setting that does not exist; ``known`` are the settings that its table may have."""
    renamed = new_name(path)
    if renamed is not None:
        return f'unknown setting: it is called "{renamed}" now'
    guess = nearest(str(path[-1]), known)
    return "unknown setting; " + (f'did you mean "{guess}"?' if guess else f"there are: {', '.join(known)}")


def _words(finding: Finding, node: Mapping[str, Any]) -> str:
    kind, value = finding["type"], finding["input"]
    if kind == "missing":
        return f"is required: {allowed(node)}"
    if kind == "value_error":
        return str(finding["ctx"]["error"])
    if kind == "rule":
        return str(finding["msg"])
    if kind in OUT_OF_RANGE:
        return f"{shown(value)} is {OUT_OF_RANGE[kind]}: {numbers(node)}"
    if kind in LENGTHS:
        bounds = list_of(node)
        return f"{LENGTHS[kind]}: {bounds['minItems']} to {bounds['maxItems']}"
    return f"{shown(value)} is not allowed: {allowed(node)}"
