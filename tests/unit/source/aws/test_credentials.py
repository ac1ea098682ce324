"""Credentials that botocore finds, renews, and sometimes does not have."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
from botocore.credentials import Credentials as Static
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ClientError, CredentialRetrievalError, PartialCredentialsError, ProfileNotFound

from captured_logs import capture_logs
from conftest import RunAsync
from punctuald.clock import ManualClock
from punctuald.source.aws.credentials import session_credentials as credentials_module
from punctuald.source.aws.credentials.boto_credentials import BotoCredentials
from punctuald.source.aws.credentials.chain import CredentialsUnavailable, ProviderChain
from punctuald.source.aws.credentials.session_credentials import SessionCredentials
from punctuald.source.aws.signed_json.sigv4 import Credentials


class Provider:
    """Finds one thing after another; an exception is raised, a function called."""

    METHOD = "some-role"

    def __init__(self, *found: Any) -> None:
        self._found = list(found)

    def load(self) -> Any:
        found = self._found.pop(0)
        if isinstance(found, Exception):
            raise found
        return found() if callable(found) else found


def provider_chain(*found: Any) -> ProviderChain:
    chain = SimpleNamespace(providers=[SimpleNamespace(METHOD="env", load=lambda: None), Provider(*found)])
    session: Any = SimpleNamespace(get_component=lambda _: chain)
    return ProviderChain(lambda: session)


def credentials(*found: Any) -> SessionCredentials:
    return SessionCredentials(provider_chain(*found))


def renewing(lives_seconds: float, renew: Callable[[], dict[str, str]]) -> RefreshableCredentials:
    return RefreshableCredentials.create_from_metadata(metadata("first", lives_seconds), renew, "some-role")


def metadata(name: str, lives_seconds: float) -> dict[str, str]:
    """As a role's provider gives it."""
    expires = datetime.now(UTC) + timedelta(seconds=lives_seconds)
    return {
        "access_key": name,
        "secret_key": f"{name}-secret",
        "token": f"{name}-token",
        "expiry_time": expires.isoformat(),
    }


def test_the_chain_of_providers_is_botocores(monkeypatch: pytest.MonkeyPatch, run_async: RunAsync) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    assert run_async(SessionCredentials(ProviderChain(botocore.session.Session)).current()) == Credentials(
        "AKID", "secret", "token"
    )


async def current(found: SessionCredentials, times: int = 2) -> list[Credentials]:
    return [await found.current() for _ in range(times)]


def test_they_are_looked_up_once_for_all_who_ask(run_async: RunAsync) -> None:
    async def body(found: SessionCredentials) -> None:
        sets = await asyncio.gather(*[found.current() for _ in range(3)])
        sets.append(await found.current())
        assert sets[0] == Credentials("AKID", "secret", None)
        assert all(each is sets[0] for each in sets), "what was signed with them is recognised by it"

    run_async(body(credentials(Static("AKID", "secret"))))


def test_a_first_set_that_runs_out_soon_is_renewed_whole(run_async: RunAsync) -> None:
    first = renewing(60, lambda: metadata("second", 3_600))
    assert run_async(credentials(first).current()) == Credentials("second", "second-secret", "second-token")


def test_a_provider_that_blocks_does_not_stop_the_loop(run_async: RunAsync) -> None:
    go = threading.Event()

    def find() -> Static:
        assert go.wait(10)
        return Static("AKID", "secret")

    async def body(found: SessionCredentials) -> str:
        waiting = asyncio.ensure_future(found.current())
        for _ in range(100):
            await asyncio.sleep(0)
        assert not waiting.done()
        go.set()
        return (await waiting).access_key

    assert run_async(body(credentials(find))) == "AKID"


def test_a_set_is_used_while_the_next_is_fetched_ahead_of_its_end(
    run_async: RunAsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials_module, "LOOK_SECONDS", 0.0)
    go = threading.Event()

    def renew() -> dict[str, str]:
        assert go.wait(10)
        return metadata("second", 3_600)

    async def body() -> None:
        provided = renewing(3_600, renew)
        found = credentials(provided)
        assert (await found.current()).access_key == "first"
        provided._expiry_time = datetime.now(UTC) + timedelta(seconds=300)  # as it is after most of its hour
        assert [each.access_key for each in await current(found, 50)] == ["first"] * 50
        go.set()
        while (await found.current()).access_key == "first":
            await asyncio.sleep(0)
        assert await found.current() == Credentials("second", "second-secret", "second-token")

    run_async(body())


def test_a_set_that_can_not_be_renewed_ahead_is_used_on_and_told(
    run_async: RunAsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials_module, "LOOK_SECONDS", 0.0)
    failed = threading.Event()

    def renew() -> dict[str, str]:
        failed.set()
        raise OSError("no route to the metadata service")

    async def body() -> None:
        provided = renewing(3_600, renew)
        found = credentials(provided)
        await found.current()
        provided._expiry_time = datetime.now(UTC) + timedelta(seconds=300)
        while not logged:
            assert (await found.current()).access_key == "first"
            await asyncio.sleep(0)

    with capture_logs() as logged:
        run_async(body())
    assert failed.is_set()
    assert [line["event"] for line in logged] == ["source.credentials_not_renewed"]
    assert "no route to the metadata service" in logged[0]["error"]


def test_a_process_with_both_transports_tells_it_once(run_async: RunAsync, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials_module, "LOOK_SECONDS", 0.0)
    asked = threading.Event()

    def renew() -> dict[str, str]:
        asked.set()
        raise OSError("no route to the metadata service")

    async def body() -> None:
        provided = renewing(3_600, renew)
        chain = provider_chain(provided)
        clock = ManualClock(mono=asyncio.get_running_loop().time())
        ours, theirs = SessionCredentials(chain), BotoCredentials(chain, clock)
        await ours.current()
        theirs.get_frozen_credentials()
        provided._expiry_time = datetime.now(UTC) + timedelta(seconds=300)
        while not logged:
            await ours.current()
            await asyncio.sleep(0)
        asked.clear()
        theirs.get_frozen_credentials()
        assert asked.is_set()

    with capture_logs() as logged:
        run_async(body())
    assert [line["event"] for line in logged] == ["source.credentials_not_renewed"]


STALE = "some-role.*(expired|refreshed)"
STS_SAYS_NO = ClientError({"Error": {"Code": "AccessDenied", "Message": "Not\nyet"}}, "AssumeRole")


def not_json() -> Static:
    raise ValueError("Expecting value: line 1")


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (lambda: renewing(-60, lambda: metadata("first", -60)), STALE),
        (OSError("no\nroute"), "some-role: OSError: no route"),
        (FileNotFoundError(2, "No such file", "/path/tool"), "some-role: FileNotFoundError.*/path/tool"),
        (PermissionError(13, "Permission denied"), "some-role: PermissionError"),
        (IsADirectoryError(21, "Is a directory"), "some-role: IsADirectoryError"),
        (STS_SAYS_NO, "some-role: AssumeRole: AccessDenied: Not yet"),
        (not_json, "some-role: ValueError: Expecting value"),
        (KeyError("AccessKeyId"), "some-role: KeyError"),
        (CredentialRetrievalError(provider="sso", error_msg="log in"), "some-role: .*sso.*log in"),
        (PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"), "some-role.*AWS_SECRET_ACCESS_KEY"),
        (ProfileNotFound(profile="orders"), "some-role: ProfileNotFound.*orders"),
        (Static("AKID", ""), "explicit: the access key or the secret key is empty"),
        (None, r"no provider has any \(env, some-role\): set AWS_ACCESS_KEY_ID"),
    ],
)
def test_whatever_a_provider_raises_names_it_and_may_pass(found: Any, told: str, run_async: RunAsync) -> None:
    async def body(late: SessionCredentials) -> None:
        with pytest.raises(CredentialsUnavailable, match=f"^credentials unavailable: {told}"):
            await late.current()

    run_async(body(credentials(found)))
    with pytest.raises(CredentialsUnavailable, match=f"^credentials unavailable: {told}"):
        BotoCredentials(provider_chain(found)).get_frozen_credentials()


@pytest.mark.parametrize("missing", [None, OSError("no route")])
def test_where_there_are_none_it_is_asked_again(missing: Any, run_async: RunAsync) -> None:
    async def body(late: SessionCredentials) -> str:
        with pytest.raises(CredentialsUnavailable):
            await late.current()
        return (await late.current()).access_key

    assert run_async(body(credentials(missing, Static("AKID", "secret")))) == "AKID"
    late = BotoCredentials(provider_chain(missing, Static("AKID", "secret")))
    with pytest.raises(CredentialsUnavailable):
        late.get_frozen_credentials()
    assert late.get_frozen_credentials().access_key == "AKID"


@pytest.mark.parametrize("broken", [Static("AKID\r\nX-Evil: 1", "secret"), Static("AKID", "secret", "token\n")])
def test_a_line_break_never_gets_into_a_header(broken: Static, run_async: RunAsync) -> None:
    with pytest.raises(CredentialsUnavailable, match="line break"):
        run_async(credentials(broken).current())


def test_boto3_too_uses_a_set_that_can_not_be_renewed_to_its_end_and_asks_seldom() -> None:
    asked: list[float] = []
    clock = ManualClock()

    def renew() -> dict[str, str]:
        asked.append(clock.mono())
        raise OSError("no route to the metadata service")

    provided = renewing(3_600, renew)
    found = BotoCredentials(provider_chain(provided), clock)
    assert found.get_frozen_credentials().access_key == "first"
    provided._expiry_time = datetime.now(UTC) + timedelta(seconds=300)  # botocore would take it for used up
    with capture_logs() as logged:
        assert [found.get_frozen_credentials().access_key for _ in range(5)] == ["first"] * 5
        for _ in range(30):
            clock.advance(11)
            found.get_frozen_credentials()
    said = [(line["event"], line["suppressed"]) for line in logged]
    assert said == [("source.credentials_not_renewed", 0), ("source.credentials_not_renewed", 27)]
    assert len(asked) == 31
    provided._expiry_time = datetime.now(UTC) + timedelta(seconds=30)
    with pytest.raises(CredentialsUnavailable, match="no route"):
        found.get_frozen_credentials()
