"""What only a person can mend ends the daemon with status 78 and one line that says what to do."""

from __future__ import annotations

from typing import Any

import pytest

from process.daemon_under_test import DaemonUnderTest
from process.given import DONE_AT_ONCE

SAYS_WHY = [
    pytest.param({"name": "nowhere-to-be-found"}, "nowhere-to-be-found", id="missing queue"),
    pytest.param({"handler": "no_such_module:handle"}, "no_such_module", id="handler's module"),
    pytest.param({"handler": "work:no_such_function"}, "no_such_function", id="handler's function"),
    pytest.param({"region": "not a region!"}, "not a region!", id="region"),
    pytest.param({"handler": "work:of_nothing"}, "must take one argument", id="handler without an argument"),
    pytest.param({"handler": "work:of_two"}, "must take one argument", id="handler with two"),
    pytest.param({"handler": "work:generator"}, "is a generator", id="a generator as handler"),
]

NOT_HANDLERS = """
def of_nothing():
    pass

def of_two(message, order):
    pass

def generator(message):
    yield message
"""


@pytest.mark.parametrize(("settings", "named"), SAYS_WHY)
def test_it_ends_with_78_and_one_clear_line(daemon: DaemonUnderTest, settings: dict[str, Any], named: str) -> None:
    daemon.write_handler(DONE_AT_ONCE + NOT_HANDLERS)
    daemon.configure(queue=settings)
    daemon.launch()
    assert daemon.wait_exit() == 78
    complaint = daemon.wait_for("daemon.misconfigured")
    assert named in complaint["error"]
    assert "\n" not in complaint["error"]
    assert (daemon.directory / "errors.txt").read_text() == ""
    assert len(daemon.events("daemon.misconfigured")) == 1
    assert "Traceback" not in daemon.told()
    assert "traceback" not in daemon.told()
    assert daemon.events("daemon.ready") == []
    assert daemon.events("worker.drained", abandoned_polls=True) == [], "nobody polls a queue that refused"


def test_a_file_with_a_mistake_ends_before_any_process_is_started(daemon: DaemonUnderTest) -> None:
    daemon.write_config("[pool]\nmin_workers = 'many'\n")
    daemon.launch()
    assert daemon.wait_exit() == 78
    assert "min_workers" in daemon.told()
    assert "Traceback" not in daemon.told()
    assert daemon.events("process.spawned") == []
