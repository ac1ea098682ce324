"""What a command needs beyond what every installation has: another package, or Linux. Else it is one sentence."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import sys
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from punctuald.demo.servers import installed
from punctuald.errors import ConfigurationError

PACKAGE = "punctuald"


def need_linux(what: str) -> None:
    """Raise `ConfigurationError` on any other system: processes and sockets are asked for what only Linux has."""
    if sys.platform != "linux":
        raise ConfigurationError(f"{what} needs Linux, and this is {sys.platform}")


def need_modules(what: str, modules: Sequence[str], extra: str) -> None:
    """Raise `ConfigurationError` where some of ``modules`` are not installed, with how ``extra`` brings them."""
    missing = [name for name in modules if not _is_installed(name)]
    if missing:
        raise ConfigurationError(f"{what} needs {', '.join(missing)}: {how_to_install(extra)}")


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package that it is in
        return False


def need_program(what: str, program: str, extra: str) -> None:
    """Raise `ConfigurationError` where a program that ``extra`` brings is not installed."""
    if installed(program) is None:
        raise ConfigurationError(f"{what} needs {program}: {how_to_install(extra)}")


def how_to_install(extra: str) -> str:
    """The command that adds ``extra`` to this installation, from wherever that came: a clone, a wheel or an index."""
    return f"{sys.executable} -m pip install '{_origin()}[{extra}]'"


def _origin() -> str:
    """The clone or the wheel that we were installed from (PEP 610), else our name: then an index has us."""
    try:
        written = importlib.metadata.distribution(PACKAGE).read_text("direct_url.json")
        url = urlsplit(json.loads(written or "{}").get("url", ""))
    except (importlib.metadata.PackageNotFoundError, ValueError, AttributeError):
        return PACKAGE
    return unquote(url.path) if url.scheme == "file" else PACKAGE
