"""Where boto3 would send a request, and what keeps the fast transport from doing the same."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from punctuald.errors import SourceMisconfigured
from punctuald.source.aws import endpoint as endpoint_module
from punctuald.source.aws.endpoint import PLUGINS_VARIABLE, Endpoint
from punctuald.source.aws.warm_up import warm_up
from punctuald.source.sqs.client import make_client, resolve

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of all that finding an endpoint looks at, nothing is set."""
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS"):
        monkeypatch.delenv(name, raising=False)
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.delenv(PLUGINS_VARIABLE, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "sqs.eu-west-1.amazonaws.com"),
        ("cn-north-1", "sqs.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "sqs.us-gov-west-1.amazonaws.com"),
    ],
)
def test_every_partition_has_its_address(region: str, host: str) -> None:
    endpoint = resolve(region, "")
    assert (endpoint.url, endpoint.host_header) == (f"https://{host}/", host)
    assert (endpoint.server.host, endpoint.server.port, endpoint.server.tls is None) == (host, 443, False)
    assert (endpoint.region, endpoint.service, endpoint.obstacle) == (region, "sqs", None)


@pytest.mark.parametrize(
    ("variables", "region"),
    [
        ({"AWS_REGION": "eu-west-3"}, "eu-west-3"),
        ({"AWS_REGION": "eu-west-3", "AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        ({}, "eu-north-1"),
    ],
)
def test_a_region_comes_from_either_variable_before_the_profiles(
    variables: dict[str, str], region: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("[default]\nregion = eu-north-1\n")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert resolve("", "").region == region
    assert make_client(None, None, 0, 1).meta.region_name == region


@pytest.mark.parametrize(
    ("variable", "host"),
    [
        ("AWS_USE_FIPS_ENDPOINT", "sqs-fips.us-east-1.amazonaws.com"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "sqs.us-east-1.api.aws"),
    ],
)
def test_fips_and_dual_stack_are_found_as_boto3_finds_them(
    variable: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "true")
    endpoint = resolve("us-east-1", "")
    assert (endpoint.server.host, endpoint.obstacle) == (host, None)


def test_region_and_endpoint_come_from_the_profile_or_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("[default]\nregion = ap-south-1\n")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://localhost:4566")
    endpoint = resolve("", "")
    assert (endpoint.url, endpoint.region, endpoint.host_header) == (
        "http://localhost:4566/",
        "ap-south-1",
        "localhost:4566",
    )


@pytest.mark.parametrize(
    ("endpoint_url", "host", "port", "host_header"),
    [
        ("http://[::1]:9324", "::1", 9324, "[::1]:9324"),
        ("http://sqs.example", "sqs.example", 80, "sqs.example"),
        ("https://SQS.example:443", "sqs.example", 443, "sqs.example"),
    ],
)
def test_an_endpoint_of_ones_own_is_taken_as_it_is(endpoint_url: str, host: str, port: int, host_header: str) -> None:
    endpoint = resolve("us-east-1", endpoint_url)
    assert (endpoint.server.host, endpoint.server.port, endpoint.host_header) == (host, port, host_header)
    assert (endpoint.server.tls is None) == endpoint_url.startswith("http:")


def obstacle(endpoint: Endpoint) -> str:
    assert endpoint.obstacle is not None
    return endpoint.obstacle


@pytest.mark.parametrize(("variable", "scheme"), [("http_proxy", "http"), ("HTTPS_PROXY", "https")])
def test_a_proxy_is_left_to_boto3_unless_it_is_passed_by(
    variable: str, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "http://proxy.example:3128")
    endpoint_url = f"{scheme}://sqs.example"
    assert obstacle(resolve("us-east-1", endpoint_url)) == f"an {scheme.upper()} proxy is set"
    monkeypatch.setenv("no_proxy", "sqs.example")
    assert resolve("us-east-1", endpoint_url).obstacle is None


def test_another_schemes_proxy_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    assert resolve("us-east-1", "https://sqs.example").obstacle is None


def test_plugins_are_left_to_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PLUGINS_VARIABLE, "DISABLED")
    assert resolve("us-east-1", "").obstacle is None
    monkeypatch.setenv(PLUGINS_VARIABLE, "os=os")
    monkeypatch.setattr("botocore.client.load_client_plugins", lambda *_: None, raising=False)
    assert "plugins" in obstacle(resolve("us-east-1", ""))


def test_an_endpoint_with_a_path_is_left_to_boto3() -> None:
    assert obstacle(resolve("us-east-1", "http://localhost:4566/queue")) == "the endpoint has a path"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"X-Tenant": "blue"}, "boto3 would also send the header x-tenant"),
        ({"Authorization": "Bearer x"}, "requests are signed with Bearer"),
        (
            {"Authorization": "AWS4-ECDSA-P256-SHA256 Credential=x/y/sqs/z, S"},
            "requests are signed with AWS4-ECDSA-P256-SHA256",
        ),
    ],
)
def test_a_request_that_is_not_like_ours_is_left_to_boto3(
    change: dict[str, str], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = warm_up

    def changed(*arguments: object) -> object:
        request = genuine(*arguments)  # type: ignore[arg-type]
        for name, value in change.items():
            request.headers[name] = value
        return request

    monkeypatch.setattr(endpoint_module, "warm_up", changed)
    assert obstacle(resolve("us-east-1", "")) == reason


@pytest.mark.parametrize(("region", "endpoint_url"), [("", ""), ("not a region", ""), ("us-east-1", "no url")])
def test_what_can_not_be_found_is_for_a_person_to_mend(region: str, endpoint_url: str) -> None:
    with pytest.raises(SourceMisconfigured, match="region"):
        resolve(region, endpoint_url)


def test_authorities_that_can_not_be_read_are_for_a_person_to_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/does/not/exist.pem")
    with pytest.raises(SourceMisconfigured, match="AWS_CA_BUNDLE"):
        resolve("us-east-1", "")
    assert resolve("us-east-1", "http://localhost").server.tls is None, "without TLS nobody asks for them"


def test_the_authorities_are_read_once_for_all_endpoints_that_trust_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first, second = resolve("us-east-1", ""), resolve("eu-west-1", "")
    assert first.server.tls is second.server.tls
    trustme.CA().cert_pem.write_to_path(tmp_path / "own.pem")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "own.pem"))
    assert resolve("us-east-1", "").server.tls is not first.server.tls
