"""botocore's data files, cut down to what the services that are sources need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botocore.loaders import Loader

SERVICES = ("sqs", "kinesis", "dynamodb", "monitoring")
"""As their endpoints are called; CloudWatch's is monitoring."""
ENDPOINTS = "endpoints"


class AwsLoader(Loader):  # type: ignore[misc]  # botocore ships no types
    """A loader that keeps what it read, and of the endpoints of all services only those of `SERVICES`.

    endpoints.json is 1.2 MB on disk and 9 MB as objects, in every process; one service is a hundredth of it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._endpoints: tuple[Any, str] | None = None

    def load_all(self, services: Sequence[str] = ("sqs",)) -> None:
        """Read every file that making a client of these and calling it reads."""
        for service in services:
            self.load_service_model(service, "service-2")
            self.load_service_model(service, "endpoint-rule-set-1")
        self.load_data("partitions")
        self.load_data("sdk-default-configuration")
        self.load_data("_retry")
        self.load_data_with_path(ENDPOINTS)

    def load_data_with_path(self, name: str) -> tuple[Any, str]:
        """See `Loader.load_data_with_path`."""
        if name != ENDPOINTS:
            data_with_path: tuple[Any, str] = super().load_data_with_path(name)
            return data_with_path
        if self._endpoints is None:
            # past the cache of the base class, which would keep the whole
            self._endpoints = _read_our_endpoints()
        return self._endpoints


def _read_our_endpoints() -> tuple[Any, str]:
    endpoints, path = Loader().load_data_with_path(ENDPOINTS)
    partitions = [_only_ours(partition) for partition in endpoints["partitions"]]
    return {**endpoints, "partitions": partitions}, path


def _only_ours(partition: dict[str, Any]) -> dict[str, Any]:
    services = partition.get("services", {})
    return {**partition, "services": {name: services[name] for name in SERVICES if name in services}}
