"""A real daemon sends its figures to CloudWatch, here moto's; where that is away, messages hear nothing of it."""

from __future__ import annotations

import uuid

from doubles.source.cloudwatch_points import points
from process.daemon_under_test import DaemonUnderTest
from process.given import DONE_AT_ONCE
from punctuald.demo.servers import REGION


def test_its_figures_are_there_by_daemon_and_by_queue(daemon: DaemonUnderTest, moto_endpoint: str) -> None:
    namespace = f"Punctuald/{uuid.uuid4().hex}"
    daemon.start(
        DONE_AT_ONCE,
        cloudwatch={
            "enabled": True,
            "namespace": namespace,
            "daemon": "shop",
            "interval_seconds": 10,
            "region": REGION,
            "endpoint_url": moto_endpoint,
        },
        scaling={"backlog_interval_seconds": 1},
    )
    daemon.wait_done(daemon.send("a", "b"))
    of_queue = {"Daemon": "shop", "Queue": daemon.queue}
    daemon.wait_until(lambda: bool(points(moto_endpoint, REGION, namespace, "SlaCompliance", **of_queue)), "compliance")
    [compliance] = points(moto_endpoint, REGION, namespace, "SlaCompliance", Daemon="shop")
    assert compliance["Maximum"] == 100.0
    [backlog] = points(moto_endpoint, REGION, namespace, "BacklogSecondsPerWorker", **of_queue)
    assert (backlog["Maximum"], backlog["Unit"]) == (0.0, "Seconds")
    assert daemon.events("cloudwatch.failed") == []


def test_where_cloudwatch_is_away_there_is_a_line_and_nothing_else(daemon: DaemonUnderTest) -> None:
    away = {"enabled": True, "interval_seconds": 10, "region": REGION, "endpoint_url": "http://127.0.0.1:9"}
    daemon.start(DONE_AT_ONCE, cloudwatch=away)
    autoscaler = daemon.autoscaler()
    failed = daemon.wait_for("cloudwatch.failed", process="autoscaler")
    assert "can't connect" in failed["error"]
    daemon.wait_done(daemon.send("a"))
    assert daemon.autoscalers() == [autoscaler]
