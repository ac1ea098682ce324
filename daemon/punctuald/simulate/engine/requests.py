"""How many calls to SQS a run would have made: an estimate, by the daemon's own rules of receiving and deleting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from punctuald.policy.advice.prices import LIST_PRICES, MILLION
from punctuald.policy.receive.prefetch import TRAFFIC_WAIT_SECONDS, budget, room
from punctuald.policy.scaling.observation import FULL_SHARE
from punctuald.ports import SQS_LARGEST_BATCH
from punctuald.simulate.trace.stamps import Seconds

from .recorder import Recorder
from .setup import Setup


@dataclass(frozen=True, slots=True)
class Requests:
    """Calls by kind."""

    receives: int
    empty_receives: int
    deletes: int
    depth_reads: int

    @property
    def total(self) -> int:
        """The number of all calls."""
        return self.receives + self.empty_receives + self.deletes + self.depth_reads

    @property
    def dollars(self) -> float:
        """What they cost at the list price of a standard queue."""
        return self.total * LIST_PRICES.standard / MILLION


def estimate_requests(
    recorder: Recorder, ended_seconds: Seconds, redelivered: int, seconds: float, setup: Setup
) -> Requests:
    """The calls behind the messages of a run.

    While all slots have work, a receive brings as many messages as `policy.delivery.prefetch.room` waits for. While a
    slot is idle, a long poll is answered by the very next message: one message a call, which is the upper bound.
    Workers that get nothing in a step poll in vain, for two seconds each. Deletes wait for the linger time to share a
    call: a worker that finishes m messages a second sends one call for ``1 + m * linger`` of them, at most ten. Leases
    are longer than handlers take, so none is renewed.
    """
    step = setup.step_seconds
    steps = len(recorder.ready)
    done = np.bincount(np.minimum((ended_seconds / step).astype(np.int64), steps - 1), minlength=steps).astype(float)
    done *= 1 + redelivered / max(1, len(ended_seconds))
    ready = np.maximum(np.asarray(recorder.ready, dtype=float), 1)
    full = np.asarray(recorder.busy_slots) >= FULL_SHARE * setup.slots * ready
    receives = done / np.where(full, _full_batch(setup), 1)
    empty = np.maximum(0.0, ready - done) * step / np.where(done > 0, TRAFFIC_WAIT_SECONDS, setup.wait_seconds)
    each = done / step / ready
    deletes = done / np.minimum(SQS_LARGEST_BATCH, 1 + each * setup.ack_linger_seconds)
    depth_reads = seconds / setup.depth.interval_seconds if setup.depth else 0.0
    return Requests(round(receives.sum()), round(empty.sum()), round(deletes.sum()), round(depth_reads))


def _full_batch(setup: Setup) -> int:
    most = budget(setup.slots, setup.service.mean_seconds, setup.lookahead_seconds, 0.0, setup.prefetch_limit)
    asked = (
        room(most, most - free, slot_is_idle=False, largest_receive=SQS_LARGEST_BATCH) for free in range(1, most + 1)
    )
    return next(filter(None, asked))
