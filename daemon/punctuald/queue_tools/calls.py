"""An operator's calls to SQS: each tried again where that can help, and each error one line."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from punctuald.errors import SourceError, SourceMisconfigured, SourceMissing, SourceUnavailable
from punctuald.source.sqs.batch import BAD_HANDLE_CODES
from punctuald.source.sqs.client import make_client
from punctuald.source.sqs.errors import EndpointText, is_denied, is_gone, refusal_code, to_source_error
from punctuald.source.sqs.names import name_in_url

ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 0.2
"""Before the second attempt; before each later one it is twice as long. One person's tool needs no jitter."""

LONGEST_POLL_SECONDS = 2

UNKNOWN_CALL_CODES = frozenset({"InvalidAction", "UnsupportedOperation"})
"""A server that is almost SQS, and has not this call."""

FINAL_CODES = (
    UNKNOWN_CALL_CODES
    | BAD_HANDLE_CODES
    | frozenset(
        {"QueueAlreadyExists", "QueueNameExists", "QueueDeletedRecently", "PurgeQueueInProgress"}
        | {
            "InvalidAttributeName",
            "InvalidAttributeValue",
            "InvalidParameterValue",
            "MissingParameter",
            "InvalidAddress",
        }
        | {"BatchRequestTooLong", "RequestEntityTooLarge", "413", "TooManyEntriesInBatchRequest"}
    )
)
"""Refusals that the next attempt of a person's command would meet as well."""

Pause = Callable[[float], None]


class SqsCalls:
    """Of one client; blocks. ``region`` and ``endpoint_url`` "" = AWS's own settings (environment, profile)."""

    def __init__(self, region: str = "", endpoint_url: str = "", pause: Pause = time.sleep) -> None:
        """Raises `SourceError`: no region, or an address that is none."""
        self._client = make_client(region, endpoint_url, LONGEST_POLL_SECONDS, connections=1)
        self._pause = pause

    def __call__(self, method: str, queue: str, **parameters: Any) -> Mapping[str, Any]:
        """One call by botocore's name of it, for ``queue`` by name or URL, "" for none.

        Raises `SourceMisconfigured` for what a person has to mend, `SourceUnavailable` once the last attempt failed.
        """
        for attempt in range(ATTEMPTS - 1):
            try:
                return self._once(method, queue, parameters)
            except SourceUnavailable as error:
                if refusal_code(error) in FINAL_CODES:
                    raise
            self._pause(FIRST_PAUSE_SECONDS * 2.0**attempt)
        return self._once(method, queue, parameters)

    def url(self, name_or_url: str, owner: str = "") -> str:
        """A queue's URL; ``owner`` is its account, where that may be another one. Raises `SourceMissing`."""
        if "://" in name_or_url:
            return name_or_url
        owned_by = {"QueueOwnerAWSAccountId": owner} if owner else {}
        url: str = self("get_queue_url", name_or_url, QueueName=name_or_url, **owned_by)["QueueUrl"]
        return url

    def url_if_there(self, name_or_url: str) -> str | None:
        """The same; None where SQS says that there is no such queue."""
        try:
            return self.url(name_or_url)
        except SourceMissing as error:
            if not is_gone(error):
                raise
            return None

    def _once(self, method: str, queue: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = getattr(self._client, method)(**parameters)
        except (BotoCoreError, ClientError, ValueError) as error:
            raise self._explained(error, method, queue) from error
        return answer

    def _explained(self, error: BaseException, method: str, queue: str) -> SourceError:
        meta = self._client.meta
        where = EndpointText(name_in_url(queue), str(meta.region_name), str(meta.endpoint_url))
        meant = to_source_error(error, where)
        meant.__cause__ = error
        if not is_denied(meant):
            return meant
        action = str(meta.method_to_api_mapping[method]).removesuffix("Batch")  # IAM knows no batches
        code = refusal_code(meant) or ""
        denied = SourceMisconfigured(f"{where}: access is denied: allow sqs:{action} [{code}]", code=code)
        denied.__cause__ = error
        return denied
