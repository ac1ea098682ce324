"""The recipes of docs/operations.md, "Reading the log", run as they are printed on the log of a real daemon."""

from __future__ import annotations

import shutil
import signal

import pytest

from printed_examples import read_page
from process.daemon_under_test import DaemonUnderTest
from process.documents.terminal import Terminal
from process.given import DONE_AT_ONCE

RECIPES = [
    recipe
    for block in read_page("docs/operations.md").commands
    for recipe in block.splitlines()
    if recipe.startswith("jq ")
]


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_each_recipe_of_jq_finds_what_it_is_for(daemon: DaemonUnderTest) -> None:
    """In a log with a late message, and a line of a handler's that is no JSON among its own."""
    daemon.start(DONE_AT_ONCE, sla={"tier": [{"name": "at_once", "threshold_seconds": 0.01}]})
    [late] = daemon.send("parcel")
    daemon.wait_for("message.breached", message_id=late)
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    (daemon.directory / "daemon.log").write_text("no JSON\n" + (daemon.directory / "log.jsonl").read_text())

    for recipe in RECIPES:
        with Terminal(daemon.directory, recipe.replace("MESSAGE-ID", late)) as terminal:
            assert terminal.wait_end() == 0, recipe
            assert terminal.shown.strip(), recipe
            assert "jq: error" not in terminal.shown
    assert len(RECIPES) >= 5
