"""`[[queue.region]]`: a queue that is in several regions, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from punctuald.config import Settings, load
from punctuald.errors import ConfigurationError

QUEUE = '[[queue]]\nname = "orders"\nhandler = "shop:handle"\n'
TWO = (
    '[[queue.region]]\nname = "eu-west-1"\n[[queue.region]]\nname = "us-east-1"\nendpoint_url = "http://127.0.0.1:9"\n'
)
OF_IRELAND = "https://sqs.eu-west-1.amazonaws.com/1/orders"


def loaded(directory: Path, text: str, **environ: str) -> Settings:
    (directory / "config.toml").write_text(text)
    return load(directory / "config.toml", environ)


def refusal(directory: Path, text: str, **environ: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        loaded(directory, text, **environ)
    return str(caught.value).replace(f"{directory}/", "")


def test_a_queue_in_several_regions_is_an_sqs_queue_in_each(tmp_path: Path) -> None:
    settings = loaded(tmp_path, QUEUE + TWO)
    assert [queue.name for queue in settings.queues] == ["orders"]
    first, second = settings.sqs_queues
    assert (first.name, first.queue_name, first.region_name) == ("orders@eu-west-1", "orders", "eu-west-1")
    assert (second.name, second.endpoint_url) == ("orders@us-east-1", "http://127.0.0.1:9")
    assert first.one_of_several


@pytest.mark.parametrize("text", [QUEUE, QUEUE + 'region = "eu-west-1"\n'])
def test_a_queue_in_one_region_is_itself(tmp_path: Path, text: str) -> None:
    settings = loaded(tmp_path, text)
    assert settings.sqs_queues == settings.queues
    assert not settings.queues[0].one_of_several


def test_one_table_is_one_region(tmp_path: Path) -> None:
    [queue] = loaded(tmp_path, QUEUE + '[[queue.region]]\nname = "eu-west-1"\n').sqs_queues
    assert (queue.name, queue.region_name, queue.one_of_several) == ("orders", "eu-west-1", False)


def test_what_is_wrong_in_a_table_is_said_at_its_own_key(tmp_path: Path) -> None:
    text = QUEUE + TWO.replace("http:", "htp:") + "weigt = 2\n[[queue.region]]\nweight = 0\n"
    assert refusal(tmp_path, text).splitlines() == [
        'config.toml:8: queue[0].region[1].endpoint_url: "htp://127.0.0.1:9" is not allowed: an http(s) URL, or empty',
        'config.toml:9: queue[0].region[1].weigt: unknown setting; did you mean "weight"?',
        "config.toml:10: queue[0].region[2].name: is required: a region's name, such as eu-west-1",
        "config.toml:11: queue[0].region[2].weight: 0 is too small: 1 to 100",
    ]


def test_a_url_of_another_region_than_its_own_is_refused(tmp_path: Path) -> None:
    """A client calls its own region whatever the URL says, and finds another queue there, or none."""
    assert refusal(tmp_path, f'{QUEUE}{TWO}url = "{OF_IRELAND}"\n') == (
        "config.toml:9: queue[0].region[1].url: is in eu-west-1, and the region is us-east-1"
    )
    assert refusal(tmp_path, f'{QUEUE}url = "{OF_IRELAND}"\nregion = "us-east-1"\n') == (
        "config.toml:5: queue[0].region: is in eu-west-1, and the region is us-east-1"
    )


@pytest.mark.parametrize(
    "url",
    [
        OF_IRELAND,
        "https://eu-west-1.queue.amazonaws.com/1/orders",
        "https://sqs-fips.eu-west-1.amazonaws.com/1/orders",
        "https://sqs.eu-west-1.api.aws/1/orders",
        "https://vpce-1.sqs.eu-west-1.vpce.amazonaws.com/1/orders",
        "http://127.0.0.1:4566/1/orders",
    ],
)
def test_a_url_of_its_own_region_or_of_none_is_allowed(tmp_path: Path, url: str) -> None:
    [queue] = loaded(tmp_path, f'{QUEUE}[[queue.region]]\nname = "eu-west-1"\nurl = "{url}"\n').sqs_queues
    assert queue.url == url


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (QUEUE + "region = 1\n", "queue[0].region: 1 is not allowed: text or [[queue.region]] tables"),
        (QUEUE + "region = []\n", "queue[0].region: too few entries: 1 to 8"),
        (QUEUE + 'region = ["a"]\n', 'queue[0].region[0]: "a" is not allowed: a table'),
        (QUEUE + TWO.replace("us-east-1", "eu-west-1"), 'queue[0].region: "eu-west-1" is given twice'),
        (
            f'{QUEUE}dead_letter_queue = "{OF_IRELAND}"\n{TWO}',
            "queue[0].dead_letter_queue: is in one region: give the queue's name, which is looked for in each",
        ),
        (
            f'{QUEUE}region = "us-east-1"\ndead_letter_queue = "{OF_IRELAND}"\n',
            "queue[0].dead_letter_queue: is in eu-west-1, and the region is us-east-1",
        ),
        (
            QUEUE + 'endpoint_url = "http://a"\n' + TWO,
            "queue[0].region: endpoint_url belongs into each [[queue.region]], where there are any",
        ),
    ],
)
def test_what_can_not_be_meant_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert refusal(tmp_path, text).partition(" ")[2] == said


def test_the_environment_reaches_into_the_tables(tmp_path: Path) -> None:
    settings = loaded(tmp_path, QUEUE + TWO, PUNCTUALD__QUEUE__0__REGION__1__ENDPOINT_URL="http://b")
    assert settings.sqs_queues[1].endpoint_url == "http://b"
    settings = loaded(tmp_path, QUEUE, PUNCTUALD__QUEUE__0__REGION="eu-west-1")
    assert settings.queues[0].region_name == "eu-west-1"
    settings = loaded(
        tmp_path, QUEUE, PUNCTUALD__QUEUE__0__REGION__0__NAME="a", PUNCTUALD__QUEUE__0__REGION__1__NAME="b"
    )
    assert [queue.name for queue in settings.sqs_queues] == ["orders@a", "orders@b"]
    assert refusal(tmp_path, QUEUE + TWO, PUNCTUALD__QUEUE__0__REGION__1__ENDPONT_URL="http://b") == (
        "PUNCTUALD__QUEUE__0__REGION__1__ENDPONT_URL: no such setting; did you mean"
        " PUNCTUALD__QUEUE__0__REGION__1__ENDPOINT_URL?"
    )
