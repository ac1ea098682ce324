"""What parts of a configuration stand on that is not installed by default."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from punctuald.config import Settings
from punctuald.errors import ConfigurationError

from .sources.extras import KAFKA, KINESIS, need_extra

_OF_THE_PAGE = ("starlette", "uvicorn")


def need_extras(settings: Settings, config_path: Path) -> None:
    """Raises `ConfigurationError` where something is configured and not what it needs, with what to install."""
    need_extra(KAFKA, settings.topics, config_path)
    need_extra(KINESIS, settings.streams, config_path)
    need_web_extra(settings.web.listen, config_path)


def need_web_extra(listen: str, config_path: Path) -> None:
    """Raises `ConfigurationError` where there is to be a page and not what serves it. It is looked for and not
    imported: only the observer needs it, and the supervisor, which asks this, would pass it on to all workers."""
    missing = [name for name in _OF_THE_PAGE if listen and find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            f"{config_path}: web.listen needs the extra `web`: pip install 'punctuald[web]' "
            f"(there is no {' and no '.join(missing)})"
        )
