"""botocore's own providers when what they need is gone: both transports wait for it, and say whose fault it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import RunAsync
from doubles.source.canned_server import CannedServer, Reply, reply
from doubles.source.sqs_apis import boto, error_of, fast, source
from punctuald.errors import SourceError, SourceUnavailable
from punctuald.source.aws.credentials.boto_credentials import BotoCredentials
from punctuald.source.aws.credentials.session_credentials import SessionCredentials

ROLE = "arn:aws:iam::123456789012:role/orders"
TOOL = """#!/bin/sh
echo '{"Version": 1, "AccessKeyId": "AKID", "SecretAccessKey": "s", "SessionToken": "t",' \\
  "\\"Expiration\\": \\"$(date -u -d '+5 seconds' +%Y-%m-%dT%H:%M:%SZ)\\"}"
"""
SHORT = "<AccessKeyId>AKID</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
GIVEN = (
    '<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
    f"<AssumeRoleWithWebIdentityResult><Credentials>{SHORT}<Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>"
    "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
)
DENIED = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not yours</Message></Error></ErrorResponse>"


@pytest.fixture(autouse=True)
def _no_other_provider(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    path = tmp_path / "tool"
    write(path)
    (tmp_path / "config").write_text(f"[default]\ncredential_process = {path}\n")
    return path


def xml(text: str, status: str = "200 OK") -> Reply:
    return reply(body=text.encode(), status=status, content_type="text/xml")


def remove(tool: Path) -> None:
    tool.unlink()


def forbid(tool: Path) -> None:
    tool.unlink()
    tool.mkdir()


def garble(tool: Path) -> None:
    tool.write_text("#!/bin/sh\necho no credentials today\n")


def write(tool: Path) -> None:
    if tool.is_dir():
        tool.rmdir()
    tool.write_text(TOOL)
    tool.chmod(0o755)


async def error_while_spoilt(api: Any, tool: Path, spoil: Callable[[Path], None]) -> SourceError:
    """Before and after, it works."""
    await source(api).receive(10, 0, 30)
    spoil(tool)
    error = await error_of(api)
    write(tool)
    await source(api).receive(10, 0, 30)
    return error


@pytest.mark.parametrize(
    ("spoil", "said"), [(remove, "FileNotFoundError"), (forbid, "PermissionError"), (garble, "JSONDecodeError")]
)
def test_a_credential_process_that_fails_is_an_outage(
    spoil: Callable[[Path], None], said: str, tool: Path, run_async: RunAsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("punctuald.source.aws.credentials.session_credentials.LOOK_SECONDS", 0.0)

    async def body(server: CannedServer) -> list[SourceError]:
        async with fast(server, provider=SessionCredentials()) as ours, boto(server, BotoCredentials()) as theirs:
            return [await error_while_spoilt(api, tool, spoil) for api in (ours, theirs)]

    with CannedServer(*[reply()] * 4) as server:
        for error in run_async(body(server)):
            assert isinstance(error, SourceUnavailable)
            assert error.code == "CredentialsUnavailable"
            assert f"credentials unavailable: custom-process: {said}" in str(error)
    assert len(server.requests) == 4


def test_sts_says_no_for_a_while_and_then_yes(
    run_async: RunAsync, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("identity")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")

    async def body(server: CannedServer) -> list[SourceError]:
        errors: list[SourceError] = []
        async with fast(server, provider=SessionCredentials()) as ours, boto(server, BotoCredentials()) as theirs:
            for api in (ours, theirs):
                errors += [await error_of(api) for _ in range(3)]
                await source(api).receive(10, 0, 30)
        return errors

    replies = [*[xml(DENIED, "403 Forbidden")] * 3, xml(GIVEN)]
    with CannedServer(reply(), reply()) as server, CannedServer(*replies, *replies) as sts:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sts.url)
        errors = run_async(body(server))
    said = f"assume-role-with-web-identity ({ROLE}): AssumeRoleWithWebIdentity: AccessDenied: Not yours"
    assert [type(error) for error in errors] == [SourceUnavailable] * 6
    assert all(f"credentials unavailable: {said}" in str(error) for error in errors)
    assert len(server.requests) == 2


def test_a_metadata_service_that_is_not_up_yet_is_an_outage(
    run_async: RunAsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = reply(body=b"busy", status="503 Service Unavailable")
    keys = reply({"AccessKeyId": "AKID", "SecretAccessKey": "s", "Token": "t", "Expiration": "2100-01-01T00:00:00Z"})

    async def body(server: CannedServer) -> list[SourceError]:
        errors: list[SourceError] = []
        async with fast(server, provider=SessionCredentials()) as ours, boto(server, BotoCredentials()) as theirs:
            for api in (ours, theirs):
                errors.append(await error_of(api))
                await source(api).receive(10, 0, 30)
        return errors

    tries = [*[busy] * 3, keys]  # botocore itself asks a container's service three times
    monkeypatch.setattr("botocore.utils.ContainerMetadataFetcher.SLEEP_TIME", 0)
    with CannedServer(reply(), reply()) as server, CannedServer(*tries, *tries) as metadata:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{metadata.url}/role")
        errors = run_async(body(server))
    assert [type(error) for error in errors] == [SourceUnavailable] * 2
    assert all("credentials unavailable: container-role: " in str(error) for error in errors)
