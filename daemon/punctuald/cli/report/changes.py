"""What `--what-if` may say: another configuration, or changes to the one that there is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from punctuald.config import Settings, load
from punctuald.config.overrides import PREFIX, SEPARATOR
from punctuald.errors import ConfigurationError

_WORKERS = re.compile(r"([+-]?)(\d{1,4})")
_TIER = "tier."
USAGE = (
    "a configuration's FILE, or changes such as workers=+1 (as many more, at the least and at the most), workers=5, "
    "tier.NAME=SECONDS, pool.slots=8, several with commas between them"
)


@dataclass(frozen=True, slots=True)
class Question:
    """``changes`` as they were written, to the configuration in ``config_path``."""

    config_path: Path
    changes: tuple[str, ...]

    def settings(self, environ: Mapping[str, str]) -> tuple[Settings, tuple[Settings, ...]]:
        """As it is, and with each change. Raises `ConfigurationError`."""
        as_it_is = load(self.config_path, environ)
        return as_it_is, tuple(changed(self.config_path, environ, change) for change in self.changes)


def changed(config_path: Path, environ: Mapping[str, str], wanted: str) -> Settings:
    """The settings that ``wanted`` means: those of another file, or those of ``config_path`` with changes. Raises
    `ConfigurationError`, which says what can't be."""
    if "=" not in wanted:
        return load(Path(wanted), environ)
    settings = load(config_path, environ)
    variables: dict[str, str] = {}
    for change in wanted.split(","):
        variables |= _variables(change.strip(), settings, wanted)
    try:
        return load(config_path, {**environ, **variables})
    except ConfigurationError as error:
        raise ConfigurationError(f"--what-if {wanted}: {error}") from None


def _variables(change: str, settings: Settings, wanted: str) -> dict[str, str]:
    setting, _, value = change.partition("=")
    if setting == "workers":
        return _workers(value, settings, wanted)
    if setting.startswith(_TIER):
        place = _tier(setting.removeprefix(_TIER), settings, wanted)
        return {_variable("sla", "tier", place, "threshold_seconds"): value}
    if not re.fullmatch(r"[a-z_]+(\.[a-z0-9_]+)+", setting) or not value:
        raise ConfigurationError(f"--what-if {wanted}: {change!r} is no change: {USAGE}")
    return {_variable(*setting.split(".")): value}


def _workers(value: str, settings: Settings, wanted: str) -> dict[str, str]:
    found = _WORKERS.fullmatch(value)
    if found is None:
        raise ConfigurationError(f"--what-if {wanted}: workers={value!r}: +1, -1 and 5 are such numbers")
    sign, number = found[1], int(found[2])
    by = -number if sign == "-" else number
    least, most = (bound + by if sign else number for bound in (settings.pool.min_workers, settings.pool.max_workers))
    # Fewer than there are at the least: then there is one.
    return {_variable("pool", "min_workers"): str(max(1, least)), _variable("pool", "max_workers"): str(most)}


def _tier(name: str, settings: Settings, wanted: str) -> str:
    names = [tier.name for tier in settings.sla.tiers]
    if name not in names:
        raise ConfigurationError(f"--what-if {wanted}: there is no tier {name!r}; there are {', '.join(names)}")
    return str(names.index(name))


def _variable(*keys: str) -> str:
    return PREFIX + SEPARATOR.join(keys).upper()
