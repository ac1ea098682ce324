"""The JSON schema of the configuration, for editors and for our own messages."""

from __future__ import annotations

from typing import Any

from .settings import Settings

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """A JSON schema (draft 2020-12) of config.toml, by its TOML keys.

    Units stand in ``x-unit`` and what a pattern means in ``x-allowed``; both are annotations that validators ignore.
    """
    generated = Settings.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": DIALECT, **generated, "title": "punctuald"}
