"""TOML → validated settings; everything that is wrong is reported at once, each fault with its key and line."""

from .load import load
from .monitoring import CloudWatchSettings, HttpSettings, host_and_port
from .schema import json_schema
from .settings import LoggingSettings, PoolSettings, ScalingSettings, Settings
from .sources.queue import QueueSettings
from .sources.region import RegionSettings
from .sources.source import SourceSettings
from .sources.stream import StreamSettings
from .sources.topic import TopicSettings
from .tiers import SlaSettings, TierSettings, calendar_of, tier_of

__all__ = [
    "CloudWatchSettings",
    "HttpSettings",
    "LoggingSettings",
    "PoolSettings",
    "QueueSettings",
    "RegionSettings",
    "ScalingSettings",
    "Settings",
    "SlaSettings",
    "SourceSettings",
    "StreamSettings",
    "TierSettings",
    "TopicSettings",
    "calendar_of",
    "host_and_port",
    "json_schema",
    "load",
    "tier_of",
]
