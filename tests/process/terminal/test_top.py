"""`punctuald top` on a real daemon, by what is on the screen."""

from __future__ import annotations

import os
import re
import shlex
import signal
from collections.abc import Callable
from typing import Any

import psutil

from process.given import DONE_AT_ONCE, HELD
from process.terminal.tmux import Tmux
from process.terminal.watched_daemon import WatchedDaemon
from punctuald.view.terminal.top.screen import News, Size, top_screen
from punctuald.view.terminal.top.viewing import Viewing

COLOUR = re.compile(r"\x1b\[(?:\d+;)*[349][0-8](?:;\d+)*m")
"""But 39 and 49, the default ones, which tmux writes wherever an attribute ends."""


def held_at_work(watched: WatchedDaemon) -> None:
    """Two workers with two slots each, all of which are busy, and two messages that wait."""
    watched.daemon.write_handler(HELD)
    watched.daemon.configure(pool={"min_workers": 2, "max_workers": 4})
    watched.start()
    watched.daemon.send(*(f"parcel-{number}" for number in range(6)))
    watched.daemon.wait_noted("begun", 4)


def idle(watched: WatchedDaemon) -> None:
    watched.daemon.write_handler(DONE_AT_ONCE)
    watched.daemon.configure(pool={"min_workers": 1, "max_workers": 4})
    watched.start()


def until(watched: WatchedDaemon, condition: Callable[[Any], bool], what: str) -> None:
    watched.daemon.wait_until(lambda: condition(watched.document()), what)


def test_the_numbers_on_the_screen_are_those_of_the_status_document(watched: WatchedDaemon) -> None:
    """For one document at least the whole screen is the page that is made of it; and the figures are the true ones."""
    held_at_work(watched)
    seen: list[str] = []

    def is_the_documents(screen: str) -> bool:
        seen[:] = screen.split("\n")[:-1]
        page = top_screen(News(watched.document()), Viewing(), Size(80, 24))
        return seen == [line.plain for line in page]

    with watched.top() as terminal:
        terminal.wait_for("slots 4/4 busy")
        terminal.wait_until(is_the_documents, "a screen that is its document's")
    text = "\n".join(seen)
    assert "workers 2 ready" in text
    for pid in watched.daemon.workers():
        assert re.search(rf"^ +\d +{pid} ready +2/2 ", text, re.MULTILINE)
    watched.daemon.let_go()


def test_plus_has_a_worker_started_and_a_gives_the_number_back_to_the_autoscaler(watched: WatchedDaemon) -> None:
    idle(watched)
    with watched.top() as terminal:
        terminal.wait_for("1 wanted (auto, 1 to 4)")
        terminal.press("+", "+")
        terminal.wait_for("workers 3 ready  3 wanted (by hand, 1 to 4)")
        assert len(watched.daemon.workers()) == 3
        terminal.press("-")
        terminal.wait_for("2 wanted (by hand, 1 to 4)")
        terminal.press("a")
        terminal.wait_for("wanted (auto, 1 to 4)")
    assert watched.document()["pool"]["scaled_to"] is None


def test_p_pauses_the_selected_queue_and_once_more_resumes_it(watched: WatchedDaemon) -> None:
    daemon = watched.daemon
    daemon.write_handler(DONE_AT_ONCE)
    second = daemon.second_queue()
    daemon.configure_both()
    watched.start()
    with watched.top() as terminal:
        terminal.wait_for(f"> {daemon.queue} ")
        terminal.press("Down")
        terminal.wait_for(f"> {second.name} ")
        terminal.press("p")
        terminal.wait_for("p resume")
        assert [queue["paused"] for queue in watched.document()["queues"]] == [False, True]
        terminal.press("p")
        terminal.wait_for("p pause")
        assert [queue["paused"] for queue in watched.document()["queues"]] == [False, False]
        terminal.press("k")
        terminal.wait_for(f"> {daemon.queue} ")


def test_a_daemon_that_is_drained_is_shown_to_be_silent_and_found_again_when_it_is_back(watched: WatchedDaemon) -> None:
    idle(watched)
    with watched.top() as terminal:
        terminal.wait_for("running")
        terminal.press("d")
        terminal.wait_for("Drain, and end the daemon? y/n")
        terminal.press("n")
        terminal.wait_for("not drained")
        terminal.press("d", "y")
        assert watched.daemon.wait_exit() == 0
        first_pid = watched.daemon.pid
        terminal.wait_for("no answer for 3 s: no daemon")
        assert f"pid {first_pid}" in terminal.screen()
        watched.start()
        terminal.wait_for(f"pid {watched.daemon.pid}")
        terminal.wait_until(lambda screen: "no answer" not in screen, "the end of the silence")


def test_a_daemon_that_hangs_does_not_hold_up_the_keys(watched: WatchedDaemon) -> None:
    idle(watched)
    with watched.top() as terminal:
        terminal.wait_for("running")
        observer = watched.daemon.observer()
        psutil.Process(observer).suspend()
        terminal.wait_for("no answer for 3 s")
        terminal.press("?")
        assert "no answer" in terminal.wait_for("KEYS")
        terminal.press("x", "q")
        assert terminal.wait_end() == 0
        psutil.Process(observer).resume()


def test_a_window_of_another_size_is_filled_at_once(watched: WatchedDaemon) -> None:
    idle(watched)
    with watched.top() as terminal:
        terminal.wait_for("VIOLATED")
        terminal.resize(140, 40)
        screen = terminal.wait_for("MEMORY")
        assert len(screen.split("\n")[0]) == 140
        terminal.wait_until(lambda screen: screen.split("\n")[39].startswith("q quit"), "the last line")
        terminal.resize(80, 24)
        terminal.wait_until(lambda screen: "MEMORY" not in screen, "fewer columns")
        terminal.wait_until(lambda screen: screen.split("\n")[23].startswith("q quit"), "the last line")


def test_without_colours_nothing_is_lost(watched: WatchedDaemon) -> None:
    idle(watched)
    with watched.top(NO_COLOR="1") as terminal:
        terminal.wait_for("running")
        terminal.press("p")
        terminal.wait_for("p resume")
        assert COLOUR.findall(terminal.screen(colours=True)) == []
        assert re.search(rf"> {watched.daemon.queue} paused ", terminal.screen())
    with watched.top() as terminal:
        terminal.wait_for("p resume")
        assert COLOUR.findall(terminal.screen(colours=True)) != []


def started_by_hand(watched: WatchedDaemon, terminal: Tmux) -> None:
    """From a shell, which is at its prompt again when it ends."""
    terminal.wait_until(lambda screen: screen.startswith(("$", "#")), "the shell's prompt")
    terminal.enter("echo before")
    terminal.wait_for("\nbefore")
    terminal.enter(shlex.join(watched.command("top")))
    terminal.wait_for("j/k queue")
    assert terminal.is_in_alternate_screen()
    assert not terminal.shows_cursor()


def assert_as_before(terminal: Tmux) -> None:
    """What was typed and shown before is there, and what is typed now is echoed."""
    terminal.wait_until(lambda _: not terminal.is_in_alternate_screen(), "the screen from before")
    assert terminal.shows_cursor()
    terminal.enter("stty -a")
    screen = terminal.wait_for("isig icanon")
    assert "-icanon" not in screen
    assert re.search(r"(?<!-)\becho\b", screen.partition("isig icanon")[2])
    assert "before\n" in screen


def test_q_leaves_the_terminal_as_it_was(watched: WatchedDaemon) -> None:
    idle(watched)
    with watched.shell() as terminal:
        started_by_hand(watched, terminal)
        terminal.press("q")
        assert_as_before(terminal)


def test_a_signal_leaves_the_terminal_as_it_was(watched: WatchedDaemon) -> None:
    idle(watched)
    with watched.shell() as terminal:
        started_by_hand(watched, terminal)
        [top] = terminal.process.children()
        os.kill(top.pid, signal.SIGTERM)
        assert_as_before(terminal)


def test_ctrl_c_ends_it_with_the_status_of_an_interrupt(watched: WatchedDaemon) -> None:
    idle(watched)
    with watched.top() as terminal:
        terminal.wait_for("running")
        terminal.press("C-c")
        assert terminal.wait_end() == 130
    assert watched.daemon.workers()


def test_ctrl_z_gives_the_terminal_back_until_fg(watched: WatchedDaemon) -> None:
    idle(watched)
    with watched.shell() as terminal:
        started_by_hand(watched, terminal)
        terminal.press("C-z")
        assert_as_before(terminal)
        terminal.enter("clear; echo before")  # or what is printed next may scroll the first one away
        terminal.enter("fg")
        terminal.wait_until(lambda _: terminal.is_in_alternate_screen(), "the screen of top")
        terminal.wait_for("j/k queue")
        terminal.press("?")
        terminal.wait_for("KEYS")
        terminal.press("q")
        assert_as_before(terminal)
