"""What CloudWatch has, by the word of a client that is nobody's under test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from punctuald.source.aws.session import new_session


def points(endpoint_url: str, region: str, namespace: str, name: str, **dimensions: str) -> list[Any]:
    """Of the last minutes, all in one."""
    client = new_session().create_client("cloudwatch", region_name=region, endpoint_url=endpoint_url)
    now = datetime.now(UTC)
    answer = client.get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=600,
        Statistics=["Average", "Maximum", "SampleCount"],
    )
    return list(answer["Datapoints"])
