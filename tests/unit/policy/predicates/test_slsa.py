"""Provenance out of JSON."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.unit.policy.attested import statement
from verifier.errors import StatementError
from verifier.policy.predicates.nodes import PredicateError
from verifier.policy.predicates.slsa import Material, Provenance, Source, read_provenance

V02 = "https://slsa.dev/provenance/v0.2"
V1 = "https://slsa.dev/provenance/v1"
APP = "https://github.com/org/app"
COMMIT = "8a1d4c2f6b3e5d7091827364554637281900a1b2"
EXTERNAL = "$.buildDefinition.externalParameters"


def v1(parameters: Any, *dependencies: Any, **definition: Any) -> dict[str, Any]:
    """A provenance of v1."""
    return {
        "buildDefinition": {
            "buildType": "https://example.com/build/v1",
            "externalParameters": parameters,
            "resolvedDependencies": list(dependencies),
            **definition,
        },
        "runDetails": {"builder": {"id": "https://example.com/builder"}},
    }


def read(document: Any, kind: str = V1) -> Provenance:
    return read_provenance(statement(kind, document))


@pytest.mark.parametrize(
    "path", ["org/../evil", "org/%2e%2E/evil", "./org/app", "org/app/..", "org\\..\\evil"]
)
def test_a_source_that_leads_elsewhere_than_it_seems_to_is_refused(path: str) -> None:
    uri = f"https://github.com/{path}"
    documents = {
        f"{EXTERNAL}.workflow.repository": v1({"workflow": {"repository": uri}}),
        f"{EXTERNAL}.source": v1({"source": f"git+{uri}@refs/heads/main"}),
    }
    for place, document in documents.items():
        with pytest.raises(PredicateError, match="dots for a part of its path") as caught:
            read(document)
        assert caught.value.path == place
    good = read(v1({"workflow": {"repository": "https://github.com/org/..app"}}))
    assert good.source is not None


def test_all_of_v02_is_read() -> None:
    document = {
        "builder": {"id": "https://example.com/builder"},
        "buildType": "https://example.com/build/v1",
        "invocation": {
            "configSource": {
                "uri": f"git+{APP}@refs/heads/main",
                "digest": {"sha1": COMMIT},
                "entryPoint": "release.yaml",
            },
            "parameters": {"inputs": {"channel": "stable"}},
            "environment": {"arch": "amd64"},
        },
        "metadata": {
            "buildInvocationId": "17",
            "buildStartedOn": "2026-11-01T11:57:20.5Z",
            "buildFinishedOn": "2026-11-01T12:59:40+01:00",
        },
        "materials": [{"uri": "pkg:docker/golang@1.20", "digest": {"sha256": "ab" * 32}}],
    }
    assert read(document, V02) == Provenance(
        version="v0.2",
        builder="https://example.com/builder",
        builder_path="$.builder.id",
        build_type="https://example.com/build/v1",
        build_type_path="$.buildType",
        source=Source(APP, "refs/heads/main", (("sha1", COMMIT),), "$.invocation.configSource.uri"),
        entry_point="release.yaml",
        entry_point_path="$.invocation.configSource.entryPoint",
        parameters={"inputs": {"channel": "stable"}},
        parameters_path="$.invocation.parameters",
        materials=(Material("pkg:docker/golang@1.20", "", (("sha256", "ab" * 32),), "$.materials[0]"),),
        materials_path="$.materials",
        invocation="17",
        started=datetime(2026, 11, 1, 11, 57, 20, 500_000, tzinfo=UTC),
        finished=datetime(2026, 11, 1, 11, 59, 40, tzinfo=UTC),
    )


def test_all_of_v1_is_read() -> None:
    document = v1(
        {"workflow": {"repository": APP, "ref": "refs/heads/main", "path": "release.yaml"}},
        {"uri": f"git+{APP}@refs/heads/main", "digest": {"gitCommit": COMMIT}},
        {"name": "base", "digest": {"sha256": "ab" * 32}},
    )
    document["runDetails"]["metadata"] = {
        "invocationId": "17",
        "startedOn": "2026-11-01T11:57:20Z",
        "finishedOn": "2026-11-01T11:59:40Z",
    }
    at = "$.buildDefinition.resolvedDependencies"
    assert read(document) == Provenance(
        version="v1",
        builder="https://example.com/builder",
        builder_path="$.runDetails.builder.id",
        build_type="https://example.com/build/v1",
        build_type_path="$.buildDefinition.buildType",
        source=Source(APP, "refs/heads/main", (("gitCommit", COMMIT),), f"{EXTERNAL}.workflow.repository"),
        entry_point="release.yaml",
        entry_point_path=f"{EXTERNAL}.workflow.path",
        parameters={"workflow": {"repository": APP, "ref": "refs/heads/main", "path": "release.yaml"}},
        parameters_path=EXTERNAL,
        materials=(
            Material(f"git+{APP}@refs/heads/main", "", (("gitCommit", COMMIT),), f"{at}[0]"),
            Material("", "base", (("sha256", "ab" * 32),), f"{at}[1]"),
        ),
        materials_path=at,
        invocation="17",
        started=datetime(2026, 11, 1, 11, 57, 20, tzinfo=UTC),
        finished=datetime(2026, 11, 1, 11, 59, 40, tzinfo=UTC),
    )


def test_apkos_provenance_names_no_source() -> None:
    # terraform-provider-apko leaves externalParameters and resolvedDependencies out.
    document = {
        "buildDefinition": {
            "buildType": "https://apko.dev/slsa-build-type@v1",
            "internalParameters": {"busybox": "1.37.0-r0"},
        },
        "runDetails": {
            "builder": {
                "id": "https://github.com/chainguard-dev/terraform-provider-apko",
                "version": {"apko": "v0.30"},
            },
            "metadata": {"invocationId": "cgr.dev/chainguard/static@sha256:" + "ab" * 32},
        },
    }
    found = read(document)
    assert (found.builder, found.build_type) == (
        "https://github.com/chainguard-dev/terraform-provider-apko",
        "https://apko.dev/slsa-build-type@v1",
    )
    assert (found.source, found.entry_point, found.parameters, found.materials) == (None, "", {}, ())


@pytest.mark.parametrize(
    ("parameters", "source", "entry_point"),
    [
        # BuildKit, with a git context and with a local one.
        (
            {
                "configSource": {
                    "uri": f"{APP}.git#refs/tags/v1",
                    "digest": {"sha1": COMMIT},
                    "path": "Dockerfile",
                }
            },
            Source(APP, "refs/tags/v1", (("sha1", COMMIT),), f"{EXTERNAL}.configSource.uri"),
            "Dockerfile",
        ),
        ({"configSource": {"path": "Dockerfile"}, "request": {}}, None, "Dockerfile"),
        # Google Cloud Build.
        (
            {
                "buildConfigSource": {
                    "repository": f"git+{APP}",
                    "ref": "refs/heads/main",
                    "path": "build.yaml",
                }
            },
            Source(APP, "refs/heads/main", (), f"{EXTERNAL}.buildConfigSource.repository"),
            "build.yaml",
        ),
        # Tekton Chains, without a remote definition.
        ({"runSpec": {"pipelineRef": {"name": "x"}}}, None, ""),
        # GitLab.
        (
            {"source": "https://gitlab.com/org/app", "entryPoint": "build", "variables": {}},
            Source("https://gitlab.com/org/app", "", (), f"{EXTERNAL}.source"),
            "build",
        ),
        # slsa-github-generator's container-based builds.
        (
            {
                "source": {"uri": f"git+{APP}@refs/heads/main", "digest": {"sha1": COMMIT}},
                "configPath": "build.toml",
            },
            Source(APP, "refs/heads/main", (("sha1", COMMIT),), f"{EXTERNAL}.source.uri"),
            "build.toml",
        ),
        # A repository takes no ref from its address.
        (
            {"workflow": {"repository": f"{APP}@refs/heads/main"}},
            Source(f"{APP}@refs/heads/main", "", (), f"{EXTERNAL}.workflow.repository"),
            "",
        ),
    ],
)
def test_each_builder_names_its_source_in_its_way(
    parameters: Any, source: Source | None, entry_point: str
) -> None:
    found = read(v1(parameters))
    assert (found.source, found.entry_point) == (source, entry_point)


def test_the_commit_is_that_of_the_same_repository_alone() -> None:
    document = v1(
        {"source": APP},
        {"uri": f"git+{APP}-evil@refs/heads/main", "digest": {"gitCommit": "0" * 40}},
        {"uri": f"git+{APP}.git@refs/heads/main", "digest": {"gitCommit": COMMIT}},
    )
    source = read(document).source
    assert source is not None
    assert source.digests == (("gitCommit", COMMIT),)


def test_null_is_absent() -> None:
    document = v1(None, resolvedDependencies=None)
    document["runDetails"]["metadata"] = None
    found = read(document)
    assert (found.source, found.parameters, found.materials, found.started) == (None, {}, (), None)


@pytest.mark.parametrize(
    ("document", "kind", "path", "problem"),
    [
        ([], V1, "$", "a list where an object belongs"),
        ({}, V1, "$.buildDefinition", "missing"),
        ({}, V02, "$.builder", "missing"),
        ({"builder": {}}, V02, "$.buildType", "missing"),
        ({"builder": {"id": 1}}, V02, "$.builder.id", "a number where a text belongs"),
        ({"builder": {"id": "\ud800"}}, V02, "$.builder.id", "half of a character"),
        ({"buildDefinition": {"buildType": "x"}}, V1, "$.runDetails", "missing"),
        (v1([]), V1, EXTERNAL, "a list where an object belongs"),
        (v1({"workflow": "x"}), V1, f"{EXTERNAL}.workflow", "a text where an object belongs"),
        (v1({"source": True}), V1, f"{EXTERNAL}.source", "a truth value where an object belongs"),
        (
            v1({"source": APP, "workflow": {}}),
            V1,
            EXTERNAL,
            "names its source in several ways: workflow, source",
        ),
        (
            v1({}, {"digest": {"sha256": 1}}),
            V1,
            "$.buildDefinition.resolvedDependencies[0].digest.sha256",
            "a number where a text belongs",
        ),
        (
            v1({}, {"digest": {"a b": None}}),
            V1,
            "$.buildDefinition.resolvedDependencies[0].digest['a b']",
            "null where a text belongs",
        ),
        (v1({}, "x"), V1, "$.buildDefinition.resolvedDependencies[0]", "a text where an object belongs"),
        (
            {"builder": {}, "buildType": "x", "metadata": {"buildStartedOn": "yesterday"}},
            V02,
            "$.metadata.buildStartedOn",
            "not a time such as 2024-01-31T12:00:00Z: 'yesterday'",
        ),
        (
            {"builder": {}, "buildType": "x", "metadata": {"buildStartedOn": "2026-02-30T00:00:00Z"}},
            V02,
            "$.metadata.buildStartedOn",
            "there is no such time",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(document: Any, kind: str, path: str, problem: str) -> None:
    with pytest.raises(PredicateError) as caught:
        read(document, kind)
    assert caught.value.path == path
    assert caught.value.message.startswith(f"{path}: {problem}")
    assert caught.value.code == "StatementError"


@pytest.mark.parametrize("kind", ["https://slsa.dev/provenance/v0.1", "https://slsa.dev/provenance/v2"])
def test_another_version_cannot_be_read(kind: str) -> None:
    with pytest.raises(StatementError, match="is not a type of provenance that can be read"):
        read(v1({}), kind)


@pytest.mark.parametrize(
    ("version", "ref", "commit"),
    [
        ("v1.4.0", "refs/heads/main", "904e2c3e02725e314cf6cf141c4700081298dcbd"),
        ("v1.8.0", "refs/heads/main", "6cf671f47f3752f97b9f5bff511e37b938fe10d2"),
        ("v2.0.0", "refs/tags/v13.0.30", "693130cb6cb840a7bc9cb18c6510d536a95dc7e6"),
    ],
)
def test_real_provenance_is_read(real_data: Path, version: str, ref: str, commit: str) -> None:
    found = [
        read_provenance(statement(payload["predicateType"], payload["predicate"]))
        for payload in _payloads(real_data / "oci" / f"slsa-container-{version}")
    ]
    ((builder, build_type, source),) = [(item.builder, item.build_type, item.source) for item in found]
    assert builder == (
        "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml"
        f"@refs/tags/{version}"
    )
    assert build_type == "https://github.com/slsa-framework/slsa-github-generator/container@v1"
    assert source == Source(
        "https://github.com/slsa-framework/example-package",
        ref,
        (("sha1", commit),),
        "$.invocation.configSource.uri",
    )


def _payloads(layout: Path) -> list[dict[str, Any]]:
    found = []
    for blob in sorted((layout / "blobs" / "sha256").iterdir()):
        raw = blob.read_bytes()
        if raw.startswith(b'{"payloadType"'):
            found.append(json.loads(base64.b64decode(json.loads(raw)["payload"])))
    return found
