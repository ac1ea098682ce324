"""docs/fleet/ for an Auto Scaling group: AWS's own model takes the policies, and moto keeps them."""

from __future__ import annotations

import importlib.util
import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.validate import ParamValidator

from doubles.source.policies import allowed_actions
from doubles.source.recorded_actions import recording
from doubles.status_documents import document
from punctuald.app.cloudwatch import data_of
from punctuald.cli.simulate.group_options import BACKLOG, WORKERS_WANTED, HostsChoice, Policy
from punctuald.config import CloudWatchSettings, PoolSettings, load
from punctuald.demo.queues import CREDENTIALS
from punctuald.demo.servers import REGION
from punctuald.process.cloudwatch.readings import WHOLE, Reading

FLEET = Path(__file__).parents[3] / "docs" / "fleet"
POLICIES = sorted(path.name for path in FLEET.glob("*.json"))
WANTED = "workers-wanted.json"


def parameters(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FLEET / name).read_text(encoding="utf-8"))
    return found


@contextmanager
def client(endpoint: str, service: str) -> Iterator[Any]:
    made = boto3.client(service, endpoint_url=endpoint, region_name=REGION, **CREDENTIALS)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def group(endpoint: str, name: str, hosts: int) -> Iterator[Any]:
    """An Auto Scaling group with so many hosts in service."""
    with client(endpoint, "autoscaling") as autoscaling:
        launch = f"launch-{name}-{uuid.uuid4().hex[:8]}"
        autoscaling.create_launch_configuration(
            LaunchConfigurationName=launch, ImageId="ami-12c6146b", InstanceType="t3.micro"
        )
        autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchConfigurationName=launch,
            MinSize=1,
            MaxSize=6,
            DesiredCapacity=hosts,
            AvailabilityZones=[f"{REGION}a"],
        )
        yield autoscaling
        autoscaling.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_is_one_by_awss_own_model(name: str) -> None:
    model = botocore.session.get_session().get_service_model("autoscaling")
    shape = model.operation_model("PutScalingPolicy").input_shape

    assert not ParamValidator().validate(parameters(name), shape).has_errors()


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_is_kept_as_it_stands_there(name: str, moto_endpoint: str) -> None:
    written = parameters(name)
    with group(moto_endpoint, written["AutoScalingGroupName"], 1) as autoscaling:
        autoscaling.put_scaling_policy(**written)
        named = {"AutoScalingGroupName": written["AutoScalingGroupName"], "PolicyNames": [written["PolicyName"]]}
        (kept,) = autoscaling.describe_policies(**named)["ScalingPolicies"]
    assert kept["PolicyType"] == "TargetTrackingScaling"
    assert kept["TargetTrackingConfiguration"]["TargetValue"] == written["TargetTrackingConfiguration"]["TargetValue"]


def test_the_target_is_what_the_page_says_of_a_host_with_the_default_pool() -> None:
    """70 % of the workers that a host may have."""
    assert tracked(WANTED)["TargetValue"] == pytest.approx(0.7 * PoolSettings().max_workers)


def test_the_targets_are_those_that_are_simulated() -> None:
    choice, pool = HostsChoice((1, 6), (Policy(WORKERS_WANTED, None), Policy(BACKLOG, None)), 90.0), PoolSettings()
    simulated = [target for _, target in choice.targets(pool.max_workers, pool.slots)]
    assert [tracked(name)["TargetValue"] for name in (WANTED, "backlog-seconds.json")] == pytest.approx(simulated)


def test_what_a_daemon_publishes_is_what_the_other_policy_tracks() -> None:
    settings = CloudWatchSettings()
    (datum,) = data_of(Reading({WHOLE: 1.5}, {}), settings)
    followed = tracked("backlog-seconds.json")["CustomizedMetricSpecification"]
    assert (followed["Namespace"], followed["MetricName"]) == (settings.namespace, datum.name)
    assert {each["Name"]: each["Value"] for each in followed["Dimensions"]} == datum.dimensions


def test_what_a_host_publishes_is_what_the_policy_tracks(
    publish: ModuleType, moto_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH", moto_endpoint)
    written = parameters(WANTED)
    with served(document()) as url:
        assert publish.main(written["AutoScalingGroupName"], url) == 0
    wanted = tracked(WANTED)["CustomizedMetricSpecification"]
    with client(moto_endpoint, "cloudwatch") as cloudwatch:
        named = {key: wanted[key] for key in ("Namespace", "MetricName", "Dimensions")}
        now = datetime.now(UTC)
        span = {"StartTime": now - timedelta(minutes=5), "EndTime": now + timedelta(minutes=5), "Period": 60}
        (point,) = cloudwatch.get_metric_statistics(**named, **span, Statistics=[wanted["Statistic"]])["Datapoints"]
    assert point["Average"] == document()["pool"]["workers_wanted"]


@pytest.mark.parametrize("pool", [{"workers_wanted": None}, {}], ids=["not known", "not there"])
def test_nothing_is_published_while_it_is_not_known(
    publish: ModuleType, pool: dict[str, None], capsys: pytest.CaptureFixture[str]
) -> None:
    with served({"pool": pool}) as url:
        assert publish.main("punctuald", url) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("publish_workers.py: nothing is published: ")


def test_a_daemon_that_does_not_answer_publishes_nothing(
    publish: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert publish.main("punctuald", "http://127.0.0.1:9/status.json") == 1
    assert "nothing is published" in capsys.readouterr().err


@contextmanager
def served(answer: Mapping[str, Any]) -> Iterator[str]:
    """A status document's URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_arguments: Any) -> None:
            """Not to stderr, which is looked at."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/status.json"
        thread.join()


def tracked(name: str) -> dict[str, Any]:
    found: dict[str, Any] = parameters(name)["TargetTrackingConfiguration"]
    return found


def loaded(name: str) -> ModuleType:
    """A script of docs/fleet/."""
    found = importlib.util.spec_from_file_location(name, FLEET / f"{name}.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture
def script() -> ModuleType:
    return loaded("write_hosts")


@pytest.fixture
def publish(aws_credentials: None) -> ModuleType:  # noqa: ARG001  # asked for what it sets, not gives
    return loaded("publish_workers")


@pytest.fixture
def at_moto(moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_ENDPOINT_URL_AUTO_SCALING", moto_endpoint)
    return moto_endpoint


def test_the_hosts_in_service_are_written_and_a_change_is_acted_on_once(
    script: ModuleType, at_moto: str, tmp_path: Path
) -> None:
    hosts, ran = tmp_path / "hosts", tmp_path / "ran"
    command = ("sh", "-c", f"echo reload >> {ran}")
    with group(at_moto, "counted", 3) as autoscaling:
        assert script.main("counted", str(hosts), *command) == 0
        assert script.main("counted", str(hosts), *command) == 0
        assert (hosts.read_text(), ran.read_text()) == ("3\n", "reload\n")
        autoscaling.set_desired_capacity(AutoScalingGroupName="counted", DesiredCapacity=2)
        assert script.main("counted", str(hosts), *command) == 0
    assert (hosts.read_text(), ran.read_text()) == ("2\n", "reload\nreload\n")


@pytest.mark.usefixtures("at_moto")
def test_a_group_that_is_not_there_changes_nothing_and_is_one_line(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("4\n")
    assert script.main("nobody", str(hosts)) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "no Auto Scaling group 'nobody'" in line
    assert hosts.read_text() == "4\n"


def test_aws_that_does_not_answer_changes_nothing(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_AUTO_SCALING", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    hosts = tmp_path / "hosts"
    hosts.write_text("4\n")
    assert script.main("counted", str(hosts)) == 1
    assert "stays as it is" in capsys.readouterr().err
    assert hosts.read_text() == "4\n"


def test_the_hosts_role_is_allowed_what_both_scripts_call_and_no_more(
    script: ModuleType, publish: ModuleType, at_moto: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH", at_moto)
    with group(at_moto, "allowed", 1), served(document()) as url, recording(everybodys=True) as recorder:
        recorder.take()  # what made the group
        assert script.main("allowed", str(tmp_path / "hosts")) == publish.main("allowed", url) == 0
        assert {call.action for call in recorder.take()} == allowed_actions("fleet-of-hosts.json")


def test_a_daemons_configuration_takes_the_number(script: ModuleType, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        '[scaling]\nhosts_file = "hosts"\n[[sla.tier]]\nname = "all"\nthreshold_seconds = 10\n'
        '[[queue]]\nname = "orders"\nhandler = "shop:handle"\n',
        encoding="utf-8",
    )
    assert script.write(tmp_path / "hosts", 5)
    assert load(config, {}).scaling.hosts == 5
