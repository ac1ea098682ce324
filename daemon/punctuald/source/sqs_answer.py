"""An answer of SQS's JSON protocol, read as botocore reads it: the same values, and the same exceptions."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import JSONParser

from .http_answer import HttpAnswer

_FIRST_ERROR_STATUS = 300


class UnreadableAnswer(BotoCoreError):  # type: ignore[misc]  # botocore ships no types
    """It came whole, and is not what SQS says. (botocore's own word for that is none of its `BotoCoreError`.)"""

    fmt = "the answer to {operation} {fault}"


def read_answer(answer: HttpAnswer, operation: str) -> dict[str, Any]:
    """What a botocore client's method returns. Raises `ClientError` or `UnreadableAnswer`.

    An answer that can't be read is an error even with status 200: botocore takes it for one without messages.
    """
    if answer.status >= _FIRST_ERROR_STATUS:
        raise refusal(answer, operation)
    try:
        parsed = orjson.loads(answer.body or b"{}")
    except orjson.JSONDecodeError as error:
        raise UnreadableAnswer(operation=operation, fault=f"is not JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise UnreadableAnswer(operation=operation, fault="is not a JSON object")
    given = {name: value for name, value in parsed.items() if value is not None}
    return {**given, "ResponseMetadata": {"HTTPStatusCode": answer.status, "HTTPHeaders": answer.headers}}


def refusal(answer: HttpAnswer, operation: str) -> ClientError:
    """The exception for an answer that says no. botocore's own parser finds its code, old names and all.

    Raises `UnreadableAnswer` for one that says it in no form that SQS has.
    """
    # The parser decodes strictly: a proxy's page in Latin-1 would end in an error about Unicode.
    body = answer.body.decode(errors="replace").encode()
    try:
        parsed = JSONParser().parse({"status_code": answer.status, "headers": answer.headers, "body": body}, None)
    except (AttributeError, TypeError) as error:  # JSON, but not an object of strings
        raise UnreadableAnswer(operation=operation, fault=f"is {answer.status} with a body of no known form") from error
    return ClientError(parsed, operation)


def decode_blobs(messages: Iterable[Mapping[str, Any]]) -> None:
    """Binary message attributes travel as base64; a botocore client gives bytes, and wants bytes to send them on."""
    for message in messages:
        attributes = message.get("MessageAttributes")
        if attributes:
            for value in attributes.values():
                if "BinaryValue" in value:
                    value["BinaryValue"] = base64.b64decode(value["BinaryValue"])
