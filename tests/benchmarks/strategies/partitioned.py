"""A row of the real daemon on a source that is no queue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.strategies.consumers import HANDLER, TESTS, Place
from benchmarks.strategies.row import Row
from benchmarks.strategies.traffic import Event, produce
from benchmarks.strategies.trickle import WARM_UP, wait
from benchmarks.strategies.work import LEDGER_VARIABLE
from punctuald.demo.daemon_process import running_daemon

SETTINGS = f"""\
handler = "{HANDLER}"
handler_path = "{TESTS}"
"""


def measured(
    name: str,
    directory: Path,
    table: str,
    environ: Mapping[str, str],
    send: Callable[[Event], object],
    events: Sequence[Event],
) -> Row:
    """About as long as the sending takes. ``table`` is the source's, but for its handler. Requests are not told: many
    messages come with one, and none is deleted."""
    place = Place("", name, directory)
    directory.mkdir()
    config = directory / "config.toml"
    config.write_text(table + SETTINGS)
    with running_daemon(config, directory / "daemon.log", {**environ, LEDGER_VARIABLE: str(place.ledger)}):
        send(WARM_UP)
        wait(lambda: WARM_UP.number in place.handled(), "the first event")
        produce(events, send)
        numbers = {event.number for event in events}
        wait(lambda: numbers <= place.handled().keys(), f"{len(numbers)} events handled")
    seconds = [each.seconds for number, each in sorted(place.handled().items()) if number >= 0]
    return Row(name, seconds, None, own=True)
