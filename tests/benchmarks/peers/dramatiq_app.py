"""dramatiq on dramatiq_sqs: `dramatiq dramatiq_app --processes N --threads 8` with BENCH_ENDPOINT_URL.

The middleware is the one of dramatiq_sqs's README, less Prometheus (a server of its own) and Pipelines and Callbacks
(not used here); 8 threads are dramatiq's default.
"""

from __future__ import annotations

import os

import dramatiq
from dramatiq.middleware import AgeLimit, Retries, TimeLimit
from dramatiq_sqs import SQSBroker

from benchmarks.peers import work

broker = SQSBroker(
    endpoint_url=os.environ["BENCH_ENDPOINT_URL"],
    middleware=[AgeLimit(), TimeLimit(), Retries(min_backoff=1_000, max_backoff=900_000, max_retries=96)],
)
dramatiq.set_broker(broker)
dramatiq.actor(work.do, actor_name="work", queue_name="bench")
