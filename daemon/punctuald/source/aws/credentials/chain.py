"""Credentials from botocore's chain of providers: environment, profile, SSO, web identity, container, instance.

Providers are foreign code: they read files, run programs, call STS and parse what comes back, and raise whatever that
raises. Here it becomes one error that may pass: a role's policy, a metadata service or a file can be right a minute
later, and none of it says anything about SQS.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from typing import Any

import botocore.session
from botocore.credentials import EnvProvider
from botocore.exceptions import BotoCoreError, ClientError

from punctuald.logs import logger
from punctuald.policy.log_lines.rate import REMINDER_SECONDS, LogRate
from punctuald.source.aws.errors import one_line, raw_error_code, unresolved_host
from punctuald.source.aws.session import take_session
from punctuald.source.aws.signed_json.sigv4 import Credentials

ASK_AGAIN_SECONDS = 10.0
"""After a provider failed to renew a set that is still good."""

MANDATORY_SECONDS = 60
"""With less than this left, a set is not used any more: a call that starts now may be checked after its end."""

_NO_PROVIDER = "no provider has any"
_WHAT_TO_SET = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE or a role"
_CHAIN = "AWS's configuration"
_WEB_IDENTITY = "assume-role-with-web-identity"
_ROLE_KEYS = {"assume-role": "role_arn", _WEB_IDENTITY: "role_arn", "sso": "sso_role_name"}
"""Where a profile names the role, by the provider's name."""

log = logger()


class CredentialsUnavailable(BotoCoreError):  # type: ignore[misc]  # botocore ships no types
    """There are none now; asking again may help. ``source``: the provider, and the role where it has one."""

    fmt = "credentials unavailable: {source}: {text}"


class ProviderChain:
    """One process's credentials, whatever signs with them: found once, renewed by botocore when they are asked for.

    Blocks, for seconds where a provider does. Safe for threads.
    """

    def __init__(self, session: Callable[[], botocore.session.Session] = take_session) -> None:
        self._new_session = session
        self._lock = threading.Lock()
        self._session: botocore.session.Session | None = None
        self._provided: Any = None  # botocore's credentials, which renew themselves when they are asked
        self._current: Credentials | None = None
        self._failures = LogRate(1, REMINDER_SECONDS)

    def keep_environment(self) -> None:
        """Take those that the environment has, before code of the user's may change it. Asks nobody else: without any
        there, all providers are asked when the first call needs them."""
        with contextlib.suppress(BotoCoreError):  # half a set; it is complained of then
            self._provided = EnvProvider(environ=dict(os.environ)).load()

    def current(self) -> Credentials:
        """The set to sign with now; the same object while nothing changed: what was signed with it is recognised by it.

        Raises `CredentialsUnavailable` and nothing else.
        """
        provided = self._find()
        try:
            found = Credentials(*provided.get_frozen_credentials()[:3])
            fault = _fault(found)
        except Exception as error:
            raise self._failure(str(provided.method), error) from error
        if fault is not None:
            raise CredentialsUnavailable(source=str(provided.method), text=fault)
        current = self._current
        if current != found or current is None:
            current = self._current = found
        return current

    def ends_within(self, seconds: int | None) -> bool:
        """Whether what was found last has so little time left; False before that, and for what has no end.

        None: botocore's own time to renew it ahead, which is 15 minutes for most providers.
        """
        needed = getattr(self._provided, "refresh_needed", None)  # those that have an end
        return needed is not None and bool(needed(seconds))

    def not_renewed(self, error: BaseException, now_mono: float) -> None:
        """Log that a set that is still good could not be renewed: seldom, whichever transport's calls find it out."""
        suppressed = self._failures.suppressed(now_mono)
        if suppressed is not None:
            log.warning("source.credentials_not_renewed", error=one_line(error), suppressed=suppressed)

    def _find(self) -> Any:
        with self._lock:  # all wait for one answer, and one instance's metadata service is asked once
            if self._provided is None:
                self._provided = self._ask_providers()
            return self._provided

    def _ask_providers(self) -> Any:
        """As `Session.get_credentials` does, and it is known which provider failed. Each time in a new session: one
        keeps what it read of the configuration."""
        asked: list[str] = []
        try:
            self._session = self._new_session()
            for provider in self._session.get_component("credential_provider").providers:
                asked.append(str(provider.METHOD))
                found = provider.load()
                if found is not None:
                    return found
        except Exception as error:
            raise self._failure(asked[-1] if asked else _CHAIN, error) from error
        # an instance's metadata service that is not up yet is passed over without a word: so name all that were asked
        raise CredentialsUnavailable(source=f"{_NO_PROVIDER} ({', '.join(asked)})", text=_WHAT_TO_SET)

    def _failure(self, method: str, error: Exception) -> CredentialsUnavailable:
        role = _role(self._session, method)
        return CredentialsUnavailable(source=f"{method} ({role})" if role else method, text=_cause(error))


def _fault(found: Credentials) -> str | None:
    """What makes a set unfit to send. A line break in a key, as an environment file may leave it, would end its header
    and begin another."""
    if not (found.access_key and found.secret_key):
        return "the access key or the secret key is empty"
    if not (found.access_key.isprintable() and (found.token or "").isprintable()):
        return "a line break or other control character is in the key or token"
    return None


def _cause(error: Exception) -> str:
    if isinstance(error, ClientError):  # STS's or SSO's: its operation and code are none of SQS's
        text = one_line(error.response.get("Error", {}).get("Message", ""))
        return f"{error.operation_name}: {raw_error_code(error)}: {text}"
    return f"{type(error).__name__}: {unresolved_host(error) or one_line(error)}"


def _role(session: botocore.session.Session | None, method: str) -> str | None:
    key = _ROLE_KEYS.get(method)
    if key is None or session is None:
        return None
    from_environment = os.environ.get("AWS_ROLE_ARN") if method == _WEB_IDENTITY else None
    try:
        return from_environment or session.get_scoped_config().get(key)
    except (BotoCoreError, OSError):  # the profile itself is what can't be read, as the error's text says
        return None
