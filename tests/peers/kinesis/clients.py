"""boto3 clients of test servers: from tests, and never from what is tested."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from punctuald.demo.servers import REGION, TEST_CREDENTIALS

PATIENCE_SECONDS = 20.0


def client(service: str, endpoint_url: str) -> Any:
    """It may be used by several threads."""
    return boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=TEST_CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=TEST_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(
            retries={"mode": "standard", "total_max_attempts": 3},
            connect_timeout=PATIENCE_SECONDS,
            read_timeout=PATIENCE_SECONDS,
        ),
    )
