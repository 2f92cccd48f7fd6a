"""What a converted policy is about, beside the matching rules of the originals, over many references.

The rules are written here a second time, from policy-controller's pkg/apis/glob, Kyverno's ext/wildcard
(github.com/IGLOU-EU/go-wildcard 1.0) and github.com/gobwas/glob, and the texts that each of them compares:
``registry/repository@digest`` as go-containerregistry writes it, ``registry/path:tag`` or ``…@digest`` with
what was typed, and the text of the manifest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import Any

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from verifier.model.reference import ImageReference
from verifier.model.reference_parser import parse_reference
from verifier.policy.convert import Conversion, convert
from verifier.policy.document import load_policy
from verifier.policy.patterns import ImagePattern

HOSTS = (
    *(
        "",
        "ghcr.io",
        "ghcr.io:443",
        "ghcr.io.evil.example",
        "registry.example.com",
        "registry.example.com:5000",
    ),
    *("localhost", "localhost:5000", "localhost:443", "docker.io", "index.docker.io", "registry-1.docker.io"),
    *(
        "nginx.example.com",
        "nginx:5000",
        "gcr.io",
        "eu.gcr.io",
        "evilgcr.io",
        "[::1]:5000",
        "a.b.example.com:443",
    ),
    "registry.hub.docker.com",
)
PATHS = (
    "nginx",
    "app",
    "app-evil",
    "org/app",
    "org/app-x",
    "org/team/app",
    "library/nginx",
    "org/gcr.io/app",
)
DIGESTS = ("sha256:" + "5f" * 32, "sha256:" + "0c1d" * 16)
ENDS = ("", ":v1", ":prod", ":latest", *(f"@{digest}" for digest in DIGESTS), f":v1@{DIGESTS[0]}")
REFERENCES = tuple(f"{host}/{path}{end}".removeprefix("/") for host, path, end in product(HOSTS, PATHS, ENDS))


def parts(text: str) -> tuple[str, str, str, str]:
    """Registry, path, tag and digest as typed; the registry is ``""`` where there is none."""
    name, _, digest = text.partition("@")
    first, slash, rest = name.partition("/")
    host, path = (first, rest) if slash and re.search(r"[.:]|\Alocalhost\Z", first) else ("", name)
    path, _, tag = path.partition(":")
    return host, path, tag, digest


@cache
def expression(pattern: str, words: tuple[tuple[str, str], ...]) -> Any:
    """RE2 takes linear time, whatever stands beside each other."""
    pieces = re.split("(" + "|".join(re.escape(word) for word, _ in words) + ")", pattern)
    text = "(?s)" + "".join(dict(words).get(piece, re.escape(piece)) for piece in pieces)
    return re2.compile(text)  # type: ignore[no-untyped-call]


def policy_controller(glob: str, text: str) -> bool:
    host, path, _, digest = parts(text)
    host = "index.docker.io" if host in {"", "docker.io"} else host
    path = f"library/{path}" if host == "index.docker.io" and "/" not in path else path
    glob = {"*": "index.docker.io/library/*", "*/*": "index.docker.io/*/*"}.get(glob, glob)
    read = expression(glob, (("**", ".*"), ("*", "[^/]*")))
    # A tag is resolved first: to which digest is not known.
    return any(read.fullmatch(f"{host}/{path}@{one}") for one in ([digest] if digest else DIGESTS))


def kyverno(wildcard: str, text: str) -> bool:
    host, path, tag, digest = parts(text)
    end = f"@{digest}" if digest else f":{tag or 'latest'}"
    read = expression(wildcard, (("*", ".*"), ("?", ".")))
    # Without the mutation of registries an image of Docker Hub has none.
    return any(
        read.fullmatch(f"{name}{end}") is not None
        for name in ([f"{host}/{path}"] if host else [f"docker.io/{path}", path])
    )


def gobwas(glob: str, text: str) -> bool:
    found = re.search(r"\{([^{}]*)\}", glob)
    if found is not None:
        return any(
            gobwas(glob[: found.start()] + word + glob[found.end() :], text) for word in found[1].split(",")
        )
    return expression(glob, (("**", ".*"), ("*", ".*"), ("?", "."))).fullmatch(text) is not None


SIGNER = "{issuer: https://token.actions.githubusercontent.com, subject: https://example.com/release}"
CIP = """\
apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: {name: app}
spec:
  images: [{glob: 'quay.io/known/app@*'}, {glob: %s}]
  authorities: [{keyless: {url: https://fulcio.sigstore.dev, identities: [%s]}}]
"""
VERIFY_IMAGES = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: app}
spec:
  validationFailureAction: Enforce
  rules:
    - name: signed
      match: {any: [{resources: {kinds: [Pod]}}]}
      verifyImages:
        - imageReferences: ['quay.io/known/app:*', %s]
          attestors: [{entries: [{keyless: %s}]}]
"""
VALIDATING = """\
apiVersion: policies.kyverno.io/v1
kind: ImageValidatingPolicy
metadata: {name: app}
spec:
  validationActions: [Deny]
  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  matchImageReferences: [{glob: 'quay.io/known/app:*'}, {%s: %s}]
  attestors: [{name: a, cosign: {keyless: {identities: [%s]}}}]
  validations:
    - expression: images.containers.map(i, verifyImageSignatures(i, [attestors.a])).all(e, e > 0)
"""


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


CONVERTERS: dict[str, tuple[Callable[[str], str], Callable[[str, str], bool]]] = {
    "ClusterImagePolicy": (lambda glob: CIP % (quoted(glob), SIGNER), policy_controller),
    "verifyImages": (lambda wildcard: VERIFY_IMAGES % (quoted(wildcard), SIGNER), kyverno),
    "ImageValidatingPolicy": (lambda glob: VALIDATING % ("glob", quoted(glob), SIGNER), gobwas),
}


@cache
def reading(text: str) -> tuple[str, str | None]:
    reference = parse_reference(text)
    assert isinstance(reference, ImageReference)
    return reference.name, reference.effective_tag


def images(conversion: Conversion, *, unsaid: bool) -> list[ImagePattern]:
    return [
        pattern
        for one in conversion.policies
        if one.name.endswith("-unsaid") is unsaid
        for pattern in load_policy(one.text.encode(), source=one.name).images
    ]


def compared(kind: str, pattern: str, references: tuple[str, ...], *, alone: bool = False) -> Iterator[str]:
    """What is wrong with the conversion of ``pattern``, ``alone`` or beside another."""
    write, original = CONVERTERS[kind]
    document = (
        re.sub(r"(?<=\[)(?:\{glob: )?'quay\.io/[^']*'\}?, ", "", write(pattern)) if alone else write(pattern)
    )
    conversion = convert(document.encode(), "original.yaml")
    said, unsaid = images(conversion, unsaid=False), images(conversion, unsaid=True)
    named = any(pattern in issue.message for issue in conversion.unsupported)
    notes = [issue for issue in (*conversion.traps, *conversion.unsupported) if "[1]" in issue.path or alone]
    if unsaid and not named:
        yield f"{pattern} is refused, and not named: {conversion.unsupported}"
    for text in references:
        name, tag = reading(text)
        wanted = original(pattern, text)
        about = any(one.matches(name, tag) for one in said)
        if wanted and not about and not any(one.matches(name, tag) for one in unsaid):
            yield f"{pattern} is about {text}, and nothing that became of it"
        if about and not wanted and not notes and not is_other_spelling(original, pattern, text):
            yield f"{pattern} is not about {text}, and what became of it is, without a word"


def is_other_spelling(original: Callable[[str, str], bool], pattern: str, text: str) -> bool:
    """Whether the original is about the same image under another of its names."""
    host, path, tag, digest = parts(text)
    host = host.removesuffix(":443")
    paths = [path]
    if host in {"", "docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"}:
        hosts = ["docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com", ""]
        paths += [f"library/{path}"] if "/" not in path else [path.removeprefix("library/")]
    else:
        hosts = [host, host.upper(), *([f"{host}:443"] if not re.search(r":[0-9]+\Z", host) else [])]
    end = (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    return any(original(pattern, f"{one}/{other}{end}".removeprefix("/")) for one in hosts for other in paths)


GLOBS = """
    ghcr.io/org/app@sha256:5*
    ** * */* ghcr.io/** ghcr.io/* ghcr.io/org/* ghcr.io/org/** ghcr.io/org/app* ghcr.io/org/app@*
    ghcr.io/org/app ghcr.io/org/app@sha256:* ghcr.io/org/app:v1 ghcr.io/org/app:* ghcr.io/org/app:**
    ghcr.io* ghcr.io** ghcr.io:*/** *:5000/** *:5000/* *:443/** localhost:*/** localhost:*/*
    localhost*/** localhost:5*/** *.gcr.io/** *gcr.io/** *gcr.io/*/app* *.io/** *.io/app@* *.io/*/*@*
    i*.docker.io/** *.docker.io/** *.docker.io/*@* index.docker.io/** index.docker.io/*/*
    index.docker.io/library/* docker.io/** registry-1.docker.io/** *.com/** *.example.com/**
    *.example.com:*/** *.example.com:443/** registry.example.com:**/app* registry.example.com*/** nginx*
    nginx:* nginx:** nginx** */app* **/app* **/app@** **app@* **/org/** ghcr.io/**app* ghcr.io/*-*
    ghcr.io/org/*-evil* ghcr.io/org/App* GHCR.io/** *5f* **1 ghcr.io/*5f* *.*.com/** **:**/** *:*/**
"""
WILDCARDS = """
    * ** ghcr.io/* ghcr.io/org/* ghcr.io/org/app:* ghcr.io/org/app* ghcr.io/org/app
    ghcr.io/org/app@sha256:* ghcr.io/org/app:v1 ghcr.io/org/app:v? ghcr.io* registry.example.com*
    *:5000/* *:443/* localhost:*/* localhost* *gcr.io/* *.gcr.io/* *gcr.io/org/app:* *.io/* *.io/app:*
    *.io/org/app:v1 docker.io/* docker.io/nginx:* docker.io/library/* docker.io/n* index.docker.io/*
    *.docker.io/* *docker* *.com/* nginx:* nginx* *nginx* *nginx:* *:v1 *:prod *:latest *-evil:* */app:*
    */app */library/* library/* org/* org/app:v* *org/* g*/org/* ??cr.io/org/* ghcr?io/*
    ghcr.io?org?app:* ghcr.io/org/ap?:* ghcr.io/org/app?v1 *@sha256:* *5f* ghcr.io/*5f* ghcr.io/org/*a*
    ghcr.io/org/*v1 ghcr.io/org/App:* GHCR.io/* [::1]:5000/* registry.example.com:5*/*
    registry.example.com:* *.example.com:*/* *:*/* registry.example.com:5000* */* */*/* *1
"""
BRACES = """
    {ghcr.io,gcr.io}/* {ghcr.io,gcr.io}* ghcr.io/org/{app,team/app}:{v1,prod} {nginx,app} nginx nginx:v1
    app ghcr.io/org/app:v1@* ghcr.io/org/app:*@* ghcr.io/org/app:v1@sha256:* **:v1@sha256:* {,*/}nginx:*
    {,docker.io/}org/*
"""
EXAMPLES = [
    *(("ClusterImagePolicy", glob) for glob in GLOBS.split()),
    *(("verifyImages", wildcard) for wildcard in WILDCARDS.split()),
    *(("ImageValidatingPolicy", glob) for glob in (*WILDCARDS.split(), *BRACES.split())),
]


def test_there_are_many_references() -> None:
    assert len(set(REFERENCES)) > 1000


@pytest.mark.parametrize(("kind", "pattern"), EXAMPLES)
def test_nothing_that_the_original_is_about_is_left_out_without_a_word(kind: str, pattern: str) -> None:
    assert list(compared(kind, pattern, REFERENCES))[:5] == []
    assert list(compared(kind, pattern, REFERENCES[::5], alone=True))[:5] == []


heads = st.sampled_from(
    ["ghcr", ".io", "gcr.io", "docker.io", "*", "**", ".", ":", "5000", "localhost", "nginx", "x"]
)
bodies = st.sampled_from(
    ["/", "/", "org", "app", "nginx", "library", "-", "*", "**", "v1", ":", "@", "sha256:", "5f"]
)
generated = st.builds(
    lambda head, body: "".join(head) + "".join(body),
    st.lists(heads, min_size=1, max_size=4),
    st.lists(bodies, max_size=6),
)


@settings(max_examples=80)
@given(st.sampled_from(sorted(CONVERTERS)), generated, st.integers(0, 7))
def test_no_generated_pattern_loses_an_image(kind: str, pattern: str, start: int) -> None:
    assert list(compared(kind, pattern, REFERENCES[start::8]))[:3] == []


@pytest.mark.parametrize(
    "prefix", ["ghcr.io", "ghcr.io/", "ghcr.io/org/a", "localhost", "n", "docker.io/n", "org/"]
)
def test_a_prefix_of_an_expression_loses_nothing(prefix: str) -> None:
    text = VALIDATING % ("expression", quoted(f'ref.startsWith("{prefix}")'), SIGNER)
    conversion = convert(text.encode(), "original.yaml")
    patterns = [*images(conversion, unsaid=False), *images(conversion, unsaid=True)]
    for reference in REFERENCES:
        if reference.startswith(prefix):
            assert any(one.matches(*reading(reference)) for one in patterns), reference
