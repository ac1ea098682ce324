"""A region that is misspelt, and a resolver that is away: neither is a server that refuses connections."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any

import pytest

from conftest import RunAsync
from doubles.source.canned_server import CannedServer
from doubles.source.sqs_apis import boto, error_of, errors_of_both, fast, use_keys
from punctuald.errors import SourceError, SourceUnavailable
from punctuald.source.aws.credentials.boto_credentials import BotoCredentials
from punctuald.source.aws.credentials.session_credentials import SessionCredentials


@dataclass(frozen=True)
class Nowhere:
    url: str = "https://sqs.eu-west-11.amazonaws.com"


@pytest.fixture(params=[socket.EAI_NONAME, socket.EAI_AGAIN], ids=["no such name", "no resolver"])
def failure(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """What looking up any name of AWS's ends in."""
    code: int = request.param
    known = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        if "amazonaws" in str(host):
            raise socket.gaierror(code, "so it says")
        return known(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return code


SAID = {
    socket.EAI_NONAME: "can't be resolved: is the region or the endpoint's name right? [EAI_NONAME: so it says]",
    socket.EAI_AGAIN: "can't be looked up: DNS does not answer; is this machine's network up? [EAI_AGAIN: so it says]",
}


def test_both_transports_say_which_name_has_no_address(
    failure: int, run_async: RunAsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_keys(monkeypatch)
    for error in run_async(errors_of_both(Nowhere())):
        assert isinstance(error, SourceUnavailable)
        assert error.code == "NameNotResolved"
        assert str(error).endswith(f": 'sqs.eu-west-11.amazonaws.com' {SAID[failure]}")


def test_so_it_is_said_where_credentials_are_asked_for(
    failure: int, run_async: RunAsync, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_DEFAULT_REGION",
    ):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "token").write_text("identity")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/orders")
    monkeypatch.setenv("AWS_REGION", "eu-west-11")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    async def body(server: CannedServer) -> list[SourceError]:
        async with fast(server, provider=SessionCredentials()) as ours, boto(server, BotoCredentials()) as theirs:
            return [await error_of(api) for api in (ours, theirs)]

    with CannedServer() as server:
        for error in run_async(body(server)):
            assert error.args[0].endswith(f"EndpointConnectionError: 'sts.eu-west-11.amazonaws.com' {SAID[failure]}")
            assert "credentials unavailable" in str(error)
