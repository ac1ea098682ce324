"""botocore clients, made alike for each service: with the process's credentials, our patience, one attempt a call."""

from __future__ import annotations

from typing import Any

from botocore.config import Config

from .credentials.boto_credentials import BotoCredentials
from .session import take_session


def new_client(
    service: str, region: str | None, endpoint_url: str | None, config: Config, credentials: BotoCredentials | None
) -> Any:
    """One for this process, safe for threads. None or "" take AWS's own settings (environment, profile); no provider of
    credentials is asked for any before the first call. Raises botocore's exceptions and `ValueError`."""
    session = take_session()
    session.register_component("credential_provider", credentials or BotoCredentials())
    return session.create_client(service, region_name=region or None, endpoint_url=endpoint_url or None, config=config)
