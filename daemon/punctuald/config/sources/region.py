"""`[[queue.region]]`: one of the regions that a queue is in, as an SQS queue of its own in each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from pydantic import ValidationInfo, field_validator

from punctuald.config.fields import required_text, text, whole
from punctuald.config.section import Section

URL = "^(https?://[^ ]+)?$"
MOST_REGIONS = 8

_OF_AWS = re.compile(
    r"^(?:sqs(?:-fips)?\.(?P<new>[a-z0-9-]+)|(?P<old>[a-z0-9-]+)\.queue)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$"
)


class RegionSettings(Section):
    """Where the queue is in one region."""

    name: str = required_text(
        "The AWS region.", pattern="^[A-Za-z0-9-]{1,40}$", allowed="a region's name, such as eu-west-1"
    )
    url: str = text(
        "", "The queue's URL there; empty = found by its name.", pattern=URL, allowed="an http(s) URL, or empty"
    )
    endpoint_url: str = text(
        "", "Another SQS endpoint than AWS's own; empty = AWS.", pattern=URL, allowed="an http(s) URL, or empty"
    )
    weight: int = whole(1, 1, 100, 'With region_order = "weight": its part of the room, beside the other weights.')

    @field_validator("url", "endpoint_url")
    @classmethod
    def _is_in_the_region(cls, url: str, info: ValidationInfo) -> str:
        return in_region(url, info.data.get("name", ""))


def in_region(url: str, region: str) -> str:
    """``url``, unless it is AWS's of another region: a client calls its own region whatever a queue's URL says, and
    receipt handles of one region are refused in another. Raises ValueError, for a validator."""
    found = region_of(url)
    if found and region and found != region:
        raise ValueError(f"is in {found}, and the region is {region}")
    return url


def region_of(url: str) -> str:
    """The region that a URL of AWS's own names; "" where it names none."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    found = _OF_AWS.match(host)
    return (found["new"] or found["old"]) if found else ""


def repeated_name(regions: Sequence[RegionSettings]) -> str:
    """The first region that is given twice; "" where none is."""
    names = [region.name for region in regions]
    return next((name for number, name in enumerate(names) if name in names[:number]), "")
