"""Expected charges of the present engine: what it is known to do wrong, and why.

A scenario with an entry fails as it should; one that does not any more has to lose its entry, or the run fails.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from chaos.ledger.verdict import ChargeKind


@dataclass(frozen=True, slots=True)
class Expected:
    """One kind of charge. ``always`` False: it depends on the moment, so a run without it proves nothing."""

    kind: ChargeKind
    reason: str
    always: bool = True


UNSEEN = ChargeKind.DEAD_LETTERED_UNSEEN
GIVES_BACK = "what waits in hand is given back unstarted, which costs it a receive that was no try"
EXPECTED: Mapping[str, tuple[Expected, ...]] = MappingProxyType(
    {
        "poll_at_stop": (Expected(UNSEEN, f"at a stop {GIVES_BACK}: also what the last polls bring"),),
        "stop_one_receive": (Expected(UNSEEN, f"at a stop {GIVES_BACK}"),),
        "reload_one_receive": (Expected(UNSEEN, f"at a reload {GIVES_BACK}"),),
        "reload_two_receives": (Expected(UNSEEN, f"at a reload {GIVES_BACK}", always=False),),
        "recycling": (Expected(UNSEEN, f"when a worker is recycled {GIVES_BACK}"),),
        "fifo_failing_head": (Expected(UNSEEN, "the group is given back with its failed head, each time a receive"),),
        "fifo_stop_one_receive": (Expected(UNSEEN, f"at a stop {GIVES_BACK}"),),
    }
)


def unexpected(scenario: str, kinds: Collection[ChargeKind]) -> list[str]:
    """What is wrong with a scenario's ``kinds`` of charges; empty: they are as the table says."""
    known = EXPECTED.get(scenario, ())
    new = [f"charged: {kind}" for kind in sorted(kinds) if kind not in {entry.kind for entry in known}]
    gone = [
        f"no longer charged, remove it from expected.py: {e.kind}" for e in known if e.always and e.kind not in kinds
    ]
    return new + gone
