"""The environment that the demo and its daemon run in: nobody's AWS account, and no way round through a proxy."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from .servers import TEST_CREDENTIALS

PROFILES = frozenset({"AWS_PROFILE", "AWS_DEFAULT_PROFILE"})
"""Left out: botocore fails on a profile that it can't find, even where credentials are given."""


def sandbox_environment(environ: Mapping[str, str], endpoint_url: str) -> dict[str, str]:
    """``environ`` made fit for talking to the server at ``endpoint_url``, which takes any credentials."""
    kept = {name: value for name, value in environ.items() if name not in PROFILES}
    direct = [environ.get("no_proxy") or environ.get("NO_PROXY", ""), urlsplit(endpoint_url).hostname or ""]
    # The small letters: urllib looks at them first, and takes no second look.
    return {**kept, **TEST_CREDENTIALS, "no_proxy": ",".join(filter(None, direct))}
