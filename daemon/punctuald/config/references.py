"""Rules over names: no name is given twice, and every name that is referred to exists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from .problem import KeyPath, Problem, dotted, nearest

SOME_SOURCE = "at least one [[queue]], [[topic]] or [[stream]]"


class Named(NamedTuple):
    """One source: the name and number of its table, its own name, and the tier that it names."""

    kind: str
    number: int
    name: str
    tier: str

    @property
    def place(self) -> KeyPath:
        """Where it stands."""
        return (self.kind, self.number)


def broken_references(
    *, tier_names: Sequence[str], sources: Sequence[Named], applications: Sequence[str] = ()
) -> list[Problem]:
    """What is wrong with names that are given twice or do not exist, or that there is no source at all. An empty name
    means «not given»: other rules see to that. ``applications`` are the streams', in their order."""
    if not sources:
        return [Problem(("queue",), f"is required: {SOME_SOURCE}")]
    tiers = [Named("sla.tier", number, name, "") for number, name in enumerate(tier_names)]
    return [
        *_repeated(tiers, lambda tier: ("sla", "tier", tier.number)),
        *_repeated(sources, lambda source: source.place),
        *_unknown_tiers(sources, tier_names),
        *_shared_applications(applications),
    ]


def _repeated(named: Sequence[Named], place: Callable[[Named], KeyPath]) -> Iterator[Problem]:
    """Queues, topics and streams share one set of names, for logs and figures tell them apart by nothing else."""
    first: dict[str, Named] = {}
    for each in named:
        if each.name and first.setdefault(each.name, each) is not each:
            known = dotted(place(first[each.name])).rpartition(".")[2]
            yield Problem((*place(each), "name"), f'"{each.name}" is the name of {known} already')


def _unknown_tiers(sources: Sequence[Named], tier_names: Sequence[str]) -> Iterator[Problem]:
    for source in sources:
        if source.tier and source.tier not in tier_names:
            guess = nearest(source.tier, tier_names)
            hint = f'did you mean "{guess}"?' if guess else f"there are: {', '.join(filter(None, tier_names))}"
            yield Problem((*source.place, "tier"), f'no tier is named "{source.tier}"; {hint}')


def _shared_applications(applications: Sequence[str]) -> Iterator[Problem]:
    """A lease's key is its shard's name and nothing else, and every stream has a shardId-000000000000: in one table one
    stream's progress would be taken for the other's."""
    first: dict[str, int] = {}
    for number, name in enumerate(applications):
        if name and first.setdefault(name, number) != number:
            text = f'"{name}" is the application of stream[{first[name]}] already: each stream needs a lease table'
            yield Problem(("stream", number, "application"), text)
