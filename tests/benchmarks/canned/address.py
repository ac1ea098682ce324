"""Where the canned server listens: this machine alone."""

from __future__ import annotations

LOOPBACK = "127.0.0.1"
