"""For sources whose requests are nobody's business."""

from __future__ import annotations

from punctuald.model import Counter


def count_nothing(_: Counter) -> None:
    """A source calls it for each of its requests."""
