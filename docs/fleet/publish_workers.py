"""Publishes how many workers this host's daemon wants, for an Auto Scaling group to follow.

    publish_workers.py GROUP [URL]

URL is the daemon's status document, http://127.0.0.1:9464/status.json by default. Region and credentials are AWS's own
settings; the role needs cloudwatch:PutMetricData. Where the daemon or AWS does not answer, nothing is published, with
status 1: no figure is no reason for an Auto Scaling group to do anything.
"""

import json
import sys
import urllib.request

import boto3
from botocore.exceptions import BotoCoreError, ClientError

NAMESPACE = "Punctuald"
METRIC = "WorkersWanted"
STATUS_URL = "http://127.0.0.1:9464/status.json"
ANSWER_SECONDS = 5


def workers_wanted(url: str) -> int:
    """Of the status document; while that is not known there is nothing to publish."""
    with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as answer:
        wanted = json.load(answer)["pool"]["workers_wanted"]
    if wanted is None:
        raise LookupError("the daemon does not know yet how many workers it wants")
    return int(wanted)


def publish(group: str, workers: int) -> None:
    dimensions = [{"Name": "AutoScalingGroupName", "Value": group}]
    datum = {"MetricName": METRIC, "Dimensions": dimensions, "Value": workers, "Unit": "Count"}
    boto3.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[datum])


def main(group: str, url: str = STATUS_URL) -> int:
    try:
        publish(group, workers_wanted(url))
    except (BotoCoreError, ClientError, LookupError, OSError, TypeError, ValueError) as error:
        print(f"publish_workers.py: nothing is published: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
