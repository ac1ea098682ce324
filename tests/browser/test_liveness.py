"""What the page says when its daemon, or the observer that serves it, is away."""

from __future__ import annotations

import signal

import psutil

from browser.shop import Shop
from browser.tab import Tab

CONNECTION = "document.getElementById('connection').textContent"


def test_it_goes_on_with_the_next_observer_and_says_when_there_is_none(shop: Shop, tab: Tab) -> None:
    tab.expect("net::ERR_")  # the browser's own log has a line for each connection that it lost
    shop.start()
    shop.show(tab)
    assert tab.value(CONNECTION) == "Live."
    [observer] = shop.daemon.observers()
    psutil.Process(observer).suspend()
    tab.wait_for(f"{CONNECTION}.startsWith('No news since')")
    psutil.Process(observer).kill()
    shop.daemon.wait_for("http.listening", count=2, port=shop.web_port)
    tab.wait_for(f"{CONNECTION} === 'Live.'")
    shop.daemon.signal(signal.SIGTERM)
    assert shop.daemon.wait_exit() == 0
    tab.wait_for(f"{CONNECTION}.startsWith('No news since')")


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
