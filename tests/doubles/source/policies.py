"""The policies of `docs/iam/`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

IAM = Path(__file__).parents[3] / "docs" / "iam"


def statements(name: str) -> Sequence[dict[str, Any]]:
    """Of one policy."""
    found: list[dict[str, Any]] = json.loads((IAM / name).read_text(encoding="utf-8"))["Statement"]
    return found


def allowed_actions(*names: str) -> set[str]:
    """By any statement of these policies."""
    return {action for name in names for statement in statements(name) for action in statement["Action"]}


def all_policies() -> list[str]:
    """Their names."""
    return sorted(path.name for path in IAM.glob("*.json"))
