"""A daemon shows who it is as its configuration says; where it is refused, one line says so to whom it concerns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from peers.kafka.cases.reader import send
from peers.kafka.login.topics import GENERAL, SECRETS, WAYS, Way, topic_text
from peers.kafka.properties import PASSWORD, PLAIN, Listener
from peers.kafka.server import KafkaServer
from process.conftest import surely_ended
from process.daemon_under_test import DaemonUnderTest
from process.given import DONE_AT_ONCE, config_text

WRONG = Way(Listener.SASL, PLAIN, '"not-her-password"')
NO_ONE = Way(Listener.TLS)


@pytest.fixture
def daemon(tmp_path: Path, moto_endpoint: str) -> Iterator[DaemonUnderTest]:
    with surely_ended(DaemonUnderTest(tmp_path, moto_endpoint, SECRETS)) as made:
        made.write_handler(DONE_AT_ONCE)
        (tmp_path / "password.txt").write_text(f"{PASSWORD}\n")
        yield made
        assert PASSWORD not in made.told()
        assert "not-her-password" not in made.told()


@pytest.fixture
def strange_ca(tmp_path: Path) -> str:
    """Of an authority that did not sign the broker's certificate."""
    path = tmp_path / "strange.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    return str(path)


def errors(daemon: DaemonUnderTest) -> str:
    return (daemon.directory / "errors.txt").read_text()


def test_each_way_of_logging_in_is_a_matter_of_configuration(kafka: KafkaServer, daemon: DaemonUnderTest) -> None:
    for name in WAYS:
        kafka.create_topic(f"login-{name}", 1)
        send(kafka, f"login-{name}", {"value": f"over-{name}".encode(), "key": b"k"})
    tables = [topic_text(kafka, f"login-{name}", way) for name, way in WAYS.items()]
    daemon.write_config("\n".join([GENERAL, *tables]))
    daemon.launch()
    daemon.wait_for("daemon.ready")
    daemon.wait_noted("handled", len(WAYS))
    assert {body for body, _ in daemon.notes("handled")} == {f"over-{name}" for name in WAYS}
    daemon.wait_until(lambda: any("backlog_visible" in each for each in daemon.events("scale.decision")), "a backlog")
    assert daemon.events("scale.backlog_unknown") == [], "the autoscaler comes in as well"
    assert errors(daemon) == ""


@pytest.mark.parametrize(
    ("way", "is_strange", "says"),
    [
        pytest.param(WRONG, False, "the login is refused", id="password"),
        pytest.param(NO_ONE, True, "no TLS with these brokers", id="authority"),
    ],
)
def test_who_is_refused_ends_at_its_start_with_78_and_one_line(
    kafka: KafkaServer, daemon: DaemonUnderTest, strange_ca: str, way: Way, is_strange: bool, says: str
) -> None:
    kafka.create_topic(f"refused-{way.listener.lower()}", 1)
    text = topic_text(kafka, f"refused-{way.listener.lower()}", way, ca=strange_ca if is_strange else "")
    daemon.write_config(GENERAL + text)
    daemon.launch()
    assert daemon.wait_exit() == 78
    [complaint] = daemon.events("daemon.misconfigured")
    assert says in complaint["error"]
    assert f"topic 'refused-{way.listener.lower()}' at {kafka.bootstrap(way.listener)}" in complaint["error"]
    assert "\n" not in complaint["error"]
    assert daemon.events("daemon.ready") == []
    assert errors(daemon) == ""
    assert "Traceback" not in daemon.told()


@pytest.mark.parametrize(
    ("table", "says"),
    [
        pytest.param('"sasl.pasword" = "x"', 'No such configuration property: "sasl.pasword"', id="no property"),
        pytest.param(
            '"ssl.ca.location" = "/no/where.pem"\n"security.protocol" = "SSL"',
            '"ssl.ca.location": /no/where.pem: No such file',
            id="no file",
        ),
    ],
)
def test_properties_that_can_not_be_right_end_it_with_78_as_well(
    kafka: KafkaServer, daemon: DaemonUnderTest, table: str, says: str
) -> None:
    own = f'[[topic]]\nname = "t"\nbrokers = "{kafka.bootstrap()}"\nhandler = "work:handle"\n[topic.client]\n'
    daemon.write_config(GENERAL + own + table + "\n")
    daemon.launch()
    assert daemon.wait_exit() == 78
    assert says in daemon.told().replace("\\", ""), daemon.told()
    assert "Traceback" not in daemon.told()


def test_beside_a_queue_that_works_a_topic_that_refuses_is_unavailable_and_no_more(
    kafka: KafkaServer, daemon: DaemonUnderTest, moto_endpoint: str
) -> None:
    kafka.create_topic("beside", 1)
    send(kafka, "beside", {"value": b"never", "key": b"k"})
    queue = config_text({"queue": {"name": daemon.queue, "endpoint_url": moto_endpoint}})
    daemon.write_config("\n".join([queue, topic_text(kafka, "beside", WRONG)]))
    daemon.launch()
    assert daemon.wait_for("daemon.ready")["unavailable"] == ["beside"]
    assert "the login is refused" in daemon.wait_for("queue.unavailable", queue="beside")["text"]
    daemon.wait_done(daemon.send("parcel"))
    assert daemon.events("daemon.misconfigured") == []
    assert len(daemon.events("source.unavailable", queue="beside", call="receive")) == 1
    assert errors(daemon) == ""
