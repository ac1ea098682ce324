"""Builds what says when a worker is to be replaced."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from punctuald.delivery.handler_pool import HandlerPool
from punctuald.policy.pool.recycling import DESCRIPTOR_SHARE, RecyclingRules
from punctuald.process.worker.descriptors import descriptor_limit, open_descriptors
from punctuald.process.worker.memory import own_memory_bytes
from punctuald.process.worker.recycling import Recycling

from .outline import Outline


def recycling_of(outline: Outline, pools: Sequence[HandlerPool], forked_mono: float) -> Recycling:
    """Counts from now on; with a jitter of its own."""
    return Recycling(
        _recycling_rules(outline),
        Random().random(),  # noqa: S311 - spreads restarts, guards nothing
        pools=pools,
        clock=outline.clock,
        forked_mono=forked_mono,
        own_memory_bytes=own_memory_bytes,
        open_descriptors=open_descriptors,
    )


def _recycling_rules(outline: Outline) -> RecyclingRules:
    pool = outline.settings.pool
    return RecyclingRules(
        after_messages=pool.recycle_after_messages,
        after_seconds=pool.recycle_after_seconds,
        growth_bytes=pool.recycle_growth_mb * 1024 * 1024,
        memory_bytes=pool.recycle_memory_mb * 1024 * 1024,
        descriptors=int(DESCRIPTOR_SHARE * (descriptor_limit() or 0)),
        jitter_share=pool.recycle_jitter,
    )
