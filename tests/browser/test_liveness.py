"""What the page says when its daemon, or the observer that serves it, is away."""

from __future__ import annotations

import signal

import psutil

from browser.shop import Shop
from browser.tab import Tab

CONNECTION = "document.getElementById('connection').textContent"
KNOWN = "document.getElementById('span').textContent"


def test_it_goes_on_with_the_next_observer_and_says_when_there_is_none(shop: Shop, tab: Tab) -> None:
    tab.expect("net::ERR_")  # the browser's own log has a line for each connection that it lost
    shop.start()
    shop.show(tab)
    assert tab.value(CONNECTION) == "Live."
    tab.wait_for(f"{KNOWN}.endsWith('The daemon began then.')")
    tab.wait_for("Number(document.body.dataset.intervals) >= 1")
    assert tab.value(KNOWN).endswith(". The daemon began then.")
    observer = shop.daemon.observer()
    psutil.Process(observer).suspend()
    tab.wait_for(f"{CONNECTION}.startsWith('No news since')")
    psutil.Process(observer).kill()
    shop.daemon.wait_for("http.listening", count=2, port=shop.web_port)
    tab.wait_for(f"{CONNECTION} === 'Live.'")
    tab.wait_for(f"{KNOWN}.includes('began anew then')")
    shop.daemon.signal(signal.SIGTERM)
    assert shop.daemon.wait_exit() == 0
    tab.wait_for(f"{CONNECTION}.startsWith('No news since')")


def test_where_the_log_has_no_intervals_the_page_says_so_and_what_to_change(shop: Shop, tab: Tab) -> None:
    shop.start_silent("warning")
    shop.show(tab)
    said = tab.wait_for(f"{KNOWN}.startsWith('The last hour') && {KNOWN}")
    assert 'with [logging] level = "warning" none is written' in said
    assert tab.each("#charts figure") == []
    assert tab.each("#workers tbody td") != []


def test_an_interval_that_does_not_come_and_a_table_without_rows_are_said_in_words(shop: Shop, tab: Tab) -> None:
    shop.start()
    shop.show(tab)
    known = "{text: 'known', late_utc: 5, late_text: 'late'}"
    never = "{text: 'known', late_utc: null, late_text: null}"
    said = tab.value(
        f"import('/words.js').then(({{knownSpan: of}}) => [of({known}, 5), of({known}, 6), of({never}, 6)])"
    )
    assert said == ["known", "late", "known"]
    empty = "{queues: [], workers: [], decisions: [], pool: {max_workers: null}}"
    for table, words in {"decision": "No decision is known yet", "worker": "There is no worker now"}.items():
        rows = f"import('/tables.js').then((tables) => tables.{table}Table({empty}).tBodies[0].textContent)"
        assert tab.value(rows).startswith(words)


def test_a_queue_that_is_not_there_is_the_first_thing_that_is_read(shop: Shop, tab: Tab) -> None:
    shop.daemon.client.delete_queue(QueueUrl=shop.daemon.url)
    shop.start()
    shop.show(tab)
    trouble = tab.wait_for("document.getElementById('trouble').textContent")
    assert trouble.startswith(f"Queue {shop.daemon.queue} is unavailable: ")
    assert tab.value("document.getElementById('trouble').role") == "status"


def test_what_is_selected_stays_to_be_copied(shop: Shop, tab: Tab) -> None:
    shop.start()
    shop.show(tab)
    tab.value("getSelection().selectAllChildren(document.querySelector('#workers tbody tr'))")
    selected = tab.value("getSelection().toString()")
    snapshot = tab.value("document.body.dataset.snapshot")
    tab.wait_for(f"Number(document.body.dataset.snapshot) > {snapshot} + 1")
    assert tab.value("getSelection().toString()") == selected != ""
