"""`punctuald top` short of a real daemon: where it can't run, its questions, and the terminal that it gives back."""

from __future__ import annotations

import os
import pty
import select
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

import pytest
from rich.text import Text

from punctuald.cli import status_of
from punctuald.cli.control.top.daemon_link import STATUS, Answer, DaemonLink
from punctuald.cli.control.top.full_screen import FullScreen
from punctuald.view.terminal.top.commands import Request
from punctuald.view.terminal.top.screen import Size

PATIENCE_SECONDS = 20.0
PAUSE = Request("pause", {"queue": "orders"})
OTHER_PAGE, OWN_PAGE = b"\x1b[?1049h", b"\x1b[?1049l"


def test_without_a_terminal_it_says_what_to_do_instead(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["top"]) == 1
    assert capsys.readouterr().err == (
        "punctuald top needs a terminal, for its keys and its page: `punctuald status` prints one page\n"
    )


@pytest.mark.parametrize("term", ["dumb", ""])
def test_on_a_terminal_that_cannot_place_its_cursor_it_says_so_in_one_line(
    term: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERM", term)
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    assert status_of(["top"]) == 1
    assert capsys.readouterr().err == (
        f"punctuald top needs a terminal that can place its cursor, and TERM is '{term}': "
        "`punctuald status` prints one page\n"
    )


def answers_of(link: DaemonLink, count: int) -> list[Answer]:
    came: list[Answer] = []
    while len(came) < count:
        assert select.select([link.fileno()], [], [], PATIENCE_SECONDS)[0], f"waited in vain after {came}"
        came += link.answers()
    return came


def test_the_status_is_asked_for_at_once_and_each_second() -> None:
    with closing(DaemonLink(lambda request: Answer(request, {"snapshot": 1}))) as link:
        link.start()
        assert answers_of(link, 2) == [Answer(STATUS, {"snapshot": 1})] * 2


def test_an_order_is_answered_and_what_it_came_to_is_asked_for_at_once() -> None:
    with closing(DaemonLink(lambda request: Answer(request, {"text": request.verb}))) as link:
        link.request(PAUSE)
        link.start()
        assert [answer.request for answer in answers_of(link, 3)] == [PAUSE, STATUS, STATUS]


def test_who_leaves_does_not_wait_for_an_answer_that_does_not_come() -> None:
    asked, end = threading.Event(), threading.Event()

    def never(request: Request) -> Answer:
        asked.set()
        end.wait(PATIENCE_SECONDS)
        return Answer(request, None, "gone")

    link = DaemonLink(never)
    link.start()
    assert asked.wait(PATIENCE_SECONDS)
    assert link.answers() == []
    link.close()  # and here we are
    end.set()


class Terminal(NamedTuple):
    """Our end, and the program's."""

    ours: int
    theirs: int

    def shown(self) -> bytes:
        return os.read(self.ours, 1 << 16)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal(*pty.openpty())
    termios.tcsetwinsize(made.theirs, (24, 80))
    yield made
    for descriptor in made:
        os.close(descriptor)


def test_a_terminal_is_given_back_as_it_was_also_where_something_is_raised(terminal: Terminal) -> None:
    before = termios.tcgetattr(terminal.theirs)

    def taken_and_raised() -> None:
        with FullScreen(terminal.theirs, terminal.theirs):
            assert terminal.shown().startswith(OTHER_PAGE)
            assert termios.tcgetattr(terminal.theirs) != before
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        taken_and_raised()
    assert terminal.shown().endswith(OWN_PAGE)
    assert termios.tcgetattr(terminal.theirs) == before


def test_a_page_is_sent_once_and_again_when_it_was_forgotten(terminal: Terminal) -> None:
    size = Size(10, 2)
    lines = [Text("one       "), Text("two       ")]
    with FullScreen(terminal.theirs, terminal.theirs) as screen:
        assert screen.size() == Size(80, 24)
        terminal.shown()
        screen.show(lines, size)
        assert b"one       \r\ntwo       " in terminal.shown().replace(b"\r\r", b"\r")
        screen.show(lines, size)
        assert select.select([terminal.ours], [], [], 0)[0] == []
        screen.forget()
        screen.show(lines, size)
        assert b"two" in terminal.shown()


def test_a_terminal_that_knows_no_size_is_taken_for_the_usual_one(terminal: Terminal) -> None:
    termios.tcsetwinsize(terminal.theirs, (0, 0))
    assert FullScreen(terminal.theirs, terminal.theirs).size() == Size(80, 24)
