"""Every number on the page is that of the status document of the same snapshot, written as in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from browser.shop import Shop, free_ports, status_at
from browser.shown import WRITTEN_AS, Figure, compared
from browser.tab import Tab
from process.regions.conftest import EAST, WEST, TwoRegions

SNAPSHOTS = 5
SLOW = """
def handle(message: Message) -> None:
    time.sleep(0.1)
"""


def differing(found: dict[int, list[tuple[Figure, str]]]) -> list[tuple[Figure, str]]:
    return [(figure, wanted) for figures in found.values() for figure, wanted in figures if figure.text != wanted]


def test_under_load_every_number_is_that_of_the_same_snapshot(shop: Shop, tab: Tab) -> None:
    shop.start()
    with shop.customers():
        shop.show(tab)
        tab.wait_for("Number(document.querySelector('[data-path=\"tiers/0/interval/messages\"]').textContent) > 0")
        found = compared(tab, shop.status, SNAPSHOTS)
    assert differing(found) == []
    paths = {figure.path for figures in found.values() for figure, _ in figures}
    assert {
        "tiers/1/interval/p99_seconds",
        "queues/1/dead_lettered",
        "workers/0/handled",
        "pool/workers_ready",
    } <= paths


def test_slots_of_functions_and_of_coroutines_are_shown_apart(shop: Shop, tab: Tab) -> None:
    own = {"name": shop.daemon.queue, "endpoint_url": shop.daemon.client.meta.endpoint_url}
    shop.start(queue={**own, "tier": "interactive", "handler": "work:later"})
    shop.show(tab)
    found = compared(tab, shop.status, 1)
    assert differing(found) == []
    shown = {figure.path for figures in found.values() for figure, _ in figures}
    kinds = {"busy_threads", "threads", "busy_coroutines", "coroutines"}
    assert {f"{of}/{kind}" for of in ("pool", "workers/0") for kind in kinds} <= shown
    assert not {"pool/busy_slots", "workers/0/slots"} & shown


def test_of_a_queue_in_two_regions_each_has_its_own_numbers(regions: TwoRegions, tab: Tab) -> None:
    web, http = free_ports(2)
    sections = {"web": {"listen": f"127.0.0.1:{web}"}, "http": {"listen": f"127.0.0.1:{http}"}}
    regions.start(SLOW, **sections)
    regions.daemon.wait_for("http.listening", port=web)
    regions.east.send(*(f"e{number}" for number in range(60)))
    regions.west.send(*(f"w{number}" for number in range(40)))
    tab.load(f"http://127.0.0.1:{web}/")
    tab.wait_for("document.body.dataset.snapshot")
    found = compared(tab, lambda: status_at(http), SNAPSHOTS)
    assert differing(found) == []
    shown = [figure for figures in found.values() for figure, _ in figures]
    names = {figure.text for figure in shown if figure.path in {"queues/0/queue", "queues/1/queue"}}
    assert names == {f"orders@{EAST}", f"orders@{WEST}"}


def test_numbers_are_written_as_in_a_terminal(shop: Shop, tab: Tab) -> None:
    shop.start()
    shop.show(tab)
    for kind, values in cases().items():
        shown = tab.value(f"import('/words.js').then((words) => {orjson.dumps(values).decode()}.map(words.{kind}))")
        wanted = [WRITTEN_AS[kind](value) for value in values]
        differ = [case for case in zip(values, shown, wanted, strict=True) if case[1] != case[2]]
        assert (kind, differ) == (kind, [])


def cases() -> Mapping[str, Sequence[float | None]]:
    """By what writes them: round numbers, their neighbours, what is right between two texts, and whatever."""
    anything = [10 ** (number * 0.618 % 14 - 7) for number in range(500)]
    halves = [number / 8 for number in range(200)]
    numbers = [0.0, 0.9994, 0.9995, 0.99999, 59.994, 59.995, 0.00999, 99_999.5, *halves, *anything]
    counts = [0, 999, 99_999, 100_000, 999_999, 1_000_000, *map(int, anything)]
    return {
        **{kind: [None, *numbers] for kind in ("seconds", "rate", "times")},
        **{kind: [None, *counts] for kind in ("count", "bytes")},
        "share": [None, *(number for number in numbers if number <= 1)],
        "budget": [None, *(1 - number for number in numbers)],
    }
