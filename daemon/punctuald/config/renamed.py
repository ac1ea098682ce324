"""Settings that had another name once: whoever still writes the old name is shown the new one."""

from __future__ import annotations

from .problem import KeyPath

NEW_NAMES: dict[tuple[str, ...], str] = {
    ("scaling", "depth_interval_seconds"): "backlog_interval_seconds",
    ("pool", "fast_death_seconds"): "young_death_seconds",
    ("logging", "snapshot_interval_seconds"): "interval_seconds",
    ("pool", "fatal_after_fast_deaths"): "fatal_after_young_deaths",
}
"""New names by old path. A path has no indexes of list entries, so that one line holds for all entries."""


def new_name(path: KeyPath) -> str | None:
    """What the setting at ``path`` is called now; None where it was never renamed."""
    return NEW_NAMES.get(tuple(part for part in path if isinstance(part, str)))
