"""The programs of a control plane: Kubernetes built from its Go module, and etcd as the system has it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MODULE = ROOT / "tests" / "kubernetes_tools"
CACHE = ROOT / ".cache" / "tools"
_PROGRAMS = ("kube-apiserver", "kube-controller-manager", "kubectl")
HELM = "helm.sh/helm/v3/cmd/helm@v3.22.0"


class MissingError(Exception):
    """A program is not on this machine, and cannot be built here."""


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the programs are."""

    folder: Path
    etcd: str

    def __getitem__(self, name: str) -> str:
        return str(self.folder / name)


def version() -> str:
    """The version of Kubernetes that is built."""
    match = re.search(r"k8s\.io/kubernetes (v\S+)", (MODULE / "go.mod").read_text())
    if match is None:
        raise MissingError("tests/kubernetes_tools/go.mod names no version of Kubernetes")
    return match[1]


def tools() -> Tools:
    """All programs, built the first time, which takes some ten minutes on two cores."""
    etcd = shutil.which("etcd")
    if etcd is None:
        raise MissingError("etcd is not on this machine: apt-get install etcd-server")
    folder = _folder()
    for name in _PROGRAMS:
        _build(name, f"k8s.io/kubernetes/cmd/{name}", folder)
    return Tools(folder, etcd)


def kubectl() -> str:
    """kubectl alone."""
    return _build("kubectl", "k8s.io/kubernetes/cmd/kubectl", _folder())


def helm() -> str:
    """Helm, built the first time."""
    path = CACHE / f"helm-{HELM.rpartition('@')[2]}"
    if not path.exists():
        _require_go()
        CACHE.mkdir(parents=True, exist_ok=True)
        environment = {"GOFLAGS": "-p=1", **os.environ, "GOBIN": str(CACHE)}
        subprocess.run(["go", "install", HELM], check=True, cwd=MODULE, env=environment)
        (CACHE / "helm").rename(path)
    return str(path)


def _folder() -> Path:
    return CACHE / f"kubernetes-{version()}"


def _build(name: str, package: str, folder: Path) -> str:
    path = folder / name
    if path.exists():
        return str(path)
    _require_go()
    folder.mkdir(parents=True, exist_ok=True)
    print(f"building {name}", flush=True)
    package_version, (major, minor, *_) = "k8s.io/component-base/version", version()[1:].split(".")
    stated = {"gitVersion": version(), "gitMajor": major, "gitMinor": minor}
    flags = " ".join(["-s", "-w", *(f"-X {package_version}.{key}={text}" for key, text in stated.items())])
    # One package at a time: the largest ones take some 2 GiB each.
    environment = {"GOFLAGS": "-p=1", **os.environ}
    subprocess.run(
        ["go", "build", "-ldflags", flags, "-o", str(path), package],
        check=True,
        cwd=MODULE,
        env=environment,
    )
    return str(path)


def _require_go() -> None:
    if shutil.which("go") is None:
        raise MissingError("Go is not on this machine")
