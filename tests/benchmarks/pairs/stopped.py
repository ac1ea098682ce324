"""A contestant that is ready for its turns: started, warmed up on messages without end, and stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.canned.server import CannedServer
from benchmarks.canned.wire import Wire
from benchmarks.comparison.contestants import Contestant
from benchmarks.comparison.scenes import ENDLESS, Effort, Scene, warm_up
from benchmarks.pairs.ratios import Tally
from benchmarks.pairs.turns import Contender, Rules


@contextmanager
def stopped_contender(
    contestant: Contestant, wire: Wire, work: Mapping[str, str], rules: Rules, directory: Path
) -> Iterator[Contender]:
    """One worker of it on a canned server of its own. Raises what `Row.attempt` knows as failures."""
    directory.mkdir(parents=True)
    scene = Scene(contestant, contestant.environment(), directory, Effort(), wire)
    with scene.started(work, 1) as (server, consumer):
        server.allow(ENDLESS)
        warm_up(server, consumer, rules.warm_seconds)
        consumer.tree.stop()
        yield Contender(contestant.name, consumer, lambda: _tally(server))


def _tally(server: CannedServer) -> Tally:
    counters = server.counters()
    return Tally(counters.mono_seconds, counters.deleted, counters.cpu_seconds)
