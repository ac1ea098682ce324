"""A worker that is killed while it waits for messages: its poll is served all the same, by SQS as by this server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.sqs.server import ServerSetup, SqsServer, sqs_server
from process.conftest import surely_ended
from process.daemon_under_test import CLOCK, DaemonUnderTest
from process.event_loops import UVLOOP, environment
from process.given import DONE_AT_ONCE
from punctuald.config import QueueSettings
from punctuald.policy.delivery.lease import IDLE_SECONDS, UNMEASURED_SECONDS

DEFAULTS = {name: QueueSettings.model_fields[name].default for name in ("wait_seconds", "visibility_seconds")}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SqsServer]:
    with sqs_server(ServerSetup([]), tmp_path) as made:
        yield made


def test_what_a_dead_poll_took_is_back_after_ten_seconds(server: SqsServer, tmp_path: Path) -> None:
    with surely_ended(DaemonUnderTest(tmp_path, server.endpoint_url, environment(UVLOOP))) as daemon:
        daemon.start(DONE_AT_ONCE, queue=DEFAULTS)
        daemon.wait_until_polls_are_long()
        daemon.kill()
        sent_mono, ids = CLOCK.mono(), daemon.send("parcel")
        daemon.wait_until(lambda: daemon.receive() == ids, "the message again")
        assert CLOCK.mono() - sent_mono < (IDLE_SECONDS + UNMEASURED_SECONDS) / 2
