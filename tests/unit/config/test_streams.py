"""What a `[[stream]]` may say, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from punctuald.config import StreamSettings, load
from punctuald.errors import ConfigurationError

STREAM = '[[stream]]\nname = "clicks"\nhandler = "shop:handle"\n'
TOPIC = '[[topic]]\nname = "readings"\nbrokers = "a:9092"\nhandler = "shop:handle"\n'
QUEUE = '[[queue]]\nname = "orders"\nhandler = "shop:handle"\n'
EIGHT_UTC = 1795766400.0


def loaded(directory: Path, text: str, **environ: str) -> StreamSettings:
    (directory / "config.toml").write_text(text)
    return load(directory / "config.toml", environ).streams[0]


def refusal(directory: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        loaded(directory, text)
    return str(caught.value).replace(f"{directory}/", "")


def test_a_stream_needs_a_name_and_a_handler(tmp_path: Path) -> None:
    stream = loaded(tmp_path, STREAM)
    assert (stream.stream_name, stream.application_name, stream.begins) == ("clicks", "punctuald-clicks", "earliest")
    lines = refusal(tmp_path, "[[stream]]\n").splitlines()
    assert [line.split(": ")[1] for line in lines] == ["stream[0].name", "stream[0].handler"]


def test_a_stream_may_be_called_otherwise_at_aws_and_so_may_its_application(tmp_path: Path) -> None:
    stream = loaded(tmp_path, STREAM + 'stream = "plant.clicks"\napplication = "counting"\n')
    assert (stream.stream_name, stream.application_name) == ("plant.clicks", "counting")


def test_sources_are_numbered_streams_last(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(STREAM + TOPIC + QUEUE)
    assert [source.name for source in load(tmp_path / "config.toml", {}).sources] == ["orders", "readings", "clicks"]


def test_a_stream_and_a_topic_can_not_have_one_name(tmp_path: Path) -> None:
    both = TOPIC + STREAM.replace("clicks", "readings")
    assert refusal(tmp_path, both) == 'config.toml:6: stream[0].name: "readings" is the name of topic[0] already'


def test_a_tier_that_does_not_exist_is_refused_for_a_stream_too(tmp_path: Path) -> None:
    assert 'stream[0].tier: no tier is named "peek_hours"; did you mean' in refusal(
        tmp_path, STREAM + 'tier = "peek_hours"\n'
    )


@pytest.mark.parametrize(
    "second",
    [
        '[[stream]]\nname = "views"\nhandler = "shop:handle"\napplication = "punctuald-clicks"\n',
        '[[stream]]\nname = "views"\napplication = "punctuald-clicks"\n',  # also beside another fault
    ],
)
def test_two_streams_can_not_have_one_lease_table(tmp_path: Path, second: str) -> None:
    assert (
        'stream[1].application: "punctuald-clicks" is the application of stream[0] already: '
        "each stream needs a lease table"
    ) in refusal(tmp_path, STREAM + second)


@pytest.mark.parametrize("written", ["2026-11-27T08:00:00Z", '"2026-11-27T08:00:00Z"', '"2026-11-27T09:00:00+01:00"'])
def test_a_start_may_be_a_time_quoted_or_not(tmp_path: Path, written: str) -> None:
    assert loaded(tmp_path, f"{STREAM}start = {written}\n").begins == EIGHT_UTC


def test_a_start_may_come_from_the_environment(tmp_path: Path) -> None:
    assert loaded(tmp_path, STREAM, PUNCTUALD__STREAM__0__START="2026-11-27T08:00:00Z").begins == EIGHT_UTC
    assert loaded(tmp_path, STREAM, PUNCTUALD__STREAM__0__START="latest").begins == "latest"


@pytest.mark.parametrize("written", ["now", "2026-13-27T08:00:00Z", "", "27.11.2026"])
def test_a_start_that_is_none_is_refused_with_what_may_stand_there(tmp_path: Path, written: str) -> None:
    assert f'stream[0].start: "{written}" is not "earliest", "latest", or a time such as' in refusal(
        tmp_path, f'{STREAM}start = "{written}"\n'
    )


@pytest.mark.parametrize("written", ["2026-11-27T08:00:00", '"2026-11-27T08:00:00"', '"2026-11-27"'])
def test_a_time_without_a_zone_is_refused(tmp_path: Path, written: str) -> None:
    assert "does not say of which time zone it is" in refusal(tmp_path, f"{STREAM}start = {written}\n")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("failover_seconds = 1", "1 is too small: 2 to 300 seconds"),
        ("idle_poll_interval_seconds = 0.2", "0.2 is less than poll_interval_seconds, which is 0.25"),
        ("poll_interval_seconds = 0.1", "0.1 is too small: 0.2 to 10 seconds"),
        ('balance = "fair"', '"even_shares" or "kcl_leader"'),
        ('application = "ab"', "3 to 255 letters, digits, _, . or -, or empty"),
        ('stream = "a b"', "a stream's name, or empty"),
        ('endpoint_url = "localhost"', "an http(s) URL, or empty"),
        ('event_time_attribute = "at"', "a stream's records have no attributes: event_time_field is the same"),
        ('due_time_attribute = "at"', "a stream's records have no attributes: due_time_field is the same"),
    ],
)
def test_what_can_not_be_is_refused_in_one_line(tmp_path: Path, line: str, reason: str) -> None:
    [said] = refusal(tmp_path, f"{STREAM}{line}\n").splitlines()
    assert reason in said


def test_a_dead_letter_queue_of_another_region_is_refused(tmp_path: Path) -> None:
    url = "https://sqs.eu-west-1.amazonaws.com/123456789012/dead"
    text = f'{STREAM}region = "us-east-1"\ndead_letter_queue = "{url}"\n'
    assert "stream[0].dead_letter_queue: is in eu-west-1, and the region is us-east-1" in refusal(tmp_path, text)
