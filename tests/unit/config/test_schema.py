"""The JSON schema agrees with what is accepted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli

from punctuald.config import json_schema

jsonschema = pytest.importorskip("jsonschema")  # comes with moto's server
EXAMPLE = tomli.loads((Path(__file__).parents[3] / "config.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return json_schema()


def test_it_is_a_schema_of_draft_2020_12(schema: dict[str, Any]) -> None:
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


def test_the_example_file_satisfies_it(schema: dict[str, Any]) -> None:
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(EXAMPLE)) == []


def test_a_file_with_a_misspelt_key_does_not_satisfy_it(schema: dict[str, Any]) -> None:
    wrong = {**EXAMPLE, "pool": {"slotz": 3}}
    (error,) = jsonschema.Draft202012Validator(schema).iter_errors(wrong)
    assert "slotz" in error.message


def test_no_table_takes_other_keys(schema: dict[str, Any]) -> None:
    tables = [schema, *schema["$defs"].values()]
    assert [table["additionalProperties"] for table in tables] == [False] * 13


def test_every_setting_has_its_meaning_and_every_duration_its_unit(schema: dict[str, Any]) -> None:
    for table in schema["$defs"].values():
        for name, setting in table["properties"].items():
            assert setting["description"], name
            assert setting.get("x-unit") == "seconds" or not name.endswith("_seconds"), name


def test_only_what_must_be_given_has_no_default(schema: dict[str, Any]) -> None:
    bare = {
        name
        for table in schema["$defs"].values()
        for name, setting in table["properties"].items()
        if "default" not in setting
    }
    assert bare == {"name", "handler", "threshold_seconds", "from", "until", "brokers", "client"}
