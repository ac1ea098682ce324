"""Credentials from botocore's chain of providers: environment, profile, SSO, web identity, container, instance."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import botocore.session
from botocore.exceptions import CredentialRetrievalError, NoCredentialsError

from .signature import Credentials
from .sqs_session import take_session


class SessionCredentials:
    """One session's credentials, looked up at the first call and renewed by their provider. Safe for threads."""

    def __init__(self, session: Callable[[], botocore.session.Session] = take_session) -> None:
        self._session = session
        self._provided: Any = None
        self._current: Credentials | None = None
        self._finding = threading.Lock()

    def current(self) -> Credentials:
        """The set to sign with now. Raises botocore's exceptions; asking again may help, as a role appears late."""
        provided = self._provided or self._find()
        try:
            frozen = provided.get_frozen_credentials()
        except RuntimeError as error:  # botocore's word for a provider that renews what has run out with the same
            raise CredentialRetrievalError(provider=str(provided.method), error_msg=str(error)) from error
        current = self._current
        if current is None or frozen[:3] != current:
            current = self._current = _sendable(Credentials(*frozen[:3]), provided)
        return current

    def _find(self) -> Any:
        with self._finding:
            if self._provided is None:
                self._provided = self._session().get_credentials()
            if self._provided is None:
                raise NoCredentialsError
            return self._provided


def _sendable(found: Credentials, provided: Any) -> Credentials:
    """A line break in a key, as an environment file may leave it, would end its header and begin another."""
    if not (found.access_key.isprintable() and (found.token or "").isprintable()):
        raise CredentialRetrievalError(
            provider=str(provided.method), error_msg="a line break or other control character is in the key or token"
        )
    return found
