"""Celery on SQS: `celery -A celery_app worker …` with BENCH_ENDPOINT_URL and BENCH_QUEUE_URL.

A large prefetch, because tasks are short: docs.celeryq.dev, userguide/optimizing, "Prefetch Limits"; kombu asks SQS for
ten at most. `predefined_queues` and `polling_interval`: docs.celeryq.dev, "Using Amazon SQS". Results are ignored, as
"Tips and Best Practices" of userguide/tasks has it. A task is deleted before it runs, which is Celery's default.
"""

from __future__ import annotations

import os

import kombu.asynchronous.aws.connection
from celery import Celery

from benchmarks.peers import work

if "AWS_CA_BUNDLE" in os.environ:
    # kombu's own HTTP client trusts botocore's bundle alone, and has no setting for another one.
    kombu.asynchronous.aws.connection.get_cert_path = lambda _verify: os.environ["AWS_CA_BUNDLE"]
scheme, _, address = os.environ["BENCH_ENDPOINT_URL"].partition("://")
app = Celery("bench")
app.conf.update(
    broker_url=f"sqs://test:test@{address}",
    broker_transport_options={
        "region": "us-east-1",
        "predefined_queues": {
            "bench": {
                "url": os.environ["BENCH_QUEUE_URL"],
                "access_key_id": "test",
                "secret_access_key": "test",
                "region": "us-east-1",
            }
        },
        "is_secure": scheme == "https",
        "wait_time_seconds": 20,
        "polling_interval": 0,
    },
    task_default_queue="bench",
    task_ignore_result=True,
    worker_prefetch_multiplier=64,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
)
app.task(name="work", ignore_result=True)(work.do)
