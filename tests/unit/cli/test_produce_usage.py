"""`punctuald produce --to …`: what can not be meant."""

from __future__ import annotations

import pytest

from punctuald.cli import status_of


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--to topic:a", "--to topic:a: give --brokers HOST:PORT, or --config FILE"),
        ("--to topic:a --brokers a:1 -c config.toml", "--to topic:a: give --brokers HOST:PORT, or --config FILE"),
        ("--to tpic:a --brokers a:1", "--to tpic:a: give queue:NAME, topic:NAME or stream:NAME"),
        ("--to topic: --brokers a:1", "--to topic:: give queue:NAME, topic:NAME or stream:NAME"),
        ("--to queue:a --queue a", "--queue NAME is --to queue:NAME: give one of them"),
        ("--queue a --brokers a:1", "--brokers and --client are for --to topic:NAME"),
        ("--queue a -c config.toml", "--config is for --to topic:NAME and --to stream:NAME"),
        ("--to topic:a --brokers a:1 --region x", "--endpoint-url and --region are for queues and streams"),
        ("--to topic:a --brokers a:1 --client acks", "--client acks: give KEY=VALUE"),
        ("--to topic:a --brokers a:1 --client group.id=g", "--client group.id is not allowed here: group decides it"),
        ("--to stream:", "--to stream:: give queue:NAME, topic:NAME or stream:NAME"),
        ("--to stream:a --brokers a:1", "--brokers and --client are for --to topic:NAME"),
        ("--to stream:a --tier peak_hours", "--tier goes along as an attribute, and a stream's records have none"),
        ("--to stream:a --region x --region y", "--to stream:a: a stream is in one region"),
        ("--to stream:a -c config.toml --region x", "--to stream:a: --config FILE has its --region and --endpoint-url"),
    ],
)
def test_options_that_do_not_go_together_are_one_line_of_wrong_usage(
    options: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(["produce", "--interval", "0", *options.split()]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"Error: {said}")
