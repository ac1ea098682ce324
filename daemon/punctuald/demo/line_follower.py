"""Follows a text file that other processes are still appending to."""

from __future__ import annotations

from pathlib import Path


class LineFollower:
    """Gives each finished line once. A line counts as finished when its newline is there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def new_lines(self) -> list[bytes]:
        """The lines finished since the last call, without blank ones; none while the file does not exist."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                text = file.read()
        except FileNotFoundError:
            return []
        finished = text[: text.rfind(b"\n") + 1]
        self._offset += len(finished)
        return [line for line in finished.splitlines() if line.strip()]
