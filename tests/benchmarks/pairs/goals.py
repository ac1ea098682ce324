"""What ours is to reach of the others, as a multiple of theirs: by messages a second, and by messages a CPU-second."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from benchmarks.canned.wire import Wire

Goals = Mapping[str, float]
NONE: Goals = MappingProxyType({})

NEAR_EFFICIENCY: Goals = MappingProxyType(
    {"floor": 0.6, "boto3-loop": 8.0, "fanferro": 2.5, "go-sdk": 1.6, "rust-sdk": 1.0}
)
FAR_EFFICIENCY: Goals = MappingProxyType({"go-sdk": 1.6, "rust-sdk": 1.0})
# Of the best Python peer five times: that is five times each one's.
FAR_SPEED: Goals = MappingProxyType(
    dict.fromkeys(("boto3-loop", "celery", "dramatiq", "sqs-workers", "fanferro"), 5.0)
    | {"go-sdk": 1.8, "rust-sdk": 1.8}
)


def efficiency_goals(wire: Wire) -> Goals:
    """By contestant, where there is one: near and plain, or far and over TLS."""
    if wire.authority is None:
        return NONE if wire.latency_seconds else NEAR_EFFICIENCY
    return FAR_EFFICIENCY if wire.latency_seconds else NONE


def speed_goals(wire: Wire) -> Goals:
    """By contestant, where there is one: far and over TLS only."""
    return FAR_SPEED if wire.latency_seconds and wire.authority is not None else NONE
