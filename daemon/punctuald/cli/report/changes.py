"""What `--what-if` may say: another configuration, or changes to the one that there is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
    """The configuration as it is, and what each change makes of it, by the change as it was written."""

    as_it_is: Settings
    alternatives: Mapping[str, Settings]


def question(config_path: Path, changes: Sequence[str], environ: Mapping[str, str]) -> Question:
    """Raises `ConfigurationError`, which says what can't be."""
    as_it_is = load(config_path, environ)
    return Question(as_it_is, {change: _changed(config_path, as_it_is, environ, change) for change in changes})


def _changed(config_path: Path, as_it_is: Settings, environ: Mapping[str, str], wanted: str) -> Settings:
    """Those of another file, or those of ``config_path`` with changes."""
    if _is_file(wanted):
        config_path, changes = Path(wanted), []
    else:
        changes = [change.strip() for change in wanted.split(",")]
    variables: dict[str, str] = {}
    for change in changes:
        variables |= _variables(change, as_it_is, wanted)
    try:
        return load(config_path, {**environ, **variables})
    except ConfigurationError as error:
        raise ConfigurationError(f"--what-if {wanted}: {_of_settings(str(error))}") from None


def _of_settings(error: str) -> str:
    """In one line, and about settings: nobody but us has set the variables."""

    def setting(variable: re.Match[str]) -> str:
        return re.sub(rf"{SEPARATOR}(\d+)", r"[\1]", variable[1]).lower().replace(SEPARATOR, ".")

    named = re.sub(rf"\b{PREFIX}(\w+)", setting, error)
    return "; ".join(re.sub(r"^([\w.\[\]]+: )\1", r"\1", line) for line in named.splitlines())


def _is_file(wanted: str) -> bool:
    """Also where its name has an equals sign."""
    try:
        return "=" not in wanted or Path(wanted).is_file()
    except OSError:  # longer than a name may be
        return False


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
    # A minimum below one is one; a maximum below one is refused.
    return {_variable("pool", "min_workers"): str(max(1, least)), _variable("pool", "max_workers"): str(most)}


def _tier(name: str, settings: Settings, wanted: str) -> str:
    names = [tier.name for tier in settings.sla.tiers]
    if name not in names:
        raise ConfigurationError(f"--what-if {wanted}: there is no tier {name!r}; there are {', '.join(names)}")
    return str(names.index(name))


def _variable(*keys: str) -> str:
    return PREFIX + SEPARATOR.join(keys).upper()
