"""The libraries that some kinds of sources stand on, which are not installed by default."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from punctuald.config import SourceSettings
from punctuald.errors import ConfigurationError

KAFKA, KINESIS = "kafka", "kinesis"


def need_extra(extra: str, sources: Sequence[SourceSettings], config_path: Path) -> None:
    """Raises `ConfigurationError` where there are such sources and not what they stand on. ``extra`` is also the name
    of their room. It is imported here, for workers to inherit."""
    if sources:
        try:
            import_module(f"punctuald.source.{extra}.source")
        except ImportError as error:
            where = f"{config_path}: {sources[0].kind}[0] ({sources[0].name})"
            needs = f"needs the extra `{extra}`: pip install 'punctuald[{extra}]'"
            raise ConfigurationError(f"{where}: {needs} ({error})") from None
