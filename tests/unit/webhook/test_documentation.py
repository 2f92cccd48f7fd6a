"""The page about the webhook shows what there is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from verifier.webhook.answer import Outcome
from verifier.webhook.configuration import configuration_schema, read_configuration
from verifier.webhook.metrics import Metrics

PAGE = (ROOT / "docs" / "admission.md").read_text("utf-8")


def test_the_configuration_that_is_shown_can_be_read(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(version: 1\n.*?)```", PAGE, re.DOTALL)
    (tmp_path / "policies").mkdir()
    (tmp_path / "webhook.yaml").write_text(text)
    configuration = read_configuration(tmp_path / "webhook.yaml")
    assert configuration.rules.audit
    assert configuration.rules.break_glass is not None


def keys(node: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in node["properties"].items():
        if "properties" in value and prefix == "" and name != "break-glass":
            yield from keys(value, f"{name}.")
        elif name != "version":
            yield f"{prefix}{name}"


@pytest.mark.parametrize("key", sorted(keys(configuration_schema())))
def test_every_key_is_explained(key: str) -> None:
    assert f"`{key}`" in PAGE


def test_every_outcome_and_every_metric_is_named() -> None:
    metrics = Metrics()
    shown = metrics.render(dict).decode()
    names = {
        name for name in re.findall(r"^# TYPE (\S+) ", shown, re.MULTILINE) if not name.endswith("_created")
    }
    for name in (*names, *(outcome.value for outcome in Outcome)):
        assert f"`{name}" in PAGE, name
