"""The environment that the demo and its daemon run in: without a real AWS account, and without a proxy."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from .servers import TEST_CREDENTIALS

WITHHELD = frozenset({"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"})
"""Left out: botocore fails on a profile that it can't find, even where credentials are given, and a real session token
must not be sent to a test server."""
NOWHERE = os.devnull
"""As a runtime directory: one that is none and can't be made, so that a daemon has no control socket."""


@contextmanager
def sandboxed(endpoint_url: str) -> Iterator[None]:
    """Make this process's environment fit for the server at ``endpoint_url``, which takes any credentials."""
    before = dict(os.environ)
    _replace(sandbox_environment(before, endpoint_url))
    try:
        yield
    finally:
        _replace(before)


def sandbox_environment(environ: Mapping[str, str], endpoint_url: str) -> dict[str, str]:
    """``environ`` with test credentials alone, and the server reached directly.

    A daemon that is started with it leaves nothing in the machine's own runtime directory.
    """
    kept = {name: value for name, value in environ.items() if name not in WITHHELD}
    direct = [environ.get("no_proxy") or environ.get("NO_PROXY", ""), urlsplit(endpoint_url).hostname or ""]
    # In small letters, because urllib prefers those to NO_PROXY.
    return {**kept, **TEST_CREDENTIALS, "no_proxy": ",".join(filter(None, direct)), "XDG_RUNTIME_DIR": NOWHERE}


def _replace(environ: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environ)
