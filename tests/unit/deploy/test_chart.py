"""The Helm chart, as far as it can be read without Helm; `make e2e-kubernetes` renders it."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.conftest import ROOT
from verifier.version import __version__

CHART = ROOT / "deploy" / "helm" / "verify"
BASE = ROOT / "deploy" / "kubernetes" / "base"


def read(name: str) -> Any:
    return yaml.safe_load((CHART / name).read_text())


def test_the_chart_is_of_this_version() -> None:
    chart = read("Chart.yaml")
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)


def test_the_defaults_are_those_of_the_manifests() -> None:
    values = read("values.yaml")
    assert values["configuration"] == yaml.safe_load((BASE / "configuration.yaml").read_text())
    assert values["policies"]["policy.yaml"] == (BASE / "policy.yaml").read_text()
    deployment = yaml.safe_load((BASE / "deployment.yaml").read_text())["spec"]
    assert values["replicas"] == deployment["replicas"]
    assert values["resources"] == deployment["template"]["spec"]["containers"][0]["resources"]


def test_every_value_is_used_and_every_used_value_is_there() -> None:
    templates = "\n".join(path.read_text() for path in (CHART / "templates").iterdir())
    used = {tuple(match.split(".")) for match in re.findall(r"\.Values\.([A-Za-z.]+)", templates)}
    values = read("values.yaml")
    for path in used:
        node = values
        for key in path:
            assert key in node, path
            node = node[key]
    assert {path[0] for path in used} == values.keys()
