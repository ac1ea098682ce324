"""Clients made from what a parent has loaded."""

from __future__ import annotations

import pytest

from punctuald.source.aws.loader import SERVICES, AwsLoader
from punctuald.source.sqs import client as sqs_client


def test_of_all_endpoints_only_those_of_our_services_are_kept() -> None:
    endpoints, _ = AwsLoader().load_data_with_path("endpoints")
    services = [set(partition["services"]) for partition in endpoints["partitions"]]
    assert set(SERVICES) in services
    assert all(kept <= set(SERVICES) for kept in services)


@pytest.mark.parametrize(
    ("region", "address"),
    [
        ("eu-west-1", "https://sqs.eu-west-1.amazonaws.com"),
        ("cn-north-1", "https://sqs.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "https://sqs.us-gov-west-1.amazonaws.com"),
    ],
)
def test_a_client_still_finds_every_partitions_address(region: str, address: str) -> None:
    assert sqs_client.make_client(region, None, 20, 1).meta.endpoint_url == address


def test_a_read_waits_longer_than_its_long_poll_and_tries_once() -> None:
    config = sqs_client.make_client("eu-west-1", None, 20, 7).meta.config
    assert (config.read_timeout, config.connect_timeout, config.max_pool_connections) == (30, 5, 7)
    assert config.retries["total_max_attempts"] == 1


def test_preloading_needs_no_credentials_and_survives_a_broken_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    sqs_client.preload()
    monkeypatch.delenv("AWS_PROFILE")
    assert sqs_client.make_client("eu-west-1", None, 20, 1).meta.region_name == "eu-west-1"
