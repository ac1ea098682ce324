"""What a `[[topic]]` may say, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from punctuald.config import TopicSettings, load
from punctuald.config.sources.client import SecretSettings
from punctuald.errors import ConfigurationError

TOPIC = '[[topic]]\nname = "readings"\nbrokers = "a:9092,b:9092"\nhandler = "shop:handle"\n'
QUEUE = '[[queue]]\nname = "orders"\nhandler = "shop:handle"\n'


def loaded(directory: Path, text: str) -> TopicSettings:
    (directory / "config.toml").write_text(text)
    return load(directory / "config.toml", {}).topics[0]


def refusal(directory: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        loaded(directory, text)
    return str(caught.value).replace(f"{directory}/", "")


def test_a_topic_needs_a_name_brokers_and_a_handler(tmp_path: Path) -> None:
    assert loaded(tmp_path, TOPIC).topic_name == "readings"
    lines = refusal(tmp_path, "[[topic]]\n").splitlines()
    assert [line.split(": ")[1] for line in lines] == ["topic[0].name", "topic[0].handler", "topic[0].brokers"]


def test_a_topic_may_be_called_otherwise_at_its_brokers(tmp_path: Path) -> None:
    assert loaded(tmp_path, TOPIC + 'topic = "plant.readings"\n').topic_name == "plant.readings"


def test_sources_are_numbered_queues_first(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(TOPIC + QUEUE)
    assert [source.name for source in load(tmp_path / "config.toml", {}).sources] == ["orders", "readings"]


def test_a_topic_and_a_queue_can_not_have_one_name(tmp_path: Path) -> None:
    both = QUEUE + TOPIC.replace("readings", "orders")
    assert refusal(tmp_path, both) == 'config.toml:5: topic[0].name: "orders" is the name of queue[0] already'


def test_a_tier_that_does_not_exist_is_refused_for_a_topic_too(tmp_path: Path) -> None:
    assert 'topic[0].tier: no tier is named "peek_hours"; did you mean' in refusal(
        tmp_path, TOPIC + 'tier = "peek_hours"\n'
    )


@pytest.mark.parametrize("brokers", ["", "a", "a:", "a:9092,", "a:9092, b:9092", "http://a:9092", "a:123456"])
def test_brokers_are_hosts_with_ports(tmp_path: Path, brokers: str) -> None:
    text = TOPIC.replace("a:9092,b:9092", brokers)
    assert "host:port, or several of them with commas between" in refusal(tmp_path, text)


def test_any_property_of_the_client_can_be_set_and_a_secret_comes_from_elsewhere(tmp_path: Path) -> None:
    text = TOPIC + (
        '[topic.client]\n"sasl.mechanism" = "PLAIN"\n"check.crcs" = true\n"fetch.wait.max.ms" = 20\n'
        '"sasl.password" = { env = "PASSWORD" }\n'
    )
    assert dict(loaded(tmp_path, text).client) == {
        "sasl.mechanism": "PLAIN",
        "check.crcs": True,
        "fetch.wait.max.ms": 20,
        "sasl.password": SecretSettings(env="PASSWORD"),
    }


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("group.id", "is not allowed here: group decides it"),
        ("enable.auto.commit", "is not allowed here: commit_interval_seconds decides it"),
        ("error_cb", "is not allowed here: callbacks are ours"),
    ],
)
def test_a_property_that_a_setting_decides_is_refused_with_the_settings_name(
    tmp_path: Path, name: str, reason: str
) -> None:
    assert f'topic[0].client: "{name}" {reason}' in refusal(tmp_path, f'{TOPIC}[topic.client]\n"{name}" = 1\n')


def test_a_secret_has_one_origin(tmp_path: Path) -> None:
    text = TOPIC + '[topic.client]\n"sasl.password" = { env = "A", file = "b" }\n'
    assert "give either file or env" in refusal(tmp_path, text)


def test_static_members_are_refused_with_the_protocol_that_fences_their_successors(tmp_path: Path) -> None:
    text = TOPIC + 'group_protocol = "consumer"\nstatic_members = true\n'
    assert "static members are for the classic protocol only" in refusal(tmp_path, text)
