"""Our signatures against botocore's own signer: equal to the byte, whatever is signed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st

from punctuald.source.aws.signed_json.sigv4 import Credentials, Signer, Signing, amz_date

WORDS = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=20)
NAMES = WORDS.map(lambda word: f"x-{word.lower()}").filter(lambda name: name not in auth.SIGNED_HEADERS_BLACKLIST)
VALUES = st.text(st.characters(codec="latin-1", exclude_categories=("Cc", "Cf", "Zl", "Zp")), max_size=40)
SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)
TOKENS = st.none() | SECRETS
REGIONS = st.from_regex(r"[a-z]{2,4}(-[a-z]{1,9}){1,2}-[1-9]", fullmatch=True)
MOMENTS = st.integers(0, 4_102_444_799)  # up to the year 2100
CREDENTIALS = st.builds(Credentials, WORDS, SECRETS, TOKENS)


def botocores(
    credentials: Credentials, region: str, service: str, utc: int, headers: Mapping[str, str], payload: bytes
) -> str:
    """The Authorization header that botocore makes."""
    given_headers = {name: value for name, value in headers.items() if name not in {"x-amz-date", "host"}}
    request = AWSRequest("POST", f"https://{headers['host']}/", headers=given_headers, data=payload)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "get_current_datetime", lambda: datetime.fromtimestamp(utc, UTC))
        auth.SigV4Auth(BotocoreCredentials(*credentials), service, region).add_auth(request)
    return str(request.headers["Authorization"])


def signed_headers(credentials: Credentials, utc: int, extra: Mapping[str, str]) -> dict[str, str]:
    token = {"x-amz-security-token": credentials.token} if credentials.token else {}
    return {**extra, "host": "sqs.example", "x-amz-date": amz_date(utc), **token}


def authorization(signing: Signing, payload: bytes) -> str:
    """The header's value, put together as a request has it."""
    return signing.introduction + signing.signature(payload)


@given(
    credentials=CREDENTIALS,
    region=REGIONS,
    service=WORDS,
    utc=MOMENTS,
    extra=st.dictionaries(NAMES, VALUES, max_size=6),
    payload=st.binary(max_size=300),
)
def test_a_signature_is_botocores(
    credentials: Credentials, region: str, service: str, utc: int, extra: dict[str, str], payload: bytes
) -> None:
    headers = signed_headers(credentials, utc, extra)
    ours = authorization(Signer(region, service).prepare(credentials, amz_date(utc), headers), payload)
    assert ours == botocores(credentials, region, service, utc, headers, payload)


@given(signings=st.lists(st.tuples(CREDENTIALS, MOMENTS), min_size=2, max_size=6), again=st.data())
def test_a_kept_key_never_signs_for_another_day_or_secret(
    signings: list[tuple[Credentials, int]], again: st.DataObject
) -> None:
    signer = Signer("eu-west-1", "sqs")
    for credentials, utc in [*signings, *again.draw(st.permutations(signings))]:
        headers = signed_headers(credentials, utc, {})
        ours = authorization(signer.prepare(credentials, amz_date(utc), headers), b"{}")
        assert ours == botocores(credentials, "eu-west-1", "sqs", utc, headers, b"{}")
