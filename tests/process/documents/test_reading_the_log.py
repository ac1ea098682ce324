"""The recipes of docs/operations.md, "Reading the log", run as they are printed on the log of a real daemon.

Those on intervals, which follow them on the page, are in tests/unit/test_recipes.py.
"""

from __future__ import annotations

import shutil
import signal

import duckdb
import pytest

from printed_examples import FENCE, blocks_of, read_page
from process.daemon_under_test import DaemonUnderTest
from process.documents.terminal import Terminal

SECTION = read_page("docs/operations.md").text.split("## Reading the log")[1].split("\n### ")[0]
JQ = [line for _, block in FENCE.findall(SECTION) for line in block.splitlines() if line.startswith("jq ")]
[SQL] = blocks_of(SECTION, "sql")
TAKES_A_WHILE = """
def handle(message: Message) -> None:
    time.sleep(0.1)
"""


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_each_recipe_of_jq_finds_what_it_is_for(daemon: DaemonUnderTest) -> None:
    late = log_with_a_late_message(daemon)

    for recipe in JQ:
        with Terminal(daemon.directory, recipe.replace("MESSAGE-ID", late)) as terminal:
            assert terminal.wait_end() == 0, terminal.shown
            assert terminal.shown.strip(), recipe
            assert "jq: error" not in terminal.shown
    assert len(JQ) >= 4


def test_the_log_is_a_table_of_duckdb(daemon: DaemonUnderTest) -> None:
    log_with_a_late_message(daemon)
    create, by_event, by_minute = SQL.replace("'daemon.log'", f"'{daemon.directory / 'daemon.log'}'").split(";")[:3]

    with duckdb.connect() as database:
        database.execute(create)
        assert ("message.breached", "warning", 1) in database.execute(by_event).fetchall()
        assert [workers for _, workers, _ in database.execute(by_minute).fetchall()]


def log_with_a_late_message(daemon: DaemonUnderTest) -> str:
    """In ``daemon.log``, with a line that is no JSON; returns the message's id."""
    daemon.start(TAKES_A_WHILE, sla={"tier": [{"name": "at_once", "threshold_seconds": 0.01}]})
    [late] = daemon.send("parcel")
    daemon.wait_for("message.breached", message_id=late)
    daemon.wait_for("scale.decision")
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    (daemon.directory / "daemon.log").write_text("no JSON\n" + (daemon.directory / "log.jsonl").read_text())
    return late
