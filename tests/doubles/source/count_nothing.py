"""For sources whose requests are nobody's business."""

from __future__ import annotations

from punctuald.model import Metric


def count_nothing(_: Metric) -> None:
    """A source calls it for each of its requests."""
