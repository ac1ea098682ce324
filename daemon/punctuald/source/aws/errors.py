"""What exceptions of botocore and of our own connections mean: worth another try, or a person has to mend it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from json import JSONDecodeError
from urllib.parse import urlsplit

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    InvalidRegionError,
    NoRegionError,
    ProfileNotFound,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)

from punctuald.errors import SourceError, SourceMisconfigured, SourceUnavailable
from punctuald.policy.pool.illness import errno_of, illness_of

from .addresses import NAME_NOT_RESOLVED, why_not_resolved
from .connection import (
    AnswerTooLarge,
    CannotConnect,
    ConnectionFailed,
    ConnectionLost,
    ConnectTimedOut,
    NotTrusted,
    ReadTimedOut,
)
from .redaction import without_secrets

BAD_CREDENTIALS = "the credentials are not accepted: check AWS_ACCESS_KEY_ID, AWS_PROFILE or the machine's role"
CLOCK_OFF = "this machine's clock is off, and so the request's date is refused"
BAD_ADDRESS = "the address is not usable: check url, region and endpoint_url"

MEND_BY_CODE: Mapping[str, str] = {
    "AuthFailure": BAD_CREDENTIALS,
    "IncompleteSignature": BAD_CREDENTIALS,
    "InvalidAccessKeyId": BAD_CREDENTIALS,
    "InvalidClientTokenId": BAD_CREDENTIALS,
    "InvalidSecurity": BAD_CREDENTIALS,
    "InvalidSignatureException": BAD_CREDENTIALS + " (and this machine's clock)",
    "MissingAuthenticationToken": BAD_CREDENTIALS,
    "SignatureDoesNotMatch": BAD_CREDENTIALS + " (and this machine's clock)",
    "UnrecognizedClientException": BAD_CREDENTIALS,
}
"""Codes of every AWS service that stay until a person acts. An expired token is not one: its provider renews it."""

CLOCK_CODES = frozenset(
    {"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"}
    | {"InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure"}
)
"""How AWS refuses a request whose date is off, alone or among other reasons (as all of its SDKs have it)."""

_MEND_BY_EXCEPTION: Mapping[type[BotoCoreError], str] = {
    ProfileNotFound: "AWS_PROFILE names a profile that is not in the AWS configuration",
    NoRegionError: "no region is set: give `region` in the configuration, or set AWS_DEFAULT_REGION or AWS_REGION",
    InvalidRegionError: "the region's name is not valid: check the queue's region",
}

_ODD_CONTENT = (JSONDecodeError, UnicodeDecodeError)
"""`ValueError`s about what came, and not about where it was asked for: it may be whole the next time."""

_CLOCK_WORDS = re.compile(
    r"signature expired|not yet current|now earlier than|still later than|request time|skew", re.IGNORECASE
)
"""How AWS says, under a code that a wrong secret has as well, that it is the date."""


class AnswerTooLargeError(HTTPClientError):  # type: ignore[misc]  # botocore ships no types
    """Our own: botocore has no limit."""

    fmt = "{error}"


_BY_CONNECTION_FAILURE: Mapping[type[ConnectionFailed], type[HTTPClientError]] = {
    CannotConnect: EndpointConnectionError,
    ConnectTimedOut: ConnectTimeoutError,
    NotTrusted: SSLError,
    ReadTimedOut: ReadTimeoutError,
    ConnectionLost: ConnectionClosedError,
    AnswerTooLarge: AnswerTooLargeError,
}


class ClockRefusal(ClientError):  # type: ignore[misc]  # botocore ships no types
    """A refusal that our date explains, whatever its text: the clock may be right again in seconds."""


def as_botocore_has_it(failure: ConnectionFailed, url: str) -> HTTPClientError:
    """The exception that a botocore client raises for the same, so that both transports speak alike."""
    return _BY_CONNECTION_FAILURE[type(failure)](endpoint_url=url, error=failure)


def to_source_error(
    error: BaseException,
    endpoint_text: object,
    code_of: Callable[[ClientError], str],
    mend_by_code: Mapping[str, str],
) -> SourceError:
    """The one of our two errors that a call's exception means, as one line with what to do about it.

    ``endpoint_text`` says what the call was for; ``code_of`` reads the service's codes, and ``mend_by_code`` says what
    a person has to do about those that stay until then.
    """
    if isinstance(error, ClientError):
        return _explain_answer(error, endpoint_text, code_of(error), mend_by_code)
    illness = illness_of(error)
    if illness is not None:  # whatever it looks like, it says nothing of the server
        text = f"{endpoint_text}: not asked: this process is {illness.text} [{illness.code}]"
        return SourceUnavailable(text, code=illness.code)
    for kind, mend in _MEND_BY_EXCEPTION.items():
        if isinstance(error, kind):
            return SourceMisconfigured(f"{endpoint_text}: {mend}", code=kind.__name__)
    if isinstance(error, ValueError) and not isinstance(error, _ODD_CONTENT):  # botocore's word for what is no URL
        return SourceMisconfigured(f"{endpoint_text}: {BAD_ADDRESS} ({one_line(error)})", code="InvalidEndpoint")
    return _unavailable(error, endpoint_text)


def raw_error_code(error: ClientError) -> str:
    """The provider's code, as it came."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


def one_line(text: object) -> str:
    """Without line breaks or runs of spaces, and without what must not get into the log."""
    return " ".join(without_secrets(str(text)).split())


def unresolved_host(error: BaseException) -> str | None:
    """Which host, the endpoint or a proxy, has no address, and what to look at; None where that is not what failed."""
    if not isinstance(error, EndpointConnectionError | ProxyConnectionError):
        return None
    url = error.kwargs.get("endpoint_url") or error.kwargs.get("proxy_url") or ""
    try:
        host = urlsplit(str(url)).hostname  # no more of it: a proxy's has a password
    except ValueError:
        host = None
    return why_not_resolved(error, host)


def _explain_answer(
    error: ClientError, endpoint_text: object, code: str, mend_by_code: Mapping[str, str]
) -> SourceError:
    text = one_line(error.response.get("Error", {}).get("Message", ""))
    if isinstance(error, ClockRefusal) or (code in CLOCK_CODES and _CLOCK_WORDS.search(text)):
        return SourceUnavailable(f"{endpoint_text}: {CLOCK_OFF} [{code}: {text}]", code=code)
    mend = mend_by_code.get(code)
    if mend is not None:
        return SourceMisconfigured(f"{endpoint_text}: {mend} [{code}: {text}]", code=code)
    return SourceUnavailable(f"{endpoint_text}: {code}: {text}", code=code)


def _unavailable(error: BaseException, endpoint_text: object) -> SourceUnavailable:
    code = type(error).__name__
    unresolved = unresolved_host(error)
    if unresolved is not None:
        return SourceUnavailable(f"{endpoint_text}: {unresolved}", code=NAME_NOT_RESOLVED)
    if isinstance(error, EndpointConnectionError):
        text = f"{endpoint_text}: can't connect; is the endpoint right and up? [{errno_of(error) or one_line(error)}]"
        return SourceUnavailable(text, code=code)
    if isinstance(error, HTTPClientError):
        return SourceUnavailable(f"{endpoint_text}: the connection failed: {one_line(error)}", code=code)
    return SourceUnavailable(f"{endpoint_text}: {one_line(error)}", code=code)
