"""Rules over names: no name is given twice, and every name that is referred to exists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .problem import KeyPath, Problem, nearest


def broken_references(
    *, tier_names: Sequence[str], queue_names: Sequence[str], queue_tiers: Sequence[str]
) -> list[Problem]:
    """What is wrong with names that are given twice or do not exist. An empty name means «not given»: other rules see
    to that."""
    return [
        *_repeated(("sla", "tier"), tier_names),
        *_repeated(("queue",), queue_names),
        *_unknown_tiers(queue_tiers, tier_names),
    ]


def _repeated(where: KeyPath, names: Sequence[str]) -> Iterator[Problem]:
    for index, name in enumerate(names):
        first = names.index(name)
        if name and first < index:
            yield Problem((*where, index, "name"), f'"{name}" is the name of {where[-1]}[{first}] already')


def _unknown_tiers(queue_tiers: Sequence[str], tier_names: Sequence[str]) -> Iterator[Problem]:
    for index, tier in enumerate(queue_tiers):
        if tier and tier not in tier_names:
            guess = nearest(tier, tier_names)
            hint = f'did you mean "{guess}"?' if guess else f"there are: {', '.join(filter(None, tier_names))}"
            yield Problem(("queue", index, "tier"), f'no tier is named "{tier}"; {hint}')
