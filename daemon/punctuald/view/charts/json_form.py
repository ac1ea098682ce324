"""A chart as JSON, for the script of a page that draws by itself. What is not known is null."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson

from .chart import Chart


def as_fields(chart: Chart) -> dict[str, Any]:
    """The fields of `Chart`, by their names; enumerations are their values."""
    return asdict(chart)


def as_json(chart: Chart) -> str:
    """The same as text. It may stand in a ``<script type="application/json">``: it has no ``<``."""
    return orjson.dumps(as_fields(chart)).decode().replace("<", "\\u003c")
