"""Credentials that botocore finds, renews, and sometimes does not have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.session
import pytest
from botocore.credentials import Credentials as Static
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import CredentialRetrievalError, NoCredentialsError

from punctuald.source.signature import Credentials
from punctuald.source.sqs_credentials import SessionCredentials


class Session:
    """As much of botocore's session as is asked; ``found`` is what its providers find, one look-up after another."""

    def __init__(self, *found: Any) -> None:
        self._found = list(found)

    def get_credentials(self) -> Any:
        return self._found.pop(0)


def credentials(*found: Any) -> SessionCredentials:
    session: Any = Session(*found)
    return SessionCredentials(lambda: session)


def metadata(name: str, lives_seconds: float) -> dict[str, str]:
    """As a role's provider gives it."""
    expires = datetime.now(UTC) + timedelta(seconds=lives_seconds)
    return {
        "access_key": name,
        "secret_key": f"{name}-secret",
        "token": f"{name}-token",
        "expiry_time": expires.isoformat(),
    }


def test_the_chain_of_providers_is_botocores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    assert SessionCredentials(botocore.session.Session).current() == Credentials("AKID", "secret", "token")


def test_they_are_looked_up_once() -> None:
    found = credentials(Static("AKID", "secret"))
    assert found.current() == found.current() == Credentials("AKID", "secret", None)


def test_those_that_run_out_are_renewed_whole() -> None:
    renewed = iter([metadata("second", 3_600)])
    first = RefreshableCredentials.create_from_metadata(metadata("first", 60), lambda: next(renewed), "test")
    assert credentials(first).current() == Credentials("second", "second-secret", "second-token")


def test_a_provider_that_renews_with_what_has_run_out_may_do_better_next_time() -> None:
    stale = RefreshableCredentials.create_from_metadata(metadata("first", -60), lambda: metadata("first", -60), "role")
    with pytest.raises(CredentialRetrievalError, match="role"):
        credentials(stale).current()


def test_where_there_are_none_it_is_asked_again() -> None:
    late = credentials(None, Static("AKID", "secret"))
    with pytest.raises(NoCredentialsError):
        late.current()
    assert late.current().access_key == "AKID"


@pytest.mark.parametrize("broken", [Static("AKID\r\nX-Evil: 1", "secret"), Static("AKID", "secret", "token\n")])
def test_a_line_break_never_gets_into_a_header(broken: Static) -> None:
    with pytest.raises(CredentialRetrievalError, match="line break"):
        credentials(broken).current()
