"""`python -m peers.roto_process PORT`: becomes roto's server, on 127.0.0.1."""

from __future__ import annotations

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    binary = str(Path(sys.executable).parent / "roto-server")
    os.execv(binary, [binary, "--port", sys.argv[1], "--ephemeral"])  # noqa: S606  # nothing of a shell is wanted
