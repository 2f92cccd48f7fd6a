"""The kinds of well-known programs, by their own API references: which images are judged, or told."""
# ruff: noqa: E501, UP031 - one case, one line; braces of YAML

from __future__ import annotations

import pytest

from tests.workload import found_in_text, problems, references

IMAGE = "registry.example/shop/a:1"
_HEX = "b" * 64


def _text(version: str, kind: str, spec: str) -> str:
    return f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n{spec}\n"


def _spec(version: str, kind: str, spec: str) -> str:
    return _text(version, kind, f"spec: {spec}")


_VM = "{template: {spec: {volumes: [{containerDisk: {image: %s}}]}}, dataVolumeTemplates: [{spec: {source: %s}}]}"
_BUNDLE = "{resolver: bundles, params: [{name: kind, value: task}, {name: bundle, value: %s}]}" % IMAGE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # KubeVirt, Containerized Data Importer
        (
            _spec("kubevirt.io/v1", "VirtualMachine", _VM % ("d:1", "{registry: {url: 'docker://e:1'}}")),
            ["d:1", "e:1"],
        ),
        (
            _spec("kubevirt.io/v1", "VirtualMachine", _VM % ("d:1", "{http: {url: 'https://e.example/1'}}")),
            ["d:1"],
        ),
        (
            _spec("cdi.kubevirt.io/v1beta1", "DataVolume", f"{{source: {{registry: {{url: 'docker://{IMAGE}'}}}}}}"),
            [IMAGE],
        ),
        (
            _spec("cdi.kubevirt.io/v1beta1", "DataVolume", "{source: {registry: {url: 'oci-archive://x'}}}"),
            [],
        ),
        (
            _spec(
                "cdi.kubevirt.io/v1beta1",
                "DataImportCron",
                f"{{template: {{spec: {{source: {{registry: {{url: 'DOCKER://{IMAGE}'}}}}}}}}}}",
            ),
            [IMAGE],
        ),
        # Istio: without a scheme it is an image
        *(
            (_spec("extensions.istio.io/v1alpha1", "WasmPlugin", f"{{url: '{url}'}}"), expected)
            for url, expected in (
                (IMAGE, [IMAGE]),
                (f"oci://{IMAGE}", [IMAGE]),
                (f"Oci://{IMAGE}", [IMAGE]),
                ("https://files.example/a.wasm", []),
                ("file:///opt/a.wasm", []),
            )
        ),
        (_spec("extensions.istio.io/v1alpha1", "TrafficExtension", f"{{wasm: {{url: {IMAGE}}}}}"), [IMAGE]),
        (_spec("extensions.istio.io/v1alpha1", "TrafficExtension", "{lua: {inlineCode: a/b}}"), []),
        # Tekton
        (_spec("tekton.dev/v1", "PipelineRun", f"{{pipelineRef: {_BUNDLE}}}"), [IMAGE]),
        (_spec("tekton.dev/v1", "TaskRun", f"{{taskRef: {_BUNDLE}}}"), [IMAGE]),
        (_spec("tekton.dev/v1", "Pipeline", f"{{tasks: [{{taskRef: {_BUNDLE}}}]}}"), [IMAGE]),
        (_spec("tekton.dev/v1", "Pipeline", f"{{finally: [{{taskRef: {_BUNDLE}}}]}}"), [IMAGE]),
        (
            _spec("tekton.dev/v1", "PipelineRun", f"{{pipelineSpec: {{tasks: [{{taskRef: {_BUNDLE}}}]}}}}"),
            [IMAGE],
        ),
        (_spec("tekton.dev/v1", "Task", f"{{steps: [{{ref: {_BUNDLE}}}]}}"), [IMAGE]),
        (_spec("tekton.dev/v1beta1", "TaskRun", f"{{taskRef: {{name: a, bundle: {IMAGE}}}}}"), [IMAGE]),
        (
            _spec("tekton.dev/v1", "TaskRun", "{taskRef: {resolver: git, params: [{name: bundle, value: a}]}}"),
            [],
        ),
        # OpenShift
        (
            _spec(
                "image.openshift.io/v1", "ImageStream", f"{{tags: [{{from: {{kind: DockerImage, name: {IMAGE}}}}}]}}"
            ),
            [IMAGE],
        ),
        *(
            (_spec(version, "BuildConfig", f"{{strategy: {{{strategy}: {{from: {{kind: DockerImage, name: {IMAGE}}}}}}}}}"), [IMAGE])
            for version in ("build.openshift.io/v1", "v1")
            for strategy in ("dockerStrategy", "sourceStrategy", "customStrategy")
        ),
        (
            _spec(
                "build.openshift.io/v1",
                "BuildConfig",
                f"{{source: {{images: [{{from: {{kind: DockerImage, name: {IMAGE}}}}}]}}}}",
            ),
            [IMAGE],
        ),
        (
            _spec("build.openshift.io/v1", "BuildConfig", "{output: {to: {kind: DockerImage, name: 'oci://a'}}}"),
            [],
        ),
        (_spec("machineconfiguration.openshift.io/v1", "MachineConfig", f"{{osImageURL: {IMAGE}}}"), [IMAGE]),
        # Operator Lifecycle Manager
        (_spec("operators.coreos.com/v1alpha1", "CatalogSource", f"{{image: {IMAGE}}}"), [IMAGE]),
        (
            _spec(
                "operators.coreos.com/v1alpha1",
                "ClusterServiceVersion",
                "{relatedImages: [{image: r:1}], install: {spec: {deployments: [{spec: {template: {spec:"
                " {containers: [{image: c:1}]}}}}]}}}",
            ),
            ["c:1", "r:1"],
        ),
        (
            _spec("olm.operatorframework.io/v1", "ClusterCatalog", f"{{source: {{image: {{ref: {IMAGE}}}}}}}"),
            [IMAGE],
        ),
        # Crossplane
        (_spec("pkg.crossplane.io/v1", "Provider", f"{{package: {IMAGE}}}"), [IMAGE]),
        # Kubernetes
        (
            _spec("v1", "Pod", f"{{containers: [{{image: c:1}}], volumes: [{{image: {{reference: {IMAGE}}}}}]}}"),
            ["c:1", IMAGE],
        ),
        # Argo Workflows, KubeRay
        (
            _spec(
                "argoproj.io/v1alpha1",
                "Workflow",
                f"{{templates: [{{dag: {{tasks: [{{inline: {{container: {{image: {IMAGE}}}}}}}]}}}}]}}",
            ),
            [IMAGE],
        ),
        (_spec("ray.io/v1", "RayCluster", f"{{autoscalerOptions: {{image: {IMAGE}}}}}"), [IMAGE]),
        # Containerized Data Importer, claims
        (
            _text(
                "v1",
                "PersistentVolumeClaim",
                f"metadata: {{annotations: {{cdi.kubevirt.io/storage.import.endpoint: 'docker://{IMAGE}'}}}}",
            ).replace("metadata: {name: a}\n", ""),
            [IMAGE],
        ),
        (_spec("policies.kubewarden.io/v1", "ClusterAdmissionPolicy", f"{{module: 'registry://{IMAGE}'}}"), [IMAGE]),
        (_spec("policies.kubewarden.io/v1", "AdmissionPolicy", f"{{module: {IMAGE}}}"), [IMAGE]),
        (_spec("policies.kubewarden.io/v1", "AdmissionPolicy", "{module: 'https://a.example/p.wasm'}"), []),
        (_spec("policies.kubewarden.io/v1", "ClusterAdmissionPolicyGroup", f"{{policies: {{a: {{module: 'registry://{IMAGE}'}}}}}}"), [IMAGE]),
        (_spec("kappctrl.k14s.io/v1alpha1", "App", f"{{fetch: [{{imgpkgBundle: {{image: {IMAGE}}}}}]}}"), [IMAGE]),
        (_spec("packaging.carvel.dev/v1alpha1", "PackageRepository", f"{{fetch: {{imgpkgBundle: {{image: {IMAGE}}}}}}}"), [IMAGE]),
        (_spec("core.rukpak.io/v1alpha2", "BundleDeployment", f"{{source: {{type: image, image: {{ref: {IMAGE}}}}}}}"), [IMAGE]),
        (_spec("config.openshift.io/v1", "ClusterVersion", f"{{desiredUpdate: {{image: {IMAGE}}}}}"), [IMAGE]),
        (_spec("machineconfiguration.openshift.io/v1", "MachineOSConfig", f"{{baseImagePullspec: {IMAGE}, renderedImagePushSpec: a}}"), [IMAGE]),
        (f"apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nnodes: [{{role: worker, image: {IMAGE}}}]\n", [IMAGE]),
    ],
)  # fmt: skip
def test_the_images_of_a_known_kind_are_judged(text: str, expected: list[str]) -> None:
    assert references(found_in_text(text)) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            _spec("source.toolkit.fluxcd.io/v1", "OCIRepository", "{url: 'oci://a.example/b', ref: {tag: '1'}}"),
            "OCIRepository a: the manifests, or the chart, in its artifact",
        ),
        (
            _spec("source.toolkit.fluxcd.io/v1", "HelmRepository", "{type: oci, url: 'oci://a.example/b'}"),
            "HelmRepository a: the images of its charts",
        ),
        (
            _spec("argoproj.io/v1alpha1", "Application", "{source: {repoURL: 'oci://a.example/b'}}"),
            "Application a: the manifests",
        ),
        (
            _spec("operators.coreos.com/v1alpha1", "Subscription", "{name: b, source: c}"),
            "Subscription a: the operator that it brings in from a catalogue",
        ),
        (_spec("install.istio.io/v1alpha1", "IstioOperator", "{hub: a.example}"), "the images of Istio"),
        (
            _spec("mutations.gatekeeper.sh/v1alpha1", "AssignImage", "{parameters: {assignDomain: b.example}}"),
            "what it puts into objects of others",
        ),
        (
            _spec("image.openshift.io/v1", "ImageStream", "{tags: [{from: {kind: ImageStreamTag, name: 'b:1'}}]}"),
            "spec.tags[0].from.name names an image that is chosen elsewhere",
        ),
        (
            _spec("image.openshift.io/v1", "ImageStream", "{dockerImageRepository: a.example/b}"),
            "spec.dockerImageRepository names an image that is chosen elsewhere",
        ),
        (
            _spec("cdi.kubevirt.io/v1beta1", "DataVolume", "{source: {registry: {imageStream: b}}}"),
            "spec.source.registry.imageStream names an image that is chosen elsewhere",
        ),
        (
            _spec("build.openshift.io/v1", "BuildConfig", "{source: {dockerfile: 'FROM a'}}"),
            "spec.source.dockerfile names an image that is chosen elsewhere",
        ),
        (_spec("fluxcd.controlplane.io/v1", "ResourceSet", "{resourcesTemplate: 'kind: Pod'}"), "resourcesTemplate"),
        (_spec("fleet.cattle.io/v1alpha1", "GitRepo", "{repo: 'https://a.example/b'}"), "manifests"),
        (_spec("helm.crossplane.io/v1beta1", "Release", "{forProvider: {chart: {name: a}}}"), "chart"),
        (_spec("kappctrl.k14s.io/v1alpha1", "App", "{fetch: [{git: {url: 'https://a.example/b'}}]}"), "fetch"),
        (_spec("packaging.carvel.dev/v1alpha1", "PackageInstall", "{packageRef: {refName: a}}"), "package"),
        (_spec("operators.coreos.com/v1alpha1", "CatalogSource", "{sourceType: grpc, address: 'a:50051'}"), "address"),
        (_spec("machineconfiguration.openshift.io/v1", "MachineOSConfig", "{containerFile: [{content: FROM a}]}"), "content"),
    ],
)  # fmt: skip
def test_what_brings_in_images_from_elsewhere_is_told(text: str, said: str) -> None:
    found = found_in_text(text)
    assert references(found) == []
    (note,) = found.notes.kept
    assert said in note.message
    assert note.image_like
    assert note.may_deploy


@pytest.mark.parametrize(
    "text",
    [
        _spec("operators.coreos.com/v1", "OperatorGroup", "{targetNamespaces: [b]}"),
        _spec("source.toolkit.fluxcd.io/v1", "GitRepository", "{url: 'https://a.example/b'}"),
        _spec("notification.toolkit.fluxcd.io/v1", "Receiver", "{type: generic}"),
        _spec("argoproj.io/v1alpha1", "AppProject", "{sourceRepos: ['oci://a.example/b']}"),
    ],
)
def test_what_brings_nothing_in_is_not_told(text: str) -> None:
    found = found_in_text(text)
    assert references(found) == []
    assert found.notes.kept == []


@pytest.mark.parametrize(
    "text",
    [
        _spec(
            "v1",
            "Pod",
            f"{{containers: [{{image: c}}], volumes: [{{csi: {{driver: d, volumeAttributes: {{image: {IMAGE}}}}}}}]}}",
        ),
        _spec("networking.istio.io/v1alpha3", "EnvoyFilter", "{configPatches: [{patch: {value: {uri: 'oci://a'}}}]}"),
        _spec("extensions.istio.io/v1alpha1", "WasmPlugin", "{url: '${URL}'}"),
        _spec("cdi.kubevirt.io/v1beta1", "DataVolume", "{source: {registry: {url: '${URL}'}}}"),
        _spec("tekton.dev/v1", "PipelineRun", "{pipelineRef: {resolver: bundles, params: [{name: bundle, value: $(params.b)}]}}"),
        _spec("v1", "PersistentVolumeClaim", "{image: 'oci://a'}"),
        _spec("x/v1", "OCIRepository", "{url: 'oci://a.example/b'}"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_there_is_an_error(text: str) -> None:
    assert len(problems(found_in_text(text))) == 1


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ("{repository: a.example/b, tag: '1'}", "a.example/b:1"),
        ("{registry: a.example, repository: b, tag: '1'}", "a.example/b:1"),
        ("{registry: a.example, repository: b, tag: '1', digest: 'sha256:%s'}" % _HEX, f"a.example/b:1@sha256:{_HEX}"),
        ("{repository: a.example/b}", "a.example/b"),
        ("{repository: a.example/b, tag: null, digest: ''}", "a.example/b"),
        ("{name: a.example/b, tag: '1'}", "a.example/b:1"),
    ],
)  # fmt: skip
def test_an_image_in_parts_is_put_together(parts: str, expected: str) -> None:
    text = _spec("monitoring.coreos.com/v1", "Prometheus", f"{{image: {parts}}}")
    assert references(found_in_text(text)) == [expected]


@pytest.mark.parametrize("parts", ["{repository: a, tag: 1.10}", "{tag: '1'}", "{repository: [a], tag: '1'}"])
def test_an_image_in_parts_that_have_no_one_reading_is_an_error(parts: str) -> None:
    text = _spec("monitoring.coreos.com/v1", "Prometheus", f"{{image: {parts}}}")
    assert "looks like an image" in problems(found_in_text(text))[0]


def _sidecars(text: str) -> str:
    annotations = f"{{hooks.kubevirt.io/hookSidecars: '{text}'}}"
    return f"apiVersion: kubevirt.io/v1\nkind: VirtualMachineInstance\nmetadata: {{name: a, annotations: {annotations}}}\nspec: {{}}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'[{{"args": ["a"], "image": "{IMAGE}"}}, {{"Image": "b"}}]', [IMAGE, "b"]),
        ('[{"args": ["a"]}]', []),
    ],
)
def test_the_sidecars_of_a_virtual_machine_are_judged(text: str, expected: list[str]) -> None:
    assert references(found_in_text(_sidecars(text))) == expected


@pytest.mark.parametrize(
    "text", ['[{"image": 1}]', '[{"image": "a", "image": "b"}]', "[{", '[{"image": ""}]']
)
def test_sidecars_that_have_no_one_reading_are_an_error(text: str) -> None:
    found = found_in_text(_sidecars(text))
    assert found.problems
    assert found.images == []
