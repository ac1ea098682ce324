"""Becomes another program: `tethered` runs Python modules only, and its tie to the parent outlives an exec."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - no shell is wanted
