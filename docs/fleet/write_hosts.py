"""Writes how many hosts of an Auto Scaling group are in service, for `[scaling] hosts_file`, and has it read when it
has changed.

    write_hosts.py GROUP FILE [COMMAND...]

COMMAND is run after a change: `systemctl reload punctuald`, say. Region and credentials are AWS's own settings; the
role needs autoscaling:DescribeAutoScalingGroups. Where AWS does not answer, the file stays as it is, with status 1.
"""

import subprocess
import sys
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

IN_SERVICE = "InService"


def hosts_in_service(group: str) -> int:
    """At least 1: this one is among them, whether the group has noticed or not."""
    answer = boto3.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[group])
    if not answer["AutoScalingGroups"]:
        raise LookupError(f"there is no Auto Scaling group {group!r} in this region")
    instances = answer["AutoScalingGroups"][0]["Instances"]
    return max(1, sum(instance["LifecycleState"] == IN_SERVICE for instance in instances))


def write(path: Path, hosts: int) -> bool:
    """Whether that changed anything. Whole at once: the daemon may read it at any moment."""
    text = f"{hosts}\n"
    if path.exists() and path.read_text() == text:
        return False
    new = path.with_name(f"{path.name}.new")
    new.write_text(text)
    new.replace(path)
    return True


def main(group: str, path: str, *command: str) -> int:
    try:
        changed = write(Path(path), hosts_in_service(group))
    except (BotoCoreError, ClientError, LookupError, OSError) as error:
        print(f"write_hosts.py: {path} stays as it is: {error}", file=sys.stderr)
        return 1
    return subprocess.run(command, check=False).returncode if changed and command else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
