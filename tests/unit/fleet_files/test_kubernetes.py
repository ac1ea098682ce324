"""docs/fleet/ for Kubernetes: nothing of it can be run here, so it is held together by its names and numbers."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from doubles.stats.daemon_on_a_board import read_daemon, written_board
from doubles.status_documents import document
from punctuald.config import Settings, load
from punctuald.view.metrics import page

ROOT = Path(__file__).parents[3]
FLEET = ROOT / "docs" / "fleet"
UNIT = (ROOT / "systemd" / "punctuald.service").read_text(encoding="utf-8")
SCALED = ("keda-prometheus.yaml", "keda-metrics-api.yaml")
SPEC_FIELDS = {
    "scaleTargetRef", "pollingInterval", "cooldownPeriod", "minReplicaCount", "maxReplicaCount", "fallback", "advanced",
    "triggers",
}  # fmt: skip
"""Of a ScaledObject (keda.sh/docs, ScaledObject specification), as far as one may want them here."""

TRIGGER_FIELDS = {
    "prometheus": {"serverAddress", "query", "threshold", "ignoreNullValues"},
    "metrics-api": {"url", "valueLocation", "targetValue"},
}
"""Metadata of these scalers, by their types (keda.sh/docs, Scalers)."""


def objects(name: str) -> dict[str, dict[str, Any]]:
    """By their kinds."""
    loaded = list(yaml.safe_load_all((FLEET / name).read_text(encoding="utf-8")))
    assert len({each["kind"] for each in loaded}) == len(loaded)
    return {each["kind"]: each for each in loaded}


MANIFEST = objects("kubernetes.yaml")
POD: dict[str, Any] = MANIFEST["Deployment"]["spec"]["template"]
(CONTAINER,) = POD["spec"]["containers"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Those of the manifest's ConfigMap."""
    config = tmp_path / "config.toml"
    config.write_text(MANIFEST["ConfigMap"]["data"]["config.toml"], encoding="utf-8")
    return load(config, {})


def trigger(name: str) -> dict[str, Any]:
    (only,) = objects(name)["ScaledObject"]["spec"]["triggers"]
    found: dict[str, Any] = only
    return found


def test_all_of_it_is_one_application() -> None:
    labels = {"app": "punctuald"}
    assert all(each["metadata"]["labels"] == labels for each in MANIFEST.values())
    assert POD["metadata"]["labels"] == MANIFEST["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    assert MANIFEST["Service"]["spec"]["selector"] == labels
    assert POD["spec"]["serviceAccountName"] == MANIFEST["ServiceAccount"]["metadata"]["name"]


def test_probes_and_service_ask_where_the_daemon_listens(settings: Settings) -> None:
    (port,) = CONTAINER["ports"]
    assert settings.http.listen == f"0.0.0.0:{port['containerPort']}"
    (served,) = MANIFEST["Service"]["spec"]["ports"]
    assert (served["port"], served["targetPort"]) == (port["containerPort"], port["name"])
    probes = [CONTAINER[kind]["httpGet"] for kind in ("readinessProbe", "livenessProbe")]
    assert [(probe["path"], probe["port"]) for probe in probes] == [("/readyz", "http"), ("/healthz", "http")]


def test_a_pod_has_as_long_to_end_as_the_unit() -> None:
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", UNIT, re.MULTILINE)
    assert POD["spec"]["terminationGracePeriodSeconds"] == int(seconds)


def test_a_read_only_root_has_room_for_what_the_daemon_writes() -> None:
    assert CONTAINER["securityContext"]["readOnlyRootFilesystem"]
    mounted = {mount["mountPath"]: mount["name"] for mount in CONTAINER["volumeMounts"]}
    writable = {volume["name"] for volume in POD["spec"]["volumes"] if "emptyDir" in volume}
    assert {mounted[path] for path in ("/run/punctuald", tempfile.gettempdir())} == writable
    assert "XDG_RUNTIME_DIR=/run/punctuald" in (FLEET / "Containerfile").read_text(encoding="utf-8")


def test_the_number_of_pods_is_kedas_alone() -> None:
    assert "replicas" not in MANIFEST["Deployment"]["spec"]


@pytest.mark.parametrize("name", SCALED)
def test_a_scaled_object_has_kedas_fields_and_scales_this_deployment(name: str) -> None:
    scaled = objects(name)["ScaledObject"]
    assert scaled["apiVersion"] == "keda.sh/v1alpha1"
    assert scaled.keys() == {"apiVersion", "kind", "metadata", "spec"}
    assert scaled["spec"].keys() <= SPEC_FIELDS
    assert scaled["spec"]["scaleTargetRef"] == {"name": MANIFEST["Deployment"]["metadata"]["name"]}
    found = trigger(name)
    assert found.keys() == {"type", "metricType", "metadata"}
    assert found["metadata"].keys() == TRIGGER_FIELDS[found["type"]]
    assert all(isinstance(value, str) for value in found["metadata"].values()), "metadata is text, all of it"


def test_the_path_into_the_status_document_leads_to_a_number() -> None:
    metadata = trigger("keda-metrics-api.yaml")["metadata"]
    assert metadata["url"].endswith("/status.json")
    found: Any = document()
    for part in metadata["valueLocation"].split("."):
        found = found[part]
    assert type(found) is int


def test_the_query_is_over_metrics_that_there_are() -> None:
    published = {family.name for family in page.families(read_daemon(written_board()), document())}
    asked = re.findall(r"punctuald_\w+", trigger("keda-prometheus.yaml")["metadata"]["query"])
    assert asked
    assert set(asked) <= published


def test_both_want_the_same_of_a_pod(settings: Settings) -> None:
    """The threshold of the one is an average over pods, and of the other a pod's own."""
    thresholds = [
        float(trigger("keda-prometheus.yaml")["metadata"]["threshold"]),
        float(trigger("keda-metrics-api.yaml")["metadata"]["targetValue"]),
    ]
    assert thresholds == [pytest.approx(0.7 * settings.pool.max_workers)] * 2
    assert [trigger(name)["metricType"] for name in SCALED] == ["AverageValue", "Value"]


def test_signals_reach_the_supervisor_in_the_image() -> None:
    """A shell in front of it would keep SIGTERM for itself."""
    lines = (FLEET / "Containerfile").read_text(encoding="utf-8").splitlines()
    instructions = {line.split()[0]: line for line in lines if re.match(r"[A-Z]+ ", line)}
    assert instructions["ENTRYPOINT"] == 'ENTRYPOINT ["punctuald"]'
    assert instructions["CMD"] == 'CMD ["run", "-c", "/etc/punctuald/config.toml"]'
    assert instructions["USER"] == "USER 10001"
