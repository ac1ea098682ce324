"""Why there were so many workers: a decision's fields, as its log event has them, put into words.

No demand and no rule is known here by name: fields `demand_…` are demands and fields `cap_…` are caps, both in workers,
and `reason` is the rule that decided. So the logs of older and newer daemons can be explained too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

DEMAND = "demand_"
CAP = "cap_"
IN_WORDS = frozenset({"workers", "reason", "target_before_hold", "sensors_unknown"})


@dataclass(frozen=True, slots=True)
class Explanation:
    """Sentences for a person, and the numbers that they are about."""

    sentences: tuple[str, ...]
    numbers: Mapping[str, object]


def explain(fields: Mapping[str, object]) -> Explanation:
    """One decision from its fields; those it does not have are not spoken of."""
    sentences = [_decided(fields), *_demands(fields), *_damping(fields), *_limits(fields)]
    if fields.get("sensors_unknown"):
        sentences.append("Too little could be seen to let any worker go.")
    return Explanation(tuple(sentences), {name: value for name, value in fields.items() if name not in IN_WORDS})


def _decided(fields: Mapping[str, object]) -> str:
    workers, ordered = fields.get("workers"), fields.get("workers_ordered")
    before = "" if ordered is None else f", {'as before' if ordered == workers else f'where {ordered} were ordered'}"
    return f"{_workers(workers)}{before}; what settled it: {_words(fields.get('reason'))}."


def _demands(fields: Mapping[str, object]) -> list[str]:
    demands = _numbers(fields, DEMAND)
    if not demands:
        return []
    (highest, most), *others = sorted(demands.items(), key=lambda demand: -demand[1])
    rest = f" (besides: {_listed(others)})" if others else ""
    return [f"The largest demand was {_words(highest)}: {most:.4g} workers{rest}."]


def _damping(fields: Mapping[str, object]) -> list[str]:
    target_before_hold = fields.get("target_before_hold")
    if target_before_hold is None:
        return []
    if target_before_hold == fields.get("workers"):
        return ["Damping, guard rails and bounds changed nothing."]
    return [f"Without damping, guard rails and bounds: {_workers(target_before_hold)}."]


def _limits(fields: Mapping[str, object]) -> list[str]:
    limits = _numbers(fields, CAP)
    return [f"At most, in workers: {_listed(limits.items())}."] if limits else []


def _numbers(fields: Mapping[str, object], prefix: str) -> dict[str, float]:
    return {
        name.removeprefix(prefix): value
        for name, value in fields.items()
        if name.startswith(prefix) and isinstance(value, int | float)
    }


def _listed(numbers: Iterable[tuple[str, float]]) -> str:
    return ", ".join(f"{_words(name)} {value:.4g}" for name, value in numbers)


def _workers(count: object) -> str:
    return f"{count} worker{'' if count == 1 else 's'}"


def _words(name: object) -> str:
    return str(name).replace("_", " ")
