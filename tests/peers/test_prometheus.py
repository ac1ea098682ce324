"""A real Prometheus reads a real daemon: by its own parser, by our rules, and by the dashboard's queries."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest

from peers.programs.maven import NotToBeHad
from peers.programs.ports import free_ports
from peers.prometheus.server import RULES, Prometheus, program
from process.conftest import surely_ended
from process.daemon_under_test import DaemonUnderTest

HERE = Path(__file__).parent / "prometheus"
DASHBOARD = RULES.parent / "grafana-dashboard.json"
TIERS = [{"name": "strict", "threshold_seconds": 0.25}]
LATE_OR_REJECTED = """
def handle(message: Message) -> None:
    if message.body == "bad":
        raise Reject("nobody wants it")
    if message.body == "late":
        time.sleep(0.5)
"""


@pytest.fixture(scope="module")
def promtool() -> Path:
    try:
        return program("promtool")
    except NotToBeHad as missing:
        pytest.skip(f"Prometheus: {missing}")


def test_the_rules_are_rules(promtool: Path) -> None:
    said = subprocess.run([promtool, "check", "rules", RULES], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("cases", sorted(HERE.glob("*_test.yml")), ids=lambda path: path.stem)
def test_alerts_fire_for_what_they_are_for_and_for_nothing_else(promtool: Path, cases: Path) -> None:
    said = subprocess.run([promtool, "test", "rules", cases], capture_output=True, text=True, check=False, timeout=300)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.usefixtures("promtool")
def test_every_alert_is_tested() -> None:
    alerts = re.findall(r"- alert: (\w+)", RULES.read_text())
    tested = {name for path in HERE.glob("*_test.yml") for name in re.findall(r"alertname: (\w+)", path.read_text())}
    assert sorted(set(alerts) - tested) == []


@pytest.fixture(scope="module")
def scraped(
    tmp_path_factory: pytest.TempPathFactory, moto_endpoint: str, promtool: Path
) -> Iterator[tuple[DaemonUnderTest, Prometheus]]:
    """A daemon that has handled twenty messages, three of them late and two of them rejected, and whose observer was
    killed in between."""
    assert promtool.exists()
    [port] = free_ports(1)
    directory = tmp_path_factory.mktemp("scraped")
    with (
        surely_ended(DaemonUnderTest(directory, moto_endpoint, {})) as daemon,
        Prometheus(directory, port) as prometheus,
    ):
        daemon.start(LATE_OR_REJECTED, http={"listen": f"127.0.0.1:{port}"}, sla={"tier": TIERS})
        daemon.wait_until(lambda: prometheus.value("up") == 1, "the first scrape")
        daemon.send(*["on time"] * 5, *["late"] * 3)
        scraped_so_far(daemon, prometheus, 8)
        psutil.Process(daemon.observer()).kill()
        daemon.send(*["on time"] * 10)
        daemon.send("bad", "bad")
        scraped_so_far(daemon, prometheus, 18)
        scraped_so_far(daemon, prometheus, 2, "rejected")
        yield daemon, prometheus


def scraped_so_far(daemon: DaemonUnderTest, prometheus: Prometheus, count: int, outcome: str = "done") -> None:
    """Until Prometheus knows of so many."""
    total = f'punctuald_messages_total{{outcome="{outcome}"}}'
    daemon.wait_until(lambda: prometheus.value(total) == count, f"{count} {outcome}, as Prometheus has it")


def test_it_reads_open_metrics_without_an_error(scraped: tuple[DaemonUnderTest, Prometheus]) -> None:
    _, prometheus = scraped
    assert (prometheus.target()["health"], prometheus.target()["lastError"]) == ("up", "")
    assert (prometheus.value("scrape_samples_scraped") or 0) > 150
    assert prometheus.value('punctuald_messages_total{outcome="rejected"}') == 2


def test_no_counter_went_back_when_the_observer_was_killed(scraped: tuple[DaemonUnderTest, Prometheus]) -> None:
    _, prometheus = scraped
    series = prometheus.query('{__name__=~"punctuald_.*_(total|bucket|count|sum)"}[10m]')
    histories = {str(each["metric"]): [float(value) for _, value in each["values"]] for each in series}
    assert len(histories) > 150
    assert [metric for metric, values in histories.items() if values != sorted(values)] == []


def test_met_and_missed_are_the_daemons_own(scraped: tuple[DaemonUnderTest, Prometheus]) -> None:
    _, prometheus = scraped
    assert prometheus.value("sum(punctuald_sla_missed_total)") >= 3  # type: ignore[operator]
    both = prometheus.value("sum(punctuald_sla_met_total) + sum(punctuald_sla_missed_total)")
    assert (
        both == prometheus.value('punctuald_message_stage_seconds_count{stage="end_to_end"}') == 18
    )  # those that were acknowledged


def test_the_rules_are_evaluated_without_an_error(scraped: tuple[DaemonUnderTest, Prometheus]) -> None:
    daemon, prometheus = scraped
    daemon.wait_until(lambda: all(rule["health"] == "ok" for rule in prometheus.rules()), "that all are evaluated")
    daemon.wait_until(lambda: states(prometheus)["PunctualdDeadLetters"] == "firing", "the alert of dead letters")
    assert states(prometheus)["PunctualdGone"] == "inactive"


def states(prometheus: Prometheus) -> dict[str, str]:
    """Of each alert."""
    return {rule["name"]: rule["state"] for rule in prometheus.rules() if rule["type"] == "alerting"}


def queries() -> list[Any]:
    panels = orjson.loads(DASHBOARD.read_bytes())["panels"]
    return [
        pytest.param(target["expr"], id=f"{panel['title']} {target['refId']}")
        for panel in panels
        for target in panel.get("targets", ())
    ]


WITHOUT_SAMPLES = ("punctuald_behind_seconds",)
"""What the dashboard asks for that this daemon has not: it has no log."""


@pytest.mark.parametrize("query", queries())
def test_each_query_of_the_dashboard_finds_something(scraped: tuple[DaemonUnderTest, Prometheus], query: str) -> None:
    daemon, prometheus = scraped
    asked = re.sub(r"\$(job|instance|queue|tier)", ".*", query)
    asked = asked.replace("$__rate_interval", "30s").replace("$__range", "5m").replace("$__interval", "5s")
    assert "$" not in asked
    if any(name in asked for name in WITHOUT_SAMPLES):
        assert prometheus.query(asked) == []
    else:
        daemon.wait_until(lambda: len(prometheus.query(asked)) > 0, asked)
