from __future__ import annotations

from doubles.status_documents import document, worker
from punctuald.view.terminal.workers import workers_text


def test_each_message_that_runs_is_listed_in_the_order_in_which_they_began() -> None:
    first = {"slot": 3, "queue": "orders", "message_id": "first", "seconds": 65.0}
    second = {"slot": 0, "queue": "invoices", "message_id": "second", "seconds": 0.2}
    text = workers_text(document(workers=[worker(0, running=[second, first]), worker(1, running=[])]), 80)
    rows = [" ".join(line.split()) for line in text.splitlines()[-2:]]
    assert rows == ["0 3 1m 05s orders first", "0 0 200 ms invoices second"]


def test_it_says_that_nothing_runs() -> None:
    assert workers_text(document(workers=[worker(0, running=[])]), 80).endswith("\n\nno message runs")


def test_the_pool_and_every_worker_stand_above() -> None:
    lines = workers_text(document(workers=[worker(index) for index in range(64)]), 80).splitlines()
    assert lines[0].startswith("workers 4 ready")
    assert [line.split()[0] for line in lines[3:67]] == [str(index) for index in range(64)]
