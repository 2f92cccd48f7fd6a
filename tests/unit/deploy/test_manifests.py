"""The manifests for kustomize: what Kubernetes takes, and what keeps a cluster safe."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.kubernetes_schema import problems
from verifier.version import __version__
from verifier.webhook.answer import Outcome
from verifier.webhook.configuration import read_configuration
from verifier.webhook.metrics import Metrics
from verifier.workload.cluster import COLLECTIONS, Share

KUBERNETES = ROOT / "deploy" / "kubernetes"
FILES = sorted(path for path in KUBERNETES.rglob("*.yaml") if path.name != "ca-bundle.yaml")
OWN = {"kustomize.config.k8s.io", "cert-manager.io", "monitoring.coreos.com", ""}


def documents(path: Path) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


def one(path: str, kind: str) -> dict[str, Any]:
    (found,) = [document for document in documents(KUBERNETES / path) if document["kind"] == kind]
    return found


def is_kubernetes(document: dict[str, Any]) -> bool:
    """Whether it is an object of Kubernetes itself."""
    if "kind" not in document:
        return False
    group = document["apiVersion"].rpartition("/")[0]
    return group not in OWN or (not group and document["apiVersion"] == "v1")


OBJECTS = [
    pytest.param(document, id=f"{path.relative_to(KUBERNETES)}:{document['kind']}")
    for path in FILES
    for document in documents(path)
    if is_kubernetes(document)
]
WEBHOOKS = documents(KUBERNETES / "base" / "webhooks.yaml")
PODS = {
    "the webhook": one("base/deployment.yaml", "Deployment")["spec"]["template"]["spec"],
    "the audit": one("audit/job.yaml", "Job")["spec"]["template"]["spec"],
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(KUBERNETES)))
def test_every_file_is_yaml(path: Path) -> None:
    assert documents(path)


@pytest.mark.parametrize("document", OBJECTS)
def test_every_object_is_one_that_kubernetes_takes(document: dict[str, Any]) -> None:
    assert problems(document) == []


def test_an_unknown_field_would_be_noticed() -> None:
    document = one("base/deployment.yaml", "Deployment")
    document["spec"]["template"]["spec"]["containers"][0]["readOnly"] = True
    assert problems(document)


@pytest.mark.parametrize("folder", sorted({path.parent for path in KUBERNETES.rglob("kustomization.yaml")}))
def test_every_file_that_is_named_is_there(folder: Path) -> None:
    (kustomization,) = documents(folder / "kustomization.yaml")
    named = [*kustomization.get("resources", []), *kustomization.get("components", [])]
    for generator in kustomization.get("configMapGenerator", []):
        named += generator["files"]
    assert [name for name in named if not (folder / name).exists()] == []


@pytest.mark.parametrize("folder", ["base", "audit"])
def test_the_image_is_that_of_this_version(folder: str) -> None:
    (kustomization,) = documents(KUBERNETES / folder / "kustomization.yaml")
    assert [image["newTag"] for image in kustomization["images"]] == [__version__]


@pytest.mark.parametrize("spec", PODS.values(), ids=PODS)
def test_pods_are_held_to_the_least(spec: dict[str, Any]) -> None:
    """The restricted Pod Security Standard, and a root file system that nothing can be written to."""
    security = spec["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] != 0
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    # Variables of services would be taken for options: VERIFY_PORT and the like.
    assert spec["enableServiceLinks"] is False
    for container in spec["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "privileged": False,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]
    assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
    assert not [volume for volume in spec["volumes"] if "hostPath" in volume]


def test_the_webhook_outlives_one_node() -> None:
    spec = one("base/deployment.yaml", "Deployment")["spec"]
    budget = one("base/disruption-budget.yaml", "PodDisruptionBudget")["spec"]
    assert spec["replicas"] == 3
    assert budget["minAvailable"] == 2
    assert budget["selector"]["matchLabels"] == spec["selector"]["matchLabels"]
    keys = {item["topologyKey"] for item in spec["template"]["spec"]["topologySpreadConstraints"]}
    assert keys == {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}


def test_the_webhook_has_time_to_end() -> None:
    spec = PODS["the webhook"]
    waits = spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    configuration = read_configuration(KUBERNETES / "base" / "configuration.yaml")
    assert spec["terminationGracePeriodSeconds"] > waits + configuration.timeouts.shutdown


def test_the_webhook_answers_before_the_api_server_gives_up() -> None:
    configuration = read_configuration(KUBERNETES / "base" / "configuration.yaml")
    for document in WEBHOOKS:
        assert all(
            webhook["timeoutSeconds"] > configuration.timeouts.review for webhook in document["webhooks"]
        )


def test_the_webhook_has_no_token_until_it_needs_one() -> None:
    assert PODS["the webhook"]["automountServiceAccountToken"] is False
    assert one("base/service-account.yaml", "ServiceAccount")["automountServiceAccountToken"] is False


def test_probes_ask_for_what_there_is() -> None:
    (container,) = PODS["the webhook"]["containers"]
    for name, path in (("startup", "/healthz"), ("liveness", "/healthz"), ("readiness", "/readyz")):
        assert container[f"{name}Probe"]["httpGet"] == {"path": path, "port": "https", "scheme": "HTTPS"}


@pytest.mark.parametrize("document", WEBHOOKS, ids=lambda document: document["kind"])
def test_registrations_let_nothing_in_unasked(document: dict[str, Any]) -> None:
    (webhook,) = document["webhooks"]
    assert webhook["failurePolicy"] == "Fail"
    assert webhook["sideEffects"] == "None"
    assert webhook["matchPolicy"] == "Equivalent"
    assert webhook["admissionReviewVersions"] == ["v1"]
    # The label that the API server sets itself; others can be set by whoever may edit a namespace.
    assert webhook["namespaceSelector"] == {
        "matchExpressions": [
            {
                "key": "kubernetes.io/metadata.name",
                "operator": "NotIn",
                "values": ["kube-system", "verify-system"],
            }
        ]
    }
    assert "objectSelector" not in webhook
    asked = {
        (group, resource)
        for rule in webhook["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        if rule["operations"] == ["CREATE", "UPDATE"]
    }
    groups = {(path.split("/")[2] if path.startswith("/apis/") else "") for path, _, _ in COLLECTIONS}
    assert {group for group, _ in asked} == groups
    assert {resource for _, resource in asked} == {
        *(path.rpartition("/")[2] for path, _, _ in COLLECTIONS),
        "pods/ephemeralcontainers",
    }


def test_both_registrations_ask_about_the_same() -> None:
    first, second = (document["webhooks"][0] for document in WEBHOOKS)
    for key in ("rules", "namespaceSelector", "matchConditions"):
        assert first[key] == second[key]


def test_the_webhook_may_only_get() -> None:
    rules = one("components/pull-secrets/rights.yaml", "ClusterRole")["rules"]
    assert rules == [{"apiGroups": [""], "resources": ["secrets", "serviceaccounts"], "verbs": ["get"]}]


def test_the_audit_may_list_what_it_lists_and_nothing_else() -> None:
    rules = one("audit/rights.yaml", "ClusterRole")["rules"]
    allowed = {(group, name) for rule in rules for group in rule["apiGroups"] for name in rule["resources"]}
    assert allowed == {
        (path.split("/")[2] if path.startswith("/apis/") else "", path.rpartition("/")[2])
        for path, _, _ in COLLECTIONS
    }
    assert all(rule["verbs"] == ["list"] for rule in rules)


def test_every_worker_of_the_audit_takes_a_share_of_its_own() -> None:
    spec = one("audit/job.yaml", "Job")["spec"]
    assert spec["completionMode"] == "Indexed"
    (argument,) = [text for text in PODS["the audit"]["containers"][0]["args"] if text.startswith("--share=")]
    shares = [
        Share.parse(argument.removeprefix("--share=").replace("$(JOB_COMPLETION_INDEX)", str(index)))
        for index in range(spec["completions"])
    ]
    assert [share.index for share in shares] == list(range(spec["completions"]))
    assert {share.count for share in shares} == {spec["completions"]}


def test_a_verdict_is_no_reason_to_try_again() -> None:
    rule = one("audit/job.yaml", "Job")["spec"]["podFailurePolicy"]["rules"][0]
    assert rule["action"] == "FailIndex"
    assert rule["onExitCodes"] == {"containerName": "verify", "operator": "In", "values": [1, 2, 3]}


def test_the_configuration_and_the_policy_can_be_used(tmp_path: Path) -> None:
    """As they are mounted: in mode audit a review is answered, and lets through what cannot be judged."""
    for name, folder in (("configuration.yaml", "configuration"), ("policy.yaml", "policies")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text((KUBERNETES / "base" / name).read_text())
    command = [
        *(sys.executable, "-m", "verifier", "admission", "review", "--offline"),
        *("--config", str(tmp_path / "configuration" / "configuration.yaml")),
        *("--trusted-root", str(ROOT / "testdata" / "trusted_root.json")),
    ]
    review = (ROOT / "testdata" / "reviews" / "create-pod.json").read_bytes()
    done = subprocess.run(command, check=False, capture_output=True, cwd=ROOT, input=review)
    assert done.returncode == 0, done
    response = json.loads(done.stdout)["response"]
    assert response["allowed"] is True
    assert response["auditAnnotations"]["outcome"] == "audited"
    policy = tmp_path / "policies" / "policy.yaml"
    policy.write_text(policy.read_text().replace("require:", "requires:"))
    assert subprocess.run(command, check=False, capture_output=True, input=review).returncode == 2


def test_alerts_are_about_what_is_counted() -> None:
    (rule,) = [
        document
        for document in documents(KUBERNETES / "components" / "service-monitor" / "service-monitor.yaml")
        if document["kind"] == "PrometheusRule"
    ]
    expressions = " ".join(alert["expr"] for group in rule["spec"]["groups"] for alert in group["rules"])
    metrics = Metrics()
    for outcome in Outcome:
        metrics.answered("validate", outcome, 0.1)
    metrics.loaded("policies", good=True, changed=True)
    metrics.certificate_ends(datetime(2027, 1, 1, tzinfo=UTC))
    rendered = metrics.render(dict).decode()
    used = set(re.findall(r"verify_[a-z_]+", expressions))
    assert len(used) == 3
    assert all(re.search(rf"^{name}[ {{]", rendered, re.MULTILINE) for name in used)
    outcomes = "|".join(re.findall(r'outcome=~?"([^"]+)"', expressions)).split("|")
    assert set(outcomes) <= {outcome.value for outcome in Outcome}
