"""Globs of other tools over references, and the image patterns that they become.

The table for policy-controller is what its function gives for canonical names; for Kyverno, a wildcard over
the text of a reference.
"""

from __future__ import annotations

import pytest

from verifier.errors import InputError
from verifier.policy.convert import cip_images, kyverno_images
from verifier.policy.convert.draft import Images
from verifier.policy.patterns import ImagePattern

NGINX = "docker.io/library/nginx"
APP, EVIL, TEAM = "ghcr.io/org/app", "ghcr.io/org/app-evil", "ghcr.io/org/team/app"


def matched(images: Images, name: str, tag: str | None = None) -> bool:
    return any(ImagePattern.parse(text).matches(name, tag) for text in images.patterns)


@pytest.mark.parametrize(
    ("glob", "names"),
    [
        ("**", [NGINX, APP, EVIL, TEAM]),
        ("*", [NGINX]),
        ("*/*", [NGINX]),
        ("nginx*", []),
        ("docker.io/library/nginx*", []),
        ("index.docker.io/library/nginx*", [NGINX]),
        ("index.docker.io/*", []),
        ("index.docker.io/*/*", [NGINX]),
        ("index.docker.io/**", [NGINX]),
        ("*.docker.io/library/*", [NGINX]),
        ("*.io/**", [NGINX, APP, EVIL, TEAM]),
        ("ghcr.io/org/*", [APP, EVIL]),
        ("ghcr.io/org/**", [APP, EVIL, TEAM]),
        ("ghcr.io/org/app", []),
        ("ghcr.io/org/app:**", []),
        ("ghcr.io/org/app:1.*", []),
        ("ghcr.io/org/app*", [APP, EVIL]),
        ("ghcr.io/org/app**", [APP, EVIL]),
        ("ghcr.io/org/a*p@*", [APP]),
        ("ghcr.io/org/app@sha256:*", [APP]),
        ("ghcr.io/org/app@sha512:*", []),
        ("ghcr.io/org/app*@*", [APP, EVIL]),
        ("ghcr.io/org/*:*", [APP, EVIL]),
        ("ghcr.io/**/app*", [APP, EVIL, TEAM]),
        ("ghcr.io/**app@*", [APP, TEAM]),
        ("**/app@**", [APP, TEAM]),
        ("ghcr.io/org/App*", []),
        ("ghcr.io/org-*", []),
        ("org/app*", []),
    ],
)
def test_a_glob_of_policy_controller_is_about_canonical_names(glob: str, names: list[str]) -> None:
    images = cip_images.read_glob(glob)
    assert images.problem == ""
    assert [name for name in (NGINX, APP, EVIL, TEAM) if matched(images, name)] == names


@pytest.mark.parametrize(
    ("glob", "said"),
    [
        ("*", "* is not every image: policy-controller reads it as index.docker.io/library/*"),
        ("ghcr.io/org/app*", "app* also matches siblings of app, such as app-evil or appx"),
        ("ghcr.io/org/app:v*", "it matches no image in a cluster"),
        ("ghcr.io/org/*:v*", "it matches no image in a cluster"),
        ("ghcr.io/org/*a*", "a part of it matches the text @sha256:"),
        ("docker.io/library/nginx*", "Docker Hub is index.docker.io/library/"),
    ],
)
def test_the_traps_of_a_glob_of_policy_controller_are_said(glob: str, said: str) -> None:
    assert said in " ".join(cip_images.read_glob(glob).traps)


@pytest.mark.parametrize(
    ("glob", "refused", "problem"),
    [
        ("*gcr.io/p/*", "evilgcr.io/p/x", "registries"),
        ("registry-1.docker.io/org/*", "docker.io/org/x", "registries"),
        ("ghcr.io/org/app*1*", "ghcr.io/org/app-x", "characters of the digest"),
        ("ghcr.io/a**b**c*", "ghcr.io/ab/c", "too many image patterns"),
    ],
)
def test_what_no_pattern_means_is_refused(glob: str, refused: str, problem: str) -> None:
    images = cip_images.read_glob(glob)
    assert problem in images.problem
    assert any(ImagePattern.parse(text).matches(refused) for text in images.refused)


@pytest.mark.parametrize("glob", ["", "ghcr.io/org/{a,b}", "ghcr.io/org/[ab]", "a b", "ghcr.io/org/app?"])
def test_what_is_no_glob_of_policy_controller_is_an_error(glob: str) -> None:
    with pytest.raises(InputError):
        cip_images.read_glob(glob)


@pytest.mark.parametrize(
    ("glob", "meant"),
    [
        ("ghcr.io/org/app", ("ghcr.io/org/app",)),
        ("ghcr.io/org/app:v*", ("ghcr.io/org/app",)),
        ("ghcr.io/org/app@sha512:*", ("ghcr.io/org/app",)),
        ("docker.io/library/nginx:1", ("docker.io/library/nginx",)),
        ("nginx:1", ("docker.io/library/nginx",)),
        ("ghcr.io/org/App", ("**",)),
    ],
)
def test_what_a_dead_glob_probably_means(glob: str, meant: tuple[str, ...]) -> None:
    assert cip_images.meant_by(glob) == meant


BELOW = "ghcr.io/org/app/x"


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*", [NGINX, APP, EVIL, TEAM, BELOW]),
        ("ghcr.io/org/*", [APP, EVIL, TEAM, BELOW]),
        ("ghcr.io/org/app*", [APP, EVIL, BELOW]),
        ("ghcr.io/org/app:*", [APP]),
        ("ghcr.io/org/app", [APP]),
        ("ghcr.io/org/app@sha256:*", [APP]),
        ("ghcr.io/org/ap?:*", [APP, EVIL]),
        ("ghcr.io/*/app:*", [APP, TEAM]),
        ("*/app:*", [APP, TEAM]),
        ("*.io/org/*", [APP, EVIL, TEAM, BELOW]),
        ("*hcr.io/org/app:*", []),
        ("*cr.io/org/*", []),
        ("*ghcr.io/org/app:*", [APP]),
        ("nginx:*", [NGINX]),
        ("docker.io/nginx:*", [NGINX]),
        ("docker.io/library/nginx:*", [NGINX]),
        ("docker.io/*", [NGINX]),
        ("library/*", [NGINX]),
        ("ghcr.io/org/App:*", []),
    ],
)
def test_a_wildcard_of_kyverno_is_about_names(pattern: str, names: list[str]) -> None:
    images = kyverno_images.read_wildcard(pattern)
    assert [name for name in (NGINX, APP, EVIL, TEAM, BELOW) if matched(images, name)] == names


@pytest.mark.parametrize(
    ("pattern", "patterns", "refused"),
    [
        ("ghcr.io*", "ghcr.io:*/**", "**"),
        ("*cr.io/org/app:*", "*.cr.io/org/app", "*/org/app"),
        ("ghcr.io:5*/org/*", "", "ghcr.io:*/org/**"),
        ("*:443/org/app:*", "", "*/org/app"),
        ("nginx*", "docker.io/library/nginx", "**"),
    ],
)
def test_registries_that_no_pattern_means_are_refused(pattern: str, patterns: str, refused: str) -> None:
    images = kyverno_images.read_wildcard(pattern)
    assert patterns in images.patterns or not patterns
    assert refused in images.refused
    assert images.problem == "no image pattern means exactly the registries that it matches"


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("*:5000/*", {"*:5000/**"}),
        ("localhost:*/*", {"localhost:*/**"}),
        ("ghcr.io:*/org/app:*", {"ghcr.io:*/org/app", "ghcr.io:*/**/org/app"}),
        ("nginx:*", {"docker.io/library/nginx", "nginx:*/**"}),
        ("ghcr.io/org/*", {"ghcr.io/org/**"}),
        ("*:prod", {"**:prod"}),
    ],
)
def test_registries_on_any_port_have_patterns(pattern: str, said: set[str]) -> None:
    images = kyverno_images.read_wildcard(pattern)
    assert (set(images.patterns), images.refused) == (said, ())


def test_a_wildcard_of_kyverno_may_be_about_tags() -> None:
    images = kyverno_images.read_wildcard("ghcr.io/org/app:v*")
    assert images.patterns == ("ghcr.io/org/app:v*",)
    assert matched(images, APP, "v1")
    assert not matched(images, APP, "dev")
    assert "an image that is given in another way" in " ".join(images.traps)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("ghcr.io/org/app*", "also matches siblings of app, such as app-evil, and whatever lies below"),
        ("ghcr.io/org/ap?:*", "? is one character, and was widened"),
        ("docker.io/nginx:*", "of the spellings of an image on Docker Hub"),
        ("ghcr.io/org/*a*", "text of it may also be found in a tag or digest"),
        ("*ghcr.io/org/*", "within the name of a registry"),
        ("ghcr.io/org/App:*", "it matches no image"),
    ],
)
def test_the_traps_of_a_wildcard_of_kyverno_are_said(pattern: str, said: str) -> None:
    assert said in " ".join(kyverno_images.read_wildcard(pattern).traps)


@pytest.mark.parametrize(
    ("glob", "names"),
    [
        ("ghcr.io/org/{app,tool}:*", [APP]),
        ("ghcr.io/{org,other}/**", [APP, EVIL, TEAM]),
        ("ghcr.io/org/\\app:*", [APP]),
        ("ghcr.io/org/[ab]pp:*", [NGINX, APP, EVIL, TEAM]),
        ("ghcr.io/org/{a,{b,c}}", [NGINX, APP, EVIL, TEAM]),
        ("nginx*", [NGINX]),
    ],
)
def test_a_glob_of_an_image_validating_policy_is_about_names(glob: str, names: list[str]) -> None:
    images = kyverno_images.read_glob(glob)
    assert [name for name in (NGINX, APP, EVIL, TEAM) if matched(images, name)] == names


def test_hostile_globs_take_no_time_and_stand_for_every_image() -> None:
    assert kyverno_images.read_glob("{a,b}" * 40).patterns == ("**",)
    assert kyverno_images.read_wildcard("a*b" * 200).patterns == ("**",)
    assert cip_images.read_glob("ghcr.io/" + "a**b" * 100).refused == ("ghcr.io/**",)
