"""Which transport, and why."""

from __future__ import annotations

import pytest

from punctuald.errors import ConfigurationError
from punctuald.source.aws.transport import Choice, Transport, choose

PROXY = "an HTTPS proxy is set"


@pytest.mark.parametrize(
    ("wanted", "obstacle", "choice"),
    [
        ("auto", None, Choice(Transport.FAST, "nothing here needs boto3")),
        ("auto", PROXY, Choice(Transport.BOTO3, PROXY)),
        ("boto3", None, Choice(Transport.BOTO3, "configured")),
        ("boto3", PROXY, Choice(Transport.BOTO3, "configured")),
        ("fast", None, Choice(Transport.FAST, "configured")),
    ],
)
def test_fast_is_taken_unless_something_stands_in_its_way(wanted: str, obstacle: str | None, choice: Choice) -> None:
    assert choose(wanted, obstacle) == choice


def test_fast_that_can_not_be_had_is_refused_with_the_reason() -> None:
    with pytest.raises(ConfigurationError, match=PROXY):
        choose("fast", PROXY)
