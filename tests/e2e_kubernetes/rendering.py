"""The manifests that kustomize and Helm make of what is shipped."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from tests.e2e_kubernetes import tools

DEPLOY = tools.ROOT / "deploy"
CHART = DEPLOY / "helm" / "verify"
_ALL_COMPONENTS = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../overlays/{certificates}]
components: [../components/pull-secrets, ../components/redis, ../components/service-monitor]
"""


def kustomized(folder: Path) -> dict[str, str]:
    """What kubectl makes of each overlay, alone and with every component, and of the audit."""
    copy = folder / "kubernetes"
    shutil.copytree(DEPLOY / "kubernetes", copy)
    certificates = copy / "components" / "self-made-certificates" / "make-certificates.sh"
    subprocess.run([str(certificates)], check=True, capture_output=True)
    made = {}
    for name in ("cert-manager", "self-made-certificates"):
        everything = copy / f"all-{name}"
        everything.mkdir()
        (everything / "kustomization.yaml").write_text(_ALL_COMPONENTS.format(certificates=name))
        made[f"kustomize {name}"] = _run(tools.kubectl(), "kustomize", str(copy / "overlays" / name))
        made[f"kustomize {name} with all components"] = _run(tools.kubectl(), "kustomize", str(everything))
    made["kustomize audit"] = _run(tools.kubectl(), "kustomize", str(copy / "audit"))
    return made


_TO_REDIS = {
    "to": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app.kubernetes.io/name": "redis"}}}],
    "ports": [{"port": 6379, "protocol": "TCP"}],
}
ALIKE = (
    ("kustomize cert-manager", "helm cert-manager"),
    ("kustomize cert-manager with all components", "helm with all on"),
)
"""What must deploy the same."""


def charted() -> dict[str, str]:
    """What Helm makes of the chart."""
    all_on = (
        *("--set", "configuration.pull-secrets=true,serviceMonitor.enabled=true"),
        *("--set", "redis.secretName=verify-redis"),
        *("--set-json", f"networkPolicy.extraEgress={json.dumps([_TO_REDIS])}"),
    )
    return {
        "helm cert-manager": template(),
        "helm generated": template("--set", "certificates.mode=generated"),
        "helm with all on": template(*all_on),
    }


def template(*options: str) -> str:
    """What Helm makes of the chart with ``options``."""
    where = ("--namespace", "verify-system", "--kube-version", tools.version())
    return _run(tools.helm(), "template", "verify", str(CHART), *where, *options)


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
