"""From `[[topic]]` to the source: secrets come from where the configuration says, or a line says why not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from punctuald.app.sources.topics import kafka_topic
from punctuald.config import TopicSettings
from punctuald.errors import ConfigurationError

NOTHING: Mapping[str, str] = {}


def made(directory: Path, client: dict[str, Any], environ: Mapping[str, str] = NOTHING) -> dict[str, Any]:
    settings = TopicSettings.model_validate(
        {"name": "orders", "brokers": "b:9092", "handler": "work:handle", "client": client}
    )
    return dict(kafka_topic(settings, directory / "config.toml", environ).properties)


def test_a_secret_comes_from_a_file_beside_the_configuration_without_its_lines_end(tmp_path: Path) -> None:
    (tmp_path / "password.txt").write_text("s3cret \n")
    assert made(tmp_path, {"sasl.password": {"file": "password.txt"}}) == {"sasl.password": "s3cret "}


def test_or_from_the_environment(tmp_path: Path) -> None:
    assert made(tmp_path, {"sasl.password": {"env": "PASSWORD"}}, {"PASSWORD": "s3cret"}) == {"sasl.password": "s3cret"}


def test_everything_else_is_passed_on_as_it_is(tmp_path: Path) -> None:
    client = {"security.protocol": "SASL_SSL", "fetch.wait.max.ms": 20, "enable.ssl.certificate.verification": True}
    assert made(tmp_path, client) == client


@pytest.mark.parametrize(
    ("secret", "says"),
    [
        ({"env": "NO_SUCH_VARIABLE"}, "the environment has no NO_SUCH_VARIABLE"),
        ({"file": "nowhere.txt"}, "nowhere.txt: No such file or directory"),
    ],
)
def test_a_secret_that_is_not_there_is_named_with_its_place(tmp_path: Path, secret: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        made(tmp_path, {"sasl.password": secret})
    assert "topic 'orders': client.\"sasl.password\"" in str(raised.value)
    assert says in str(raised.value)


def test_a_secret_that_is_no_text_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "password.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        made(tmp_path, {"sasl.password": {"file": "password.txt"}})
