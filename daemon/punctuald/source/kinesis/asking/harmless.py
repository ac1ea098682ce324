"""Calls that change nothing even where they are allowed, and what AWS denies of them.

AWS looks at permissions before it looks at what a call asks for, so a call that makes no sense is refused for the one
or for the other. What is denied is certain. What is not denied is only not refused: a condition of the policy may still
bite, and a server that is almost AWS denies nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from punctuald.errors import SourceError
from punctuald.source.aws.errors import raw_error_code

DENIED_CODES = frozenset({"AccessDenied", "AccessDeniedException", "NotAuthorized", "OptInRequired"})
GONE = "ResourceNotFoundException"

ToSourceError = Callable[[BaseException], SourceError]


class HarmlessCalls:
    """To one service, by a botocore ``client``; blocks. ``denied`` collects the actions that are certainly denied."""

    def __init__(self, client: Any, service: str, to_source_error: ToSourceError) -> None:
        self._client = client
        self._service = service
        self._to_source_error = to_source_error
        self.denied: list[str] = []

    def ask(
        self, operation: str, parameters: Mapping[str, Any], unanswered: Collection[str] = (GONE,)
    ) -> dict[str, Any] | None:
        """The answer; None where it is denied, or refused by one of the codes in ``unanswered``, at least because what
        is asked for is not there. Raises `SourceError`."""
        try:
            answer: dict[str, Any] = getattr(self._client, xform_name(operation))(**parameters)
        except ClientError as error:
            if self._is_denied(error, operation) or raw_error_code(error) in unanswered:
                return None
            raise self._to_source_error(error) from error
        except (BotoCoreError, ValueError) as error:
            raise self._to_source_error(error) from error
        return answer

    def try_out(self, operation: str, parameters: Mapping[str, Any]) -> None:
        """Only to know whether it is denied: the call makes no sense, and is refused."""
        try:
            getattr(self._client, xform_name(operation))(**parameters)
        except ClientError as error:
            self._is_denied(error, operation)
        except (BotoCoreError, ValueError) as error:
            raise self._to_source_error(error) from error

    def close(self) -> None:
        """Let go of its connections."""
        self._client.close()

    def _is_denied(self, error: ClientError, operation: str) -> bool:
        is_denied = raw_error_code(error) in DENIED_CODES
        if is_denied and (action := f"{self._service}:{operation}") not in self.denied:
            self.denied.append(action)
        return is_denied
