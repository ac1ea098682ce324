"""Metrics and health of a real daemon, over HTTP, whatever becomes of the observer and of those who ask."""

from __future__ import annotations

import http.client
import signal
import socket
import time
from collections.abc import Mapping
from typing import NamedTuple

import orjson
import psutil
from prometheus_client.parser import text_string_to_metric_families

from process.daemon_under_test import DaemonUnderTest
from process.given import DONE_AT_ONCE, HELD
from punctuald.process.observer.health import SILENT_SECONDS


class Got(NamedTuple):
    """An answer."""

    status: int
    body: bytes


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(port: int, path: str) -> Got | None:
    """None where nobody listens."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        client.request("GET", path)
        answer = client.getresponse()
        return Got(answer.status, answer.read())
    except OSError:
        return None
    finally:
        client.close()


def total(port: int, name: str, **labels: str) -> float:
    """The sum of its samples with these labels; 0.0 where nobody listens."""
    got = get(port, "/metrics")
    families = text_string_to_metric_families(got.body.decode()) if got else ()
    samples = [sample for family in families for sample in family.samples if sample.name == f"punctuald_{name}"]
    return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())


def started(daemon: DaemonUnderTest, handler: str = DONE_AT_ONCE, **sections: Mapping[str, object]) -> int:
    """The port of a daemon that is ready."""
    port = free_port()
    daemon.start(handler, http={"listen": f"127.0.0.1:{port}"}, **sections)
    daemon.wait_for("http.listening", port=port)
    daemon.wait_for("process.ready", role="observer")
    return port


def test_what_was_handled_is_counted_and_goes_on_when_everybody_dies(daemon: DaemonUnderTest) -> None:
    port = started(daemon, queue={"visibility_seconds": 2})
    daemon.wait_done(daemon.send("a", "b"))
    daemon.wait_until(lambda: total(port, "messages_total", outcome="done") == 2, "two done")
    observer, worker = daemon.observer(), daemon.worker()
    psutil.Process(observer).kill()
    psutil.Process(worker).kill()
    daemon.wait_for("process.exited", role="worker")
    daemon.wait_done(daemon.send("c"))
    daemon.wait_until(lambda: total(port, "messages_total", outcome="done") == 3, "three done")
    assert total(port, "sla_met_total") == 3
    assert total(port, "deaths_total", role="worker") == total(port, "deaths_total", role="observer") == 1
    assert total(port, "starts_total", role="worker") == 2


def test_it_is_ready_until_its_workers_drain(daemon: DaemonUnderTest) -> None:
    port = started(daemon, HELD)
    assert get(port, "/readyz") == Got(200, b'{"ready":true,"workers_ready":1,"min_workers":1}\n')
    daemon.send("a")
    daemon.wait_noted("begun")
    daemon.signal(signal.SIGTERM)
    daemon.wait_until(lambda: (get(port, "/readyz") or Got(0, b"")).status == 503, "that it is ready no more")
    health = get(port, "/healthz")
    assert health is not None
    assert (health.status, orjson.loads(health.body)["healthy"]) == (200, True)
    daemon.let_go()
    assert daemon.wait_exit() == 0
    assert get(port, "/readyz") is None


def test_a_supervisor_that_hangs_is_not_healthy(daemon: DaemonUnderTest) -> None:
    port = started(daemon)
    supervisor = psutil.Process(daemon.pid)
    supervisor.suspend()
    try:
        time.sleep(SILENT_SECONDS)
        daemon.wait_until(lambda: (get(port, "/healthz") or Got(0, b"")).status == 503, "that it is not healthy")
        hung = get(port, "/healthz")
    finally:
        supervisor.resume()
    daemon.wait_until(lambda: (get(port, "/healthz") or Got(0, b"")).status == 200, "that it is healthy again")
    assert hung is not None
    assert (hung.status, orjson.loads(hung.body)["healthy"]) == (503, False)


def test_a_daemon_whose_port_is_taken_works_without_and_has_it_after_a_reload(daemon: DaemonUnderTest) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        daemon.start(DONE_AT_ONCE, http={"listen": f"127.0.0.1:{port}"})
        daemon.wait_for("http.not_listening", port=port)
        daemon.wait_done(daemon.send("a"))
        assert len(daemon.observers()) == 1
    daemon.signal(signal.SIGHUP)
    daemon.wait_until(lambda: get(port, "/healthz") is not None, "that it listens")


def test_a_daemon_whose_page_has_no_port_works_without_and_has_it_after_a_reload(daemon: DaemonUnderTest) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        daemon.start(DONE_AT_ONCE, web={"listen": f"127.0.0.1:{port}"})
        daemon.wait_for("http.not_listening", port=port)
        daemon.wait_done(daemon.send("a"))
        assert len(daemon.observers()) == 1
    daemon.signal(signal.SIGHUP)
    daemon.wait_until(lambda: (get(port, "/") or Got(0, b"")).status == 200, "the page")
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0


def test_a_reload_serves_at_the_new_port_and_none_where_there_is_to_be_none(daemon: DaemonUnderTest) -> None:
    port = started(daemon)
    other = free_port()
    daemon.configure(http={"listen": f"127.0.0.1:{other}"})
    daemon.signal(signal.SIGHUP)
    daemon.wait_until(lambda: get(other, "/healthz") is not None, "the new port")
    assert get(port, "/healthz") is None
    daemon.configure(http={"listen": ""})
    daemon.signal(signal.SIGHUP)
    daemon.wait_until(lambda: get(other, "/healthz") is None, "that nobody listens")


def test_the_observer_leaves_the_processor_to_the_workers(daemon: DaemonUnderTest) -> None:
    started(daemon)
    observer, worker = daemon.observer(), daemon.worker()
    assert psutil.Process(observer).nice() >= 10 > psutil.Process(worker).nice()
