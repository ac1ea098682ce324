"""What of AWS's own settings the tests of sources start from."""

from __future__ import annotations

import pytest


@pytest.fixture
def a_proxy_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before all addresses but this machine's: only boto3 goes through it. Credentials are there, and no region."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
