"""Sends figures to Amazon CloudWatch by PutMetricData.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from punctuald.errors import SourceError
from punctuald.source.aws import errors
from punctuald.source.aws.credentials.boto_credentials import BotoCredentials
from punctuald.source.aws.session import client_config, new_client

SERVICE = "cloudwatch"
MOST_DATA = 1000
"""In one request."""

NOT_ALLOWED = "access is denied: allow cloudwatch:PutMetricData for this namespace"
_MEND_BY_CODE: Mapping[str, str] = {
    **errors.MEND_BY_CODE,
    "AccessDenied": NOT_ALLOWED,
    "AccessDeniedException": NOT_ALLOWED,
}


@dataclass(frozen=True, slots=True)
class Datum:
    """One figure. ``unit`` is one of CloudWatch's own words: `Seconds`, `Percent`."""

    name: str
    value: float
    unit: str
    dimensions: Mapping[str, str] = field(default_factory=dict)


class CloudWatch:
    """For one thread. The client is made at the first call: that reads 200 kB of data files, and asks for credentials.

    ``region`` and ``endpoint_url`` "" take AWS's own settings (environment, profile).
    """

    def __init__(self, namespace: str, region: str, endpoint_url: str, credentials: BotoCredentials) -> None:
        self._namespace = namespace
        self._region = region
        self._endpoint_url = endpoint_url
        self._credentials = credentials
        self._client: Any = None

    def put(self, data: Sequence[Datum]) -> None:
        """As of now, by CloudWatch's own clock. Raises `SourceUnavailable` or `SourceMisconfigured`."""
        try:
            self._client = self._client or self._new_client()
            for first in range(0, len(data), MOST_DATA):
                some = [_as_sent(datum) for datum in data[first : first + MOST_DATA]]
                self._client.put_metric_data(Namespace=self._namespace, MetricData=some)
        except (BotoCoreError, ClientError, ValueError) as error:
            raise self._explained(error) from error

    def _new_client(self) -> Any:
        return new_client(SERVICE, self._region, self._endpoint_url, client_config(None, 1), self._credentials)

    def _explained(self, error: Exception) -> SourceError:
        where = f"CloudWatch (region {self._region or 'not set'}, {self._endpoint_url or 'its own endpoint'})"
        return errors.to_source_error(error, where, errors.raw_error_code, _MEND_BY_CODE)


def _as_sent(datum: Datum) -> Mapping[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in datum.dimensions.items()]
    return {"MetricName": datum.name, "Value": datum.value, "Unit": datum.unit, "Dimensions": dimensions}
