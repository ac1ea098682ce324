"""Takes out of a server's words what it repeats of the request: they go into the log.

AWS quotes the receipt handle that it refuses, and with a signature that it refuses the whole request as it should have
been signed, the session's token among its headers.
"""

from __future__ import annotations

import re

LEFT_OUT = "…"

_TOKEN_HEADER = re.compile(r"(x-amz-security-token\s*[:=]\s*)\S+", re.IGNORECASE)
_QUOTED_HANDLE = re.compile(r"(receipt handle\W{1,3})[^\s\"']{20,}", re.IGNORECASE)
_HANDLE_AS_VALUE = re.compile(r"(\bvalue\s+)\S+(\s+for parameter ReceiptHandle)", re.IGNORECASE)
_OPAQUE = re.compile(r"[A-Za-z0-9+/=_%-]{128,}")
"""Longer than any name, and than the path of any queue's URL: a handle or a token, whatever was said around it."""


def without_secrets(text: str) -> str:
    """``text`` without receipt handles and tokens."""
    text = _TOKEN_HEADER.sub(rf"\1{LEFT_OUT}", text)
    text = _HANDLE_AS_VALUE.sub(rf"\1{LEFT_OUT}\2", text)
    text = _QUOTED_HANDLE.sub(rf"\1{LEFT_OUT}", text)
    return _OPAQUE.sub(LEFT_OUT, text)
