"""An endpoint that takes connections and never answers: the hardest outage to tell from a slow answer."""

from __future__ import annotations

import socket

from process.daemon_under_test import DaemonUnderTest
from process.given import DONE_AT_ONCE

SILENT_QUEUE = """
[[queue]]
name = "silent"
handler = "work:handle"
region = "us-east-1"
endpoint_url = "http://127.0.0.1:{port}"
"""


def test_the_autoscaler_goes_on_deciding_and_is_not_taken_for_hung(daemon: DaemonUnderTest) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        daemon.write_handler(DONE_AT_ONCE)
        daemon.configure(pool={"heartbeat_timeout_seconds": 5}, logging={"interval_seconds": 7})
        config = daemon.directory / "config.toml"
        daemon.write_config(config.read_text() + SILENT_QUEUE.format(port=silent.getsockname()[1]))
        daemon.launch()
        daemon.wait_for("daemon.ready")
        daemon.wait_for("stats.interval", scope="daemon", count=2)  # seven seconds: longer than it may be silent
        assert daemon.events("process.hung") == []
        assert len(daemon.events("process.ready", role="autoscaler")) == 1
        assert daemon.events("scale.decision")[-1]["backlog_visible"] is None
