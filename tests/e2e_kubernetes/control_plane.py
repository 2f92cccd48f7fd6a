"""etcd, kube-apiserver and kube-controller-manager on the loopback interface. There are no nodes."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import trustme
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.e2e_kubernetes.tools import Tools
from tests.interop.servers import free_port

_READY_SECONDS = 90.0
_PAUSE = 0.2
ADMIN = "a-token-of-the-administrator"
# Metadata is enough: annotations are part of it.
_AUDIT_POLICY = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]}
_CONTROLLERS = (
    "serviceaccount-controller",
    "namespace-controller",
    "deployment-controller",
    "replicaset-controller",
    "garbage-collector-controller",
)


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


def until(what: str, ready: Callable[[], bool], *, seconds: float = _READY_SECONDS) -> None:
    """Wait until ``ready``, or raise `RuntimeError` that names ``what``."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise RuntimeError(f"not in time: {what}")
        time.sleep(_PAUSE)


class ControlPlane:
    """The processes, from entering the context to leaving it; all that they write is in ``folder``."""

    def __init__(self, tools: Tools, folder: Path) -> None:
        self.tools = tools
        self.folder = folder
        self.authority = trustme.CA()
        self.audit_log = folder / "audit.log"
        self.kubeconfig = folder / "kubeconfig"
        self._port = free_port()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def server(self) -> str:
        """Where the API server is."""
        return f"https://127.0.0.1:{self._port}"

    def _start(self, stack: ExitStack) -> None:
        self._write_files()
        etcd, peers = free_port(), free_port()
        stack.enter_context(self._process("etcd", self._etcd(etcd, peers)))
        stack.enter_context(self._process("kube-apiserver", self._api_server(etcd)))
        self.write_kubeconfig(self.kubeconfig, ADMIN)
        until("the API server is ready", lambda: self.kubectl("get", "--raw=/readyz").code == 0)
        stack.enter_context(self._process("kube-controller-manager", self._controllers()))
        until("service accounts are made", lambda: self.kubectl("get", "serviceaccount", "default").code == 0)

    def _write_files(self) -> None:
        self.authority.cert_pem.write_to_path(str(self._path("ca.pem")))
        issued = self.authority.issue_cert("127.0.0.1")
        issued.private_key_pem.write_to_path(str(self._path("server.key")))
        self._path("server.pem").write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._path("accounts.key").write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        self._path("tokens.csv").write_text(f'{ADMIN},administrator,1,"system:masters"\n')
        self._path("audit-policy.json").write_text(json.dumps(_AUDIT_POLICY))

    def _path(self, name: str) -> Path:
        return self.folder / name

    def _etcd(self, port: int, peers: int) -> list[str]:
        return [
            self.tools.etcd,
            f"--data-dir={self._path('etcd')}",
            f"--listen-client-urls=http://127.0.0.1:{port}",
            f"--advertise-client-urls=http://127.0.0.1:{port}",
            f"--listen-peer-urls=http://127.0.0.1:{peers}",
            f"--initial-advertise-peer-urls=http://127.0.0.1:{peers}",
            f"--initial-cluster=default=http://127.0.0.1:{peers}",
            "--unsafe-no-fsync",
        ]

    def _api_server(self, etcd: int) -> list[str]:
        return [
            self.tools["kube-apiserver"],
            f"--etcd-servers=http://127.0.0.1:{etcd}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none",
            f"--secure-port={self._port}",
            f"--tls-cert-file={self._path('server.pem')}",
            f"--tls-private-key-file={self._path('server.key')}",
            f"--cert-dir={self.folder}",
            "--authorization-mode=RBAC",
            f"--token-auth-file={self._path('tokens.csv')}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self._path('accounts.key')}",
            f"--service-account-signing-key-file={self._path('accounts.key')}",
            "--service-cluster-ip-range=10.0.0.0/24",
            f"--audit-policy-file={self._path('audit-policy.json')}",
            f"--audit-log-path={self.audit_log}",
        ]

    def _controllers(self) -> list[str]:
        return [
            self.tools["kube-controller-manager"],
            f"--kubeconfig={self.kubeconfig}",
            f"--controllers={','.join(_CONTROLLERS)}",
            "--use-service-account-credentials",
            f"--service-account-private-key-file={self._path('accounts.key')}",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
            "--secure-port=0",
        ]

    @contextlib.contextmanager
    def _process(self, name: str, command: list[str]) -> Iterator[None]:
        with self._path(f"{name}.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def write_kubeconfig(self, path: Path, token: str) -> None:
        """A kubeconfig for whoever has ``token``."""
        cluster = {"server": self.server, "certificate-authority": str(self._path("ca.pem"))}
        path.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "test",
                    "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
                    "clusters": [{"name": "test", "cluster": cluster}],
                    "users": [{"name": "test", "user": {"token": token}}],
                }
            )
        )

    def kubectl(self, *arguments: str, given: object = None) -> Done:
        """Run kubectl as the administrator; ``given`` is a document for its standard input."""
        done = subprocess.run(
            [self.tools["kubectl"], f"--kubeconfig={self.kubeconfig}", *arguments],
            check=False,
            capture_output=True,
            text=True,
            input=given if isinstance(given, str) else json.dumps(given),
            env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin"},
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def get(self, *arguments: str) -> Any:
        """What ``kubectl get`` finds; it must be there."""
        done = self.kubectl("get", *arguments, "-o", "json")
        if done.code != 0:
            raise RuntimeError(f"kubectl get {' '.join(arguments)}: {done.err}")
        return json.loads(done.out)

    def has(self, *arguments: str) -> bool:
        """Whether ``kubectl get`` finds something."""
        return self.kubectl("get", *arguments).code == 0
