"""Figures arrive at CloudWatch, here moto's, and what goes wrong is one of our two errors."""

from __future__ import annotations

import uuid

import pytest

from doubles.source.cloudwatch_points import points
from doubles.source.policies import allowed_actions
from doubles.source.recorded_actions import recording
from punctuald.errors import SourceMisconfigured, SourceUnavailable
from punctuald.source.aws.cloudwatch.client import MOST_DATA, CloudWatch, Datum
from punctuald.source.aws.credentials.boto_credentials import BotoCredentials

REGION = "eu-west-1"


def cloudwatch(endpoint_url: str, namespace: str = "Punctuald", region: str = REGION) -> CloudWatch:
    return CloudWatch(namespace, region, endpoint_url, BotoCredentials())


def test_a_figure_arrives_with_its_unit_under_its_dimensions(moto_endpoint: str) -> None:
    namespace = f"Punctuald/{uuid.uuid4().hex}"
    watch = cloudwatch(moto_endpoint, namespace)
    watch.put([Datum("BacklogSecondsPerWorker", 2.5, "Seconds", {"Daemon": "shop", "Queue": "orders"})])
    watch.put([Datum("BacklogSecondsPerWorker", 3.5, "Seconds", {"Daemon": "shop", "Queue": "orders"})])
    [point] = points(moto_endpoint, REGION, namespace, "BacklogSecondsPerWorker", Daemon="shop", Queue="orders")
    assert (point["Average"], point["SampleCount"], point["Unit"]) == (3.0, 2.0, "Seconds")


def test_more_than_a_request_may_have_go_in_several(moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # botocore compresses what is longer than 10 kB. CloudWatch reads that; the oldest moto that is allowed does not.
    monkeypatch.setenv("AWS_DISABLE_REQUEST_COMPRESSION", "true")
    namespace = f"Punctuald/{uuid.uuid4().hex}"
    data = [Datum("SlaCompliance", 99.0, "Percent", {"Daemon": "shop"})] * (MOST_DATA + 1)
    cloudwatch(moto_endpoint, namespace).put(data)
    [point] = points(moto_endpoint, REGION, namespace, "SlaCompliance", Daemon="shop")
    assert point["SampleCount"] == MOST_DATA + 1


def test_it_calls_what_its_policy_allows_and_no_more(moto_endpoint: str) -> None:
    with recording() as recorder:
        cloudwatch(moto_endpoint).put([Datum("SlaCompliance", 99.0, "Percent", {"Daemon": "shop"})])
    assert {call.action for call in recorder.take()} == allowed_actions("cloudwatch.json")


def test_nothing_to_send_is_no_request() -> None:
    with recording() as recorder:
        cloudwatch("http://127.0.0.1:9").put([])
    assert recorder.take() == set()


def test_a_server_that_is_away_is_an_outage_in_one_line() -> None:
    with pytest.raises(
        SourceUnavailable, match=r"CloudWatch \(region eu-west-1, http://127\.0\.0\.1:9\): can't connect"
    ):
        cloudwatch("http://127.0.0.1:9").put([Datum("SlaCompliance", 1.0, "Percent")])


@pytest.mark.usefixtures("aws_credentials")
def test_without_a_region_it_says_how_to_set_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SourceMisconfigured, match="no region is set"):
        cloudwatch("", region="").put([Datum("SlaCompliance", 1.0, "Percent")])
