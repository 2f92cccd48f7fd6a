"""What must hold, one after the other: later checks build on what earlier ones made."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from tests.e2e_kubernetes.control_plane import ControlPlane, Done, until
from tests.e2e_kubernetes.things import KINDS, Thing, thing
from tests.e2e_kubernetes.tools import ROOT
from tests.e2e_kubernetes.webhook import Webhook
from tests.registry_server import RegistryServer
from tests.webhook_server import REPOSITORY, Images

NAMESPACE = "shop"


@dataclass
class Checks:
    """Counts, and says, what holds."""

    plane: ControlPlane
    webhook: Webhook
    registry: RegistryServer
    images: Images
    passed: int = 0
    failed: list[str] = field(default_factory=list)

    def check(self, name: str, good: object, seen: object = "") -> None:
        """Note one result; ``seen`` is shown where it is bad."""
        print(f"{'ok  ' if good else 'FAIL'} {name}", flush=True)
        if good:
            self.passed += 1
        else:
            self.failed.append(name)
            print(f"     {seen}", flush=True)

    def image(self, tag: str) -> str:
        """A reference by tag."""
        return f"{self.registry.address}/{REPOSITORY}:{tag}"

    def pinned(self, tag: str) -> str:
        """The same with the digest that it has."""
        return f"{self.image(tag)}@{self.images.digests[tag]}"

    def create(self, made: Thing, *options: str) -> Done:
        """Create an object."""
        return self.plane.kubectl("create", "-f", "-", *options, given=made)

    def admitted(self, name: str, done: Done) -> None:
        """It went through, without a warning."""
        self.check(name, done.code == 0 and "Warning" not in done.err, done)

    def refused(self, name: str, done: Done, *words: str) -> None:
        """The webhook refused it, in words that help."""
        told = "denied the request" in done.err and all(word in done.err for word in words)
        self.check(name, done.code != 0 and told, done)


def existing_things(c: Checks) -> None:
    """Before there is a webhook: what runs unsigned already."""
    c.plane.kubectl("create", "namespace", NAMESPACE)
    # With the labels that hold its pods to the restricted Pod Security Standard.
    namespace = ROOT / "deploy" / "kubernetes" / "base" / "namespace.yaml"
    c.admitted("the namespace of the webhook", c.plane.kubectl("apply", "-f", str(namespace)))
    # The API server admits no pod before there is the service account that it runs as.
    until("service accounts", lambda: c.plane.has("serviceaccount", "default", "-n", NAMESPACE))
    c.admitted(
        "an unsigned Deployment, before there is a webhook",
        c.create(thing("Deployment", "old", c.image("unsigned"))),
    )
    until("its pod", lambda: len(pods(c, "old")) == 1)


def register(c: Checks) -> None:
    """The registrations as they are shipped."""
    for document in c.webhook.registrations():
        c.admitted(f"register the {document['kind']}", c.create(document))
    probe = thing("Pod", "probe", c.image("unsigned"))
    until("the registrations count", lambda: c.create(probe, "--dry-run=server").code != 0)


def every_kind(c: Checks) -> None:
    """Signed and unsigned, of every kind; nothing is stored."""
    for kind in KINDS:
        done = c.create(thing(kind, "app", c.image("signed")), "--dry-run=server", "-o", "json")
        c.admitted(f"a signed {kind} is admitted", done)
        c.check(f"a signed {kind} is pinned", c.pinned("signed") in done.out, done)
        c.refused(
            f"an unsigned {kind} is refused",
            c.create(thing(kind, "app", c.image("unsigned")), "--dry-run=server"),
            f"{kind} {NAMESPACE}/app",
            c.image("unsigned"),
            "hint:",
            "decision ",
        )
        c.check(f"a dry run stores no {kind}", not c.plane.has(kind, "app", "-n", NAMESPACE))


def deployments(c: Checks) -> None:
    """The life of a Deployment, whose pods the controllers of Kubernetes make."""
    c.admitted("create a signed Deployment", c.create(thing("Deployment", "web", c.image("signed"))))
    stored = c.plane.get("deployment", "web", "-n", NAMESPACE)
    c.check(
        "it is stored with the digest", image_of(stored["spec"]["template"]) == c.pinned("signed"), stored
    )
    until("its pod", lambda: len(pods(c, "web")) == 1)
    c.check("its pod runs the digest", {image_of(pod) for pod in pods(c, "web")} == {c.pinned("signed")})
    c.refused(
        "create an unsigned Deployment",
        c.create(thing("Deployment", "bad", c.image("unsigned"))),
        "spec.template.spec.containers[0].image",
    )
    c.check("it is not there", not c.plane.has("deployment", "bad", "-n", NAMESPACE))
    c.admitted("scale up", kubectl(c, "scale", "deployment/web", "--replicas=3"))
    until("three pods", lambda: len(pods(c, "web")) == 3)
    c.admitted("scale down", kubectl(c, "scale", "deployment/web", "--replicas=1"))
    c.refused(
        "update to an unsigned image",
        kubectl(c, "set", "image", "deployment/web", f"app={c.image('unsigned')}"),
    )
    c.admitted(
        "update to another signed image",
        kubectl(c, "set", "image", "deployment/web", f"app={c.image('other')}"),
    )
    until("its new pod", lambda: c.pinned("other") in {image_of(pod) for pod in pods(c, "web")})
    c.refused(
        "update to an image that is not there",
        kubectl(c, "set", "image", "deployment/web", f"app={c.image('missing')}"),
    )
    c.admitted("delete", kubectl(c, "delete", "deployment/web"))


def ephemeral_containers(c: Checks) -> None:
    """kubectl debug, which updates pods/ephemeralcontainers."""
    c.admitted("create a signed Pod", c.create(thing("Pod", "debugged", c.image("signed"))))
    debug = ("debug", "pod/debugged", "--attach=false", "--profile=general", "--container")
    c.admitted("add a signed ephemeral container", kubectl(c, *debug, "one", f"--image={c.image('other')}"))
    stored = c.plane.get("pod", "debugged", "-n", NAMESPACE)
    added = [one["image"] for one in stored["spec"]["ephemeralContainers"]]
    c.check("it is stored with the digest", added == [c.pinned("other")], added)
    c.refused(
        "add an unsigned ephemeral container",
        kubectl(c, *debug, "two", f"--image={c.image('unsigned')}"),
        "spec.ephemeralContainers[1].image",
    )
    c.refused(
        "update a pod to an unsigned image",
        kubectl(c, "set", "image", "pod/debugged", f"app={c.image('unsigned')}"),
    )


def what_was_there(c: Checks) -> None:
    """An unsigned Deployment from before can be let go, and cannot be started anew."""
    c.admitted("label it", kubectl(c, "label", "deployment/old", "team=shop"))
    c.refused("restart it", kubectl(c, "rollout", "restart", "deployment/old"))
    c.admitted("scale it up", kubectl(c, "scale", "deployment/old", "--replicas=2"))
    until("the refusal of its pod is told", lambda: "denied the request" in events(c))
    c.check("it gets no second pod", len(pods(c, "old")) == 1)
    c.admitted(
        "update it to a signed image",
        kubectl(c, "set", "image", "deployment/old", f"app={c.image('signed')}"),
    )
    # There are no nodes, so that no pod gets ready: without this the old pods would be kept.
    c.admitted("let it go", kubectl(c, "scale", "deployment/old", "--replicas=0"))
    until("its old pods are gone", lambda: not pods(c, "old"))
    c.admitted("delete it", kubectl(c, "delete", "deployment/old"))


def rights(c: Checks) -> None:
    """The webhook may read pull secrets where it is told to, and nothing else."""
    account = "system:serviceaccount:verify-system:verify"
    can = ("auth", "can-i", f"--as={account}", "-n", NAMESPACE)
    c.check("without the component no secret can be read", c.plane.kubectl(*can, "get", "secrets").code == 1)
    file = ROOT / "deploy" / "kubernetes" / "components" / "pull-secrets" / "rights.yaml"
    c.admitted("give the right", c.plane.kubectl("apply", "-f", str(file)))
    for allowed in ("secrets", "serviceaccounts"):
        c.check(f"{allowed} can be read", c.plane.kubectl(*can, "get", allowed).code == 0)
    for verb, what in (("list", "secrets"), ("watch", "secrets"), ("get", "pods"), ("create", "pods")):
        c.check(f"it cannot {verb} {what}", c.plane.kubectl(*can, verb, what).code == 1)


def exclusions(c: Checks) -> None:
    """The two namespaces that are not asked about, and no others."""
    for namespace in ("kube-system", "verify-system"):
        made = thing("Deployment", "any", c.image("unsigned"), namespace)
        done = c.create(made, "--dry-run=server")
        c.check(f"an unsigned Deployment in {namespace} is not asked about", done.code == 0, done)
    made = thing("Deployment", "any", c.image("unsigned"), "default")
    c.refused("an unsigned Deployment in default", c.create(made, "--dry-run=server"))
    label = ("label", "namespace", NAMESPACE, "kubernetes.io/metadata.name=kube-system", "--overwrite")
    c.plane.kubectl(*label)
    c.refused(
        "a namespace cannot name itself kube-system",
        c.create(thing("Pod", "any", c.image("unsigned")), "--dry-run=server"),
    )


def audit_log(c: Checks) -> None:
    """What auditors find of all this."""
    entries = [json.loads(line) for line in c.plane.audit_log.read_text().splitlines()]
    found = [entry.get("annotations", {}) for entry in entries]
    name = "admit.verify-system.svc"
    c.check("the audit log has verdicts", any(item.get(f"{name}/verdict") == "pass" for item in found))
    digest = c.images.digests["signed"]
    c.check("and digests", any(digest in item.get(f"{name}/images", "") for item in found))
    c.check("and decisions", any(f"{name}/decision-id" in item for item in found))


def fleet_audit(c: Checks) -> None:
    """``verify gate --from-cluster`` with the rights that are shipped, whole and in shares."""
    rights = ROOT / "deploy" / "kubernetes" / "audit" / "rights.yaml"
    c.plane.kubectl("apply", "-n", "verify-system", "-f", str(rights))
    until(
        "the account of the audit",
        lambda: c.plane.has("serviceaccount", "verify-audit", "-n", "verify-system"),
    )
    token = c.plane.kubectl("create", "token", "verify-audit", "-n", "verify-system").out.strip()
    kubeconfig = c.plane.folder / "audit-kubeconfig"
    c.plane.write_kubeconfig(kubeconfig, token)
    for name, tag in (("good", "signed"), ("fine", "other")):
        c.admitted(f"create {name}", c.create(thing("Deployment", name, c.image(tag))))
    until("their pods", lambda: len(pods(c, "good")) == len(pods(c, "fine")) == 1)
    whole = gate(c, kubeconfig)
    c.check("the fleet passes", whole.code == 0, whole)
    named = json.loads(whole.out)["images"] if whole.code == 0 else []
    objects = {place["object"].partition(" ")[0] for image in named for place in image.get("namedAt", [])}
    c.check("all that run an image are named", {"Pod", "Deployment", "ReplicaSet"} <= objects, objects)
    shares = [gate(c, kubeconfig, f"--share={index}/2") for index in range(2)]
    together = [json.loads(share.out)["images"] for share in shares if share.code == 0]
    c.check(
        "the shares are the whole",
        sorted(image["reference"] for part in together for image in part)
        == sorted(image["reference"] for image in named),
        shares,
    )
    c.create(thing("Pod", "hidden", c.image("unsigned"), "kube-system"))
    seen = gate(c, kubeconfig)
    c.check("an unsigned image that runs is found", seen.code == 3 and "kube-system/hidden" in seen.out, seen)
    c.plane.kubectl("delete", "clusterrolebinding", "verify-audit")
    c.check("without rights there is no verdict", gate(c, kubeconfig).code == 4)


def gate(c: Checks, kubeconfig: object, *options: str) -> Done:
    """Run the fleet audit."""
    command = [
        *(sys.executable, "-m", "verifier", "gate", "--from-cluster", "--output=json", "--quiet"),
        f"--policy={c.webhook.folder / 'policies' / 'app.yaml'}",
        f"--trusted-root={c.webhook.folder / 'root.json'}",
        f"--allow-http={c.registry.address}",
        "--no-cache",
        *options,
    ]
    environment = {"KUBECONFIG": str(kubeconfig), "PATH": "/usr/bin:/bin", "HOME": str(c.plane.folder)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=ROOT)
    return Done(done.returncode, done.stdout, done.stderr)


def validation_alone(c: Checks) -> None:
    """Where nothing is to be pinned, the other registration refuses as much."""
    c.plane.kubectl("delete", "mutatingwebhookconfiguration", "verify")
    bad, good = (thing("Pod", "alone", c.image(tag)) for tag in ("unsigned", "signed"))
    dry = "--dry-run=server"
    until("the registration is gone", lambda: '"admit.verify-system.svc"' in c.create(bad, dry).err)
    c.refused(
        "an unsigned Pod is refused", c.create(bad, dry), '"admit.verify-system.svc"', c.image("unsigned")
    )
    done = c.create(good, dry, "-o", "json")
    c.admitted("a signed Pod is admitted", done)
    c.check("and keeps its tag", image_of(json.loads(done.out)) == c.image("signed"), done)


def outage(c: Checks) -> None:
    """The webhook is gone, in order; nothing new comes in, and all else goes on."""
    code = c.webhook.stop()
    c.check("the webhook ends in order", code == 0, f"exit code {code}")
    done = c.create(thing("Deployment", "late", c.image("signed")))
    c.check("nothing is admitted unseen", done.code != 0 and "failed calling webhook" in done.err, done)
    c.admitted("what runs can be labelled", kubectl(c, "label", "pod/debugged", "team=shop"))
    c.admitted("and deleted", kubectl(c, "delete", "pod/debugged"))
    c.admitted(
        "kube-system goes on",
        c.create(thing("Pod", "any", c.image("unsigned"), "kube-system"), "--dry-run=server"),
    )
    c.webhook.start("audit")
    done = c.create(thing("Deployment", "late", c.image("unsigned")))
    told = "Warning: would be denied" in done.err
    c.check("in mode audit an unsigned Deployment is admitted with a warning", done.code == 0 and told, done)
    c.admitted("a signed one without", c.create(thing("Deployment", "later", c.image("signed"))))


def shipped_manifests(c: Checks, rendered: dict[str, str]) -> None:
    """The API server takes all that is shipped, strictly: no unknown field, no wrong value."""
    for name, text in rendered.items():
        documents = [document for document in yaml.safe_load_all(text) if document]
        known = [document for document in documents if is_known(document)]
        done = c.plane.kubectl(
            "apply", "--dry-run=server", "--validate=strict", "-n", "verify-system", "-f", "-",
            given={"apiVersion": "v1", "kind": "List", "items": known},
        )  # fmt: skip
        c.admitted(f"{name}: {len(known)} of {len(documents)} objects are taken", done)


def is_known(document: Thing) -> bool:
    """Whether it is of Kubernetes itself, and not of an operator that is not there."""
    group = str(document["apiVersion"]).rpartition("/")[0]
    return group not in {"cert-manager.io", "monitoring.coreos.com"}


def kubectl(c: Checks, *arguments: str) -> Done:
    """Run kubectl in the namespace of the test."""
    return c.plane.kubectl("-n", NAMESPACE, *arguments)


def pods(c: Checks, name: str) -> list[Any]:
    """The pods of one workload that are not going away."""
    found = c.plane.get("pods", "-n", NAMESPACE, "-l", f"app={name}")["items"]
    return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]


def events(c: Checks) -> str:
    """What the controllers say."""
    return " ".join(event["message"] for event in c.plane.get("events", "-n", NAMESPACE)["items"])


def image_of(pod: Any) -> str:
    """The image of the first container."""
    return str(pod["spec"]["containers"][0]["image"])


STEPS: tuple[Callable[[Checks], None], ...] = (
    every_kind,
    deployments,
    ephemeral_containers,
    what_was_there,
    exclusions,
    rights,
    audit_log,
    fleet_audit,
    validation_alone,
    outage,
)
