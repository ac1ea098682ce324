"""The line that moves while a demo runs."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from punctuald.demo.watch import Progress
from punctuald.view.terminal.live import LiveProgress


def shown(*, a_person_watches: bool) -> str:
    output = StringIO()
    with LiveProgress(Console(file=output, width=100, force_terminal=a_person_watches), total=200) as live:
        live.show(Progress(sent=30, processed=20, workers=4))
    return output.getvalue()


def test_it_says_how_many_were_sent_and_processed_by_how_many_workers() -> None:
    text = shown(a_person_watches=True)
    assert "sent 30/200" in text
    assert "processed 20  workers 4" in text


def test_nothing_is_shown_where_no_person_watches() -> None:
    assert shown(a_person_watches=False).strip() == ""
