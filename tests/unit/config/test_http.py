"""Where the observer listens, an address and a port, never a name; and what CloudWatch takes as a namespace."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from punctuald.config import CloudWatchSettings, HttpSettings, host_and_port


@pytest.mark.parametrize(
    ("listen", "address"),
    [
        ("127.0.0.1:9464", ("127.0.0.1", 9464)),
        ("0.0.0.0:0", ("0.0.0.0", 0)),  # noqa: S104
        ("[::1]:65535", ("::1", 65535)),
        ("[fe80::1%eth0]:80", ("fe80::1%eth0", 80)),
    ],
)
def test_an_address_and_a_port_are_taken(listen: str, address: tuple[str, int]) -> None:
    assert host_and_port(HttpSettings(listen=listen).listen) == address


def test_empty_is_none_and_loopback_the_default() -> None:
    assert HttpSettings(listen="").listen == ""
    assert HttpSettings().listen == "127.0.0.1:9464"


NO_ADDRESS = (
    *("localhost:9464", ":9464", "9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:٣"),
    *("::1:80", "[::1]", "[127.0.0.1]:80", "[::1:80", "a:b:c", " "),
)


@pytest.mark.parametrize("listen", NO_ADDRESS)
def test_anything_else_is_refused_with_what_is_allowed(listen: str) -> None:
    with pytest.raises(ValidationError, match=r"such as 127\.0\.0\.1:9464"):
        HttpSettings(listen=listen)


@pytest.mark.parametrize("namespace", ["AWS/SQS", "AWS/", "", "a b"])
def test_a_namespace_that_cloudwatch_refuses_is_refused(namespace: str) -> None:
    with pytest.raises(ValidationError):
        CloudWatchSettings(namespace=namespace)


def test_a_namespace_may_begin_with_aws_as_a_word_of_ones_own() -> None:
    assert CloudWatchSettings(namespace="AWSome/Orders").namespace == "AWSome/Orders"
