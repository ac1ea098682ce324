"""A Prometheus that scrapes a daemon each second, by the rules that we ship."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import orjson

from peers.programs.debian import unpacked
from peers.programs.ports import free_ports
from peers.programs.process import Program

RULES = Path(__file__).parents[3] / "docs" / "monitoring" / "rules.yml"
START_SECONDS = 60.0
LOOK_SECONDS = 0.1
CONFIGURATION = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{rules}]
scrape_configs:
  - job_name: punctuald
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


def program(name: str) -> Path:
    """`prometheus` or `promtool`. Raises `NotToBeHad`."""
    return unpacked("prometheus") / "usr" / "bin" / name


class Prometheus(Program):
    """``daemon_port``: where the daemon's metrics are."""

    def __init__(self, directory: Path, daemon_port: int) -> None:
        super().__init__(directory / "prometheus.log")
        self._directory = directory
        [self._port] = free_ports(1)
        self._daemon_port = daemon_port

    def start(self) -> None:
        """Returns when it answers."""
        config = self._directory / "prometheus.yml"
        config.write_text(CONFIGURATION.format(rules=RULES, port=self._daemon_port))
        self._process.start(
            [
                str(program("prometheus")),
                f"--config.file={config}",
                f"--storage.tsdb.path={self._directory / 'data'}",
                f"--web.listen-address=127.0.0.1:{self._port}",
            ]
        )
        give_up_mono = time.monotonic() + START_SECONDS
        while not self._is_ready():
            assert self._process.is_alive, self._process.last_words()
            assert time.monotonic() < give_up_mono, self._process.last_words()
            time.sleep(LOOK_SECONDS)

    def query(self, expression: str) -> Sequence[Any]:
        """Its samples now. Fails where it is no PromQL."""
        return self._api("query", query=expression)["result"]  # type: ignore[no-any-return]

    def value(self, expression: str) -> float | None:
        """The only sample's; None where there is none."""
        samples = self.query(expression)
        return float(samples[0]["value"][1]) if len(samples) == 1 else None

    def rules(self) -> Sequence[Any]:
        """All, with what came of their last evaluation."""
        return [rule for group in self._api("rules")["groups"] for rule in group["rules"]]

    def target(self) -> Any:
        """What came of the last scrape."""
        [target] = self._api("targets")["activeTargets"]
        return target

    def _api(self, what: str, **arguments: str) -> Any:
        answer = self._get(f"/api/v1/{what}?{urlencode(arguments)}")
        return orjson.loads(answer)["data"]

    def _get(self, path: str) -> bytes:
        with urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=10) as answer:
            found: bytes = answer.read()
        return found

    def _is_ready(self) -> bool:
        try:
            self._get("/-/ready")
        except OSError:
            return False
        return True
