"""How long a message is hidden from others while it is ours, and when that lease is renewed."""

from __future__ import annotations

from math import ceil, floor
from typing import Literal

UNMEASURED_SECONDS = 30  # SQS's own default visibility timeout
SERVICE_MARGIN = 3
SHORTEST_SECONDS = 10  # a renewal at half life still has 5 s for slow calls and a paused process
IDLE_SECONDS = 10
LONGEST_SECONDS = 900  # a killed worker's messages come back within a quarter of an hour, however slow its handler
RENEW_AT_SHARE = 0.5
WAITING_SECONDS = 11.5 * 3600  # a message that has not started by then is released, while SQS still allows that
LONGEST_LEASE_SECONDS = 43_200  # SQS: 12 hours, extensions included, counted from the receive
LEASE_MARGIN_SECONDS = 5  # SQS counts from its own hand-out, which was before our reading of the clock


def visibility_seconds(service_p99_seconds: float | None, configured: int | Literal["auto"]) -> int:
    """The visibility timeout to ask for in ReceiveMessage, whole seconds.

    "auto" is three times the 99th percentile of the service time, within 10 to 900, and 30 until one is measured. It is
    short, because after a crash the messages stay hidden for so long; for those that take longer the lease is renewed.
    """
    if configured != "auto":
        return configured
    if service_p99_seconds is None:
        return UNMEASURED_SECONDS
    return ceil(min(max(SERVICE_MARGIN * service_p99_seconds, SHORTEST_SECONDS), LONGEST_SECONDS))


def idle_visibility_seconds(visibility_seconds: int, configured: int | Literal["auto"]) -> int:
    """What a long poll on an idle queue asks for instead of ``visibility_seconds``, unless that was configured.

    Such polls go on all day. One whose process is killed is served all the same, and what it is given stays hidden from
    everybody for so long.
    """
    return visibility_seconds if configured != "auto" else min(visibility_seconds, IDLE_SECONDS)


def extends_on_arrival(
    lease_seconds: float, service_p99_seconds: float | None, configured: int | Literal["auto"]
) -> bool:
    """Whether a lease of an idle poll is to be renewed at once, because its message will surely not be done by half of
    it. Others are renewed then, if they are not done."""
    if configured != "auto" or lease_seconds > IDLE_SECONDS:
        return False
    return service_p99_seconds is not None and service_p99_seconds > RENEW_AT_SHARE * lease_seconds


def renew_at_mono(leased_mono: float, lease_seconds: float) -> float:
    """When to renew a lease of ``lease_seconds`` that was given at ``leased_mono``: at half its life."""
    return leased_mono + RENEW_AT_SHARE * lease_seconds


def capped(
    lease_seconds: int, received_mono: float, now_mono: float, longest_seconds: float = LONGEST_LEASE_SECONDS
) -> int:
    """How much of ``lease_seconds``, from ``now_mono`` on, the source still grants for a message that was received at
    ``received_mono``, where it grants ``longest_seconds`` in all.

    0 = nothing is left: do not extend the lease then, for a visibility timeout of 0 would give the message back.
    """
    left_seconds = min(longest_seconds, LONGEST_LEASE_SECONDS) - LEASE_MARGIN_SECONDS - (now_mono - received_mono)
    return max(0, min(lease_seconds, floor(left_seconds)))
