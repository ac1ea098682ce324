"""`pairs [--quick] [--latency MS,…] [--tls] [--seconds S] [--turn S] [--settle S] [--against NAME,…]`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.canned.wire import Wire, make_authority
from benchmarks.comparison.contestants import CONTESTANTS, OURS
from benchmarks.pairs.turns import Rules

RIVALS = tuple(each.name for each in CONTESTANTS if each.name != OURS)
USUAL = Rules()
QUICK = Rules(seconds=6.0, warm_seconds=0.7)


@dataclass(frozen=True, slots=True)
class Options:
    """Whom to measure us against, over which wires, for how long."""

    rivals: tuple[str, ...]
    latencies_ms: tuple[float, ...]
    tls: bool
    rules: Rules

    def wires(self, directory: Path) -> Sequence[Wire]:
        """One for each latency; all trust the same authority, whose files go to ``directory``."""
        authority = make_authority(directory) if self.tls else None
        return [Wire(milliseconds / 1000, authority) for milliseconds in self.latencies_ms]


def parse(arguments: Sequence[str]) -> Options:
    """Ends the process with a word if there is a mistake in them."""
    parser = argparse.ArgumentParser(prog="pairs", description="Ours against each other, in paired turns.")
    parser.add_argument("--quick", action="store_true", help="six seconds a pair: for seeing that it works")
    parser.add_argument("--latency", type=_numbers, default=(0.0,), metavar="MS,…", help="of a call (default 0)")
    parser.add_argument("--tls", action="store_true", help="over TLS (default: plain)")
    parser.add_argument("--seconds", type=float, help=f"for each pair (default {USUAL.seconds:g})")
    parser.add_argument("--turn", type=float, default=USUAL.turn_seconds, help="seconds of a turn (%(default)g)")
    parser.add_argument("--settle", type=float, default=USUAL.settle_seconds, help="of it not counted (%(default)g)")
    parser.add_argument("--against", type=_rivals, default=RIVALS, metavar="NAME,…", help=", ".join(RIVALS))
    given = parser.parse_args(arguments)
    if not 0 <= given.settle < given.turn:
        parser.error("a turn must be longer than what of it is not counted")
    base = QUICK if given.quick else USUAL
    rules = Rules(given.seconds or base.seconds, given.turn, given.settle, base.warm_seconds)
    return Options(given.against, given.latency, given.tls, rules)


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(number) for number in text.split(","))


def _rivals(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := sorted(set(names) - set(RIVALS)):
        raise argparse.ArgumentTypeError(f"no such contestant: {', '.join(unknown)}; there are: {', '.join(RIVALS)}")
    return names
