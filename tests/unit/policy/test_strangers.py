"""Who else a signer is, issuer by issuer: each pattern that takes a stranger beside one that does not.

The subjects of strangers are written by hand, from Fulcio's docs/oidc.md and config/identity/config.yaml.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from tests.unit.policy.factory import ISSUER as GITHUB
from verifier.policy.automata import common, of_template, of_text
from verifier.policy.document import load_policy
from verifier.policy.lint import lint
from verifier.policy.stranger_names import FORGES, KNOWN, REF, REPOSITORY

NOW = datetime(2026, 11, 24, tzinfo=UTC)
FILE = r"/\.github/workflows/release\.yaml@refs/heads/main"
CI = r"//\.gitlab-ci\.yml@refs/heads/main"
SHARED = "https://github.com/example/workflows/.github/workflows/build.yaml@refs/tags/v1"
GOOGLE = "https://accounts.google.com"
LOGIN = "https://github.com/login/oauth"
CIRCLECI = "https://circleci.com/api/v2/projects/"
CODEFRESH = "https://oidc.codefresh.io"
EKS = r"https://oidc\.eks\.[a-z0-9-]+\.amazonaws\.com/id/"
ACCOUNT = "https://kubernetes.io/namespaces/ci/serviceaccounts/release"


def said(
    issuer: str,
    subject: str,
    *claims: str,
    issuer_pattern: bool = False,
    exact: bool = False,
    images: str = "ghcr.io/example/app",
) -> list[str]:
    """What is said of a signer with these."""
    name = "subject" if exact else "subject-pattern"
    text = (
        f"version: 1\nname: app\nimages: [{images}]\nsigners:\n  release:\n"
        f"    issuer{'-pattern' if issuer_pattern else ''}: '{issuer}'\n    {name}: '{subject}'\n"
        + (f"    claims: {{{', '.join(claims)}}}\n" if claims else "")
        + "require: [signature: {}]\n"
    )
    return [item.message for item in lint(load_policy(text.encode(), source="policy.yaml"), NOW)]


SUBJECTS = {
    "any owner on GitHub": (
        GITHUB,
        rf"https://github\.com/[^/]+/hello{FILE}",
        rf"https://github\.com/example/[^/]+{FILE}",
        "https://github.com/anybody/hello/.github/workflows/release.yaml@refs/heads/main",
    ),
    "an owner whose name goes on": (
        GITHUB,
        rf"https://github\.com/example.*/hello{FILE}",
        rf"https://github\.com/(?:example|example-labs)/hello{FILE}",
        "https://github.com/exampleanybody/hello/.github/workflows/release.yaml@refs/heads/main",
    ),
    "an owner of some letters": (
        GITHUB,
        rf"https://github\.com/exa[a-z]{{2}}/hello{FILE}",
        rf"https://github\.com/[Ee]xample/hello{FILE}",
        "https://github.com/exaaa/hello/.github/workflows/release.yaml@refs/heads/main",
    ),
    "one's own name in the ref": (
        GITHUB,
        r".*@refs/heads/example/hello",
        r"https://github\.com/example/.*@refs/heads/example/hello",
        "https://github.com/anybody/anything/.github/workflows/release.yaml@refs/heads/example/hello",
    ),
    "one's own name in another's": (
        GITHUB,
        rf".*example/hello{FILE}",
        rf"https://github\.com/example/hello{FILE}",
        "https://github.com/anybodyexample/hello/.github/workflows/release.yaml@refs/heads/main",
    ),
    "any group on GitLab": (
        "https://gitlab.com",
        rf"https://gitlab\.com/[^/]+/hello{CI}",
        rf"https://gitlab\.com/example/.+{CI}",
        "https://gitlab.com/anybody/hello//.gitlab-ci.yml@refs/heads/main",
    ),
    "any group on a GitLab of one's own": (
        "https://gitlab.example.com",
        rf"https://gitlab\.example\.com/[^/]+/hello{CI}",
        rf"https://gitlab\.example\.com/team/(?:[a-z]+/)*hello{CI}",
        "https://gitlab.example.com/anybody/hello//.gitlab-ci.yml@refs/heads/main",
    ),
    "any owner on a GitHub of one's own": (
        "https://github.example.com/_services/token",
        rf"https://github\.example\.com/[^/]+/hello{FILE}",
        rf"https://github\.example\.com/team/[^/]+{FILE}",
        "https://github.example.com/anybody/hello/.github/workflows/release.yaml@refs/heads/main",
    ),
    "any service account": (
        GOOGLE,
        r".+\.gserviceaccount\.com",
        r"[a-z-]+@example-prod\.iam\.gserviceaccount\.com",
        "anybody@anybody.iam.gserviceaccount.com",
    ),
    "a service account of any project": (
        GOOGLE,
        r"release-bot@[a-z0-9-]+\.iam\.gserviceaccount\.com",
        r"release-bot@example-(?:prod|test)\.iam\.gserviceaccount\.com",
        "release-bot@anybody.iam.gserviceaccount.com",
    ),
    "a project whose name goes on": (
        GOOGLE,
        r"release-bot@example-.+\.iam\.gserviceaccount\.com",
        r"release-bot@example-prod\.iam\.gserviceaccount\.com",
        "release-bot@example-anybody.iam.gserviceaccount.com",
    ),
    "any project's own account": (
        GOOGLE,
        r"[0-9]+-compute@developer\.gserviceaccount\.com",
        r"(?:123|456)-compute@developer\.gserviceaccount\.com",
        "0-compute@developer.gserviceaccount.com",
    ),
    "any project's build account": (
        GOOGLE,
        r"[0-9]+@cloudbuild\.gserviceaccount\.com",
        r"123@cloudbuild\.gserviceaccount\.com",
        "0@cloudbuild.gserviceaccount.com",
    ),
    "any address at a provider": (
        LOGIN,
        r"[a-z0-9.]+@gmail\.com",
        r"[a-z0-9.]+@example\.com",
        "anybody@gmail.com",
    ),
    "an address that begins like one's own": (
        LOGIN,
        r"release\..*@gmail\.com",
        r"release\+.*@gmail\.com",
        "release.anybody@gmail.com",
    ),
    "one of several providers": (
        "https://login.microsoftonline.com",
        r".+@(?:example|outlook)\.com",
        r"(?:alice|bob)@(?:example|outlook)\.com",
        "anybody@outlook.com",
    ),
    "any mail host": (
        GOOGLE,
        r"release-bot@[a-z.]+\.com",
        r"release-bot@[a-z.]+\.example\.com",
        "release-bot@anybody.com",
    ),
    "a mail host that ends like one's own": (
        "https://oauth2.sigstore.dev/auth",
        r".+example\.com",
        r".+@example\.com",
        "anybody@anybodyexample.com",
    ),
    "a mail host that goes on": (
        GOOGLE,
        r"release@example\.com.*",
        r"release@example\.com(?:\.au)?",
        "release@example.com.example",
    ),
    "any host of a country": (
        GOOGLE,
        r"[a-z]+@[a-z]+\.co\.uk",
        r"[a-z]+@[a-z]+\.example\.co\.uk",
        "anybody@anybody.co.uk",
    ),
    "any organisation of Buildkite": (
        "https://agent.buildkite.com",
        r"https://buildkite\.com/[^/]+/release",
        r"https://buildkite\.com/example/.*",
        "https://buildkite.com/anybody/release",
    ),
    "any project of CircleCI": (
        "https://oidc.circleci.com",
        rf"{re.escape(CIRCLECI)}.*",
        rf"{re.escape(CIRCLECI)}0123-4567/.*",
        f"{CIRCLECI}a/pipeline-definitions/a",
    ),
    "any account of Codefresh": (
        CODEFRESH,
        r"https://g\.codefresh\.io/[^/]+/hello/release:.*",
        r"https://g\.codefresh\.io/example/hello/release:.*",
        "https://g.codefresh.io/anybody/hello/release:a/a",
    ),
    "any pipeline of Codefresh": (
        CODEFRESH,
        r"https://g\.codefresh\.io/.*:[0-9a-f]+/[0-9a-f]+",
        r"https://g\.codefresh\.io/.*:628a80b693a15c0f9c13ab75/[0-9a-f]+",
        "https://g.codefresh.io/anybody/release:a/a",
    ),
    "any workspace of Buddy": (
        "https://eu-oidc.buddyusercontent.com",
        r"https://eu\.buddy\.works/[^/]+/hello/pipelines/pipeline/[0-9]+",
        r"https://eu\.buddy\.works/example/hello/pipelines/pipeline/[0-9]+",
        "https://eu.buddy.works/anybody/hello/pipelines/pipeline/0",
    ),
    "any organisation of Chainguard": (
        "https://issuer.enforce.dev",
        r"https://issuer\.enforce\.dev/.*",
        r"https://issuer\.enforce\.dev/0123abcd/.*",
        "https://issuer.enforce.dev/a",
    ),
    "any trust domain": (
        "https://oidc.example.org",
        r"spiffe://[^/]+/ns/ci/sa/release",
        r"spiffe://example\.org/ns/ci/sa/.*",
        "spiffe://anybody.example/ns/ci/sa/release",
    ),
    "any host": (
        "https://ci.example.com",
        r"https://ci.*/job/release",
        r"https://ci\.example\.com/job/.*",
        "https://ci.example/job/release",
    ),
}


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_pattern_that_takes_a_stranger_is_a_warning_with_the_stranger(name: str) -> None:
    issuer, loose, tight, stranger = SUBJECTS[name]
    (warning,) = [message for message in said(issuer, loose) if stranger in message]
    assert warning.startswith("signer 'release': the pattern takes ")
    assert said(issuer, tight) == []


ISSUERS = {
    "GitHub's, and what goes on behind it": (
        re.escape(GITHUB) + ".*",
        re.escape(GITHUB),
        "https://token.actions.githubusercontent.com.example",
    ),
    "a host that ends like one's own": (r"https://[^/]*example\.com", r"https://[^/]*\.example\.com", None),
    "any host": (r"https://[a-z]+\.com", r"https://[a-z]+\.example\.com", "https://anybody.com"),
    "any host's path": (
        r"https://[^/]+/auth/realms/ci",
        r"https://auth\.example\.com/auth/realms/[a-z]+",
        "https://anybody.example/auth/realms/ci",
    ),
    "any tenant": (
        r"https://sts\.windows\.net/.*/",
        r"https://sts\.windows\.net/0123-4567/",
        "https://sts.windows.net/a/",
    ),
    "any tenant by its host": (
        r"https://[a-z-]+\.okta\.com",
        r"https://(?:example|example-dev)\.okta\.com",
        "https://anybody.okta.com",
    ),
}


@pytest.mark.parametrize("name", ISSUERS)
def test_an_issuers_pattern_that_takes_others_is_a_warning(name: str) -> None:
    loose, tight, other = ISSUERS[name]
    messages = said(loose, "https://ci.example.com/release", issuer_pattern=True, exact=True)
    (warning,) = [message for message in messages if "the issuer's pattern also takes" in message]
    assert other is None or warning.endswith(other)
    assert said(tight, "https://ci.example.com/release", issuer_pattern=True, exact=True) == []


def enterprise(slug: str) -> str:
    return re.escape(GITHUB) + slug


BY_ISSUER = {
    "any enterprise, and any owner": (
        (enterprise("/[a-z]+"), rf"https://github\.com/[^/]+/hello{FILE}"),
        (enterprise("/acme"), rf"https://github\.com/[^/]+/hello{FILE}"),
    ),
    "any enterprise or none, and any owner": (
        (enterprise("(?:/.*)?"), rf"https://github\.com/[^/]+/hello{FILE}"),
        (enterprise("(?:/.*)?"), rf"https://github\.com/example/hello{FILE}"),
    ),
    "any organisation of CircleCI": (
        (r"https://oidc\.circleci\.com/org/.*", rf"{re.escape(CIRCLECI)}.*"),
        (r"https://oidc\.circleci\.com/org/0123-4567", rf"{re.escape(CIRCLECI)}.*"),
    ),
    "any cluster at Amazon": (
        (f"{EKS}[0-9A-F]+", re.escape(ACCOUNT)),
        (f"{EKS}0123ABCD", re.escape(ACCOUNT)),
    ),
    "any cluster at Google": (
        (r"https://container\.googleapis\.com/v1/projects/.*", re.escape(ACCOUNT)),
        (r"https://container\.googleapis\.com/v1/projects/example/.*", re.escape(ACCOUNT)),
    ),
    "any cluster at Azure": (
        (r"https://oidc\.prod-aks\.azure\.com/.*", re.escape(ACCOUNT)),
        (r"https://oidc\.prod-aks\.azure\.com/0123-4567/.*", re.escape(ACCOUNT)),
    ),
}


@pytest.mark.parametrize("name", BY_ISSUER)
def test_where_the_issuer_tells_whose_it_is_it_must_be_written_out(name: str) -> None:
    loose, tight = BY_ISSUER[name]
    assert any(
        "that it does not name" in one and "(issuer " in one for one in said(*loose, issuer_pattern=True)
    )
    assert said(*tight, issuer_pattern=True) == []


CALLERS = {
    "nobody": ((), ("source-repository-owner-uri: https://github.com/example",)),
    "any repository": (
        (r"source-repository-uri-pattern: 'https://github\.com/.+'",),
        (r"source-repository-uri-pattern: 'https://github\.com/example/.+'",),
    ),
    "a repository of our name": (
        (r"source-repository-uri-pattern: 'https://github\.com/[^/]+/hello'",),
        (r"source-repository-uri-pattern: 'https://github\.com/example/[^/]+'",),
    ),
    "any owner": (
        (r"source-repository-owner-uri-pattern: 'https://github\.com/.*'",),
        ("source-repository-owner-uri: https://github.com/example",),
    ),
    "any number": (
        ("source-repository-owner-identifier-pattern: '[0-9]+'",),
        ("source-repository-owner-identifier: '90123456'",),
    ),
    "any repository, by its older name": (
        ("github-workflow-repository-pattern: '.*/hello'",),
        ("github-workflow-repository-pattern: 'example/.*'",),
    ),
    "any workflow that calls": (
        (r"build-config-uri-pattern: 'https://github\.com/.*/release\.yaml@refs/heads/main'",),
        (r"build-config-uri-pattern: 'https://github\.com/example/.*'",),
    ),
    "any owner of a repository that is written out": (
        (r"source-repository-uri-pattern: 'https://github\.com/.+'", "runner-environment: github-hosted"),
        (
            r"source-repository-uri-pattern: 'https://github\.com/.+'",
            "source-repository-owner-uri: https://github.com/example",
        ),
    ),
    "what anybody can have": (
        (
            "source-repository-ref: refs/heads/main",
            "runner-environment: github-hosted",
            "build-trigger: push",
        ),
        ("source-repository-identifier: '12345678'", "runner-environment: github-hosted"),
    ),
}


@pytest.mark.parametrize("name", CALLERS)
def test_a_shared_workflow_must_say_who_may_call_it(name: str) -> None:
    loose, tight = CALLERS[name]
    (warning,) = said(GITHUB, SHARED, *loose, exact=True)
    assert "https://github.com/anybody/" in warning
    assert said(GITHUB, SHARED, *tight, exact=True) == []


@pytest.mark.parametrize("name", ["any repository", "a repository of our name", "any owner", "any number"])
def test_a_claim_about_the_caller_narrows_a_wide_subject(name: str) -> None:
    loose, tight = CALLERS[name]
    wide = rf"https://github\.com/[^/]+/hello{FILE}"
    (warning,) = said(GITHUB, wide, *loose)
    assert "that it does not name: https://github.com/anybody/hello/.github/" in warning
    assert said(GITHUB, wide, *tight) == []


@pytest.mark.parametrize(
    ("subject", "images", "warned"),
    [
        ("example/workflows/.github/workflows/build.yaml@refs/tags/v1", "ghcr.io/example/app", True),
        ("example/.github/.github/workflows/build.yaml@refs/tags/v1", "ghcr.io/example/app", True),
        ("example/hello/.github/workflows/reusable-build.yaml@refs/tags/v1", "ghcr.io/example/app", True),
        ("example/image-builder/.github/workflows/release.yaml@refs/tags/v1", "ghcr.io/example/app", True),
        # Its own image.
        (
            "example/image-builder/.github/workflows/release.yaml@refs/tags/v1",
            "ghcr.io/example/image-builder",
            False,
        ),
        ("example/hello/.github/workflows/release.yaml@refs/tags/v1", "ghcr.io/example/app", False),
    ],
)
def test_a_workflow_that_looks_shared_is_a_warning(subject: str, images: str, *, warned: bool) -> None:
    messages = said(GITHUB, f"https://github.com/{subject}", exact=True, images=images)
    assert any("looks like a workflow that other repositories call" in one for one in messages) is warned


def test_a_shared_workflow_of_an_enterprise_is_called_by_the_enterprise_alone() -> None:
    assert said(f"{GITHUB}/acme", SHARED, exact=True) == []


PROPOSED = {
    "any ref": (r"@.+", r"@refs/heads/.+", ()),
    "any kind of ref": (r"@refs/[^/]+/.*", r"@refs/(?:heads|tags)/.*", ()),
    "another event": (r"@.+", r"@refs/heads/.+", ("runner-environment: github-hosted",)),
}


@pytest.mark.parametrize("name", PROPOSED)
def test_a_ref_of_a_pull_request_is_a_warning(name: str) -> None:
    loose, tight, claims = PROPOSED[name]
    workflow = r"https://github\.com/example/hello/\.github/workflows/release\.yaml"
    (warning,) = said(GITHUB, workflow + loose, *claims)
    assert "/release.yaml@refs/pull/0/merge" in warning
    assert said(GITHUB, workflow + tight, *claims) == []


@pytest.mark.parametrize(
    "claim",
    ["build-trigger: push", "source-repository-ref: refs/heads/main", "github-workflow-trigger: push"],
)
def test_a_claim_that_a_pull_request_does_not_have_is_enough(claim: str) -> None:
    workflow = r"https://github\.com/example/hello/\.github/workflows/release\.yaml@.+"
    assert said(GITHUB, workflow, claim) == []
    assert (
        len(
            said(
                GITHUB, workflow, claim.replace("push", "pull_request").replace("heads/main", "pull/0/merge")
            )
        )
        == 1
    )


@pytest.mark.parametrize(
    ("loose", "tight"),
    [
        (
            "uri-pattern: 'https://gitlab[.]com/[^/]+/sub/hello'",
            "uri-pattern: 'https://gitlab[.]com/example/[^/]+/hello'",
        ),
        ("uri-pattern: 'https://gitlab[.]com/.+/hello'", "uri: https://gitlab.com/example/sub/hello"),
        ("owner-uri-pattern: 'https://gitlab[.]com/.*'", "owner-uri: https://gitlab.com/example/sub"),
        ("owner-identifier-pattern: '[0-9]+'", "owner-identifier: '72'"),
    ],
)
def test_a_claim_of_gitlab_narrows_a_wide_subject(loose: str, tight: str) -> None:
    wide = rf"https://gitlab\.com/.+/hello{CI}"
    (warning,) = said("https://gitlab.com", wide, f"source-repository-{loose}")
    assert "https://gitlab.com/anybody/" in warning
    assert "hello//.gitlab-ci.yml@refs/heads/main" in warning
    assert said("https://gitlab.com", wide, f"source-repository-{tight}") == []


def test_a_merge_request_of_gitlab_is_a_warning() -> None:
    project = r"https://gitlab\.com/example/hello//\.gitlab-ci\.yml"
    (warning,) = said("https://gitlab.com", f"{project}@.+")
    assert "also of merge requests (refs/merge-requests/…)" in warning
    assert said("https://gitlab.com", f"{project}@refs/heads/.+") == []


@pytest.mark.parametrize(
    ("issuer", "subject"),
    [
        (GOOGLE, r"release-bot@.+\.example\.com"),
        (LOGIN, r".+@example\.com"),
        ("https://agent.buildkite.com", r"https://buildkite\.com/example/.+"),
        ("https://issuer.enforce.dev", r"https://issuer\.enforce\.dev/0123abcd/.+"),
        ("https://ci.example.com", r"https://ci\.example\.com/job/.+"),
    ],
)
def test_what_has_no_ref_is_not_warned_of_for_its_ref(issuer: str, subject: str) -> None:
    assert said(issuer, subject) == []


def test_a_source_of_circleci_says_whose_project_it_is() -> None:
    anything = rf"{re.escape(CIRCLECI)}.*"
    source = "source-repository-uri: https://github.com/example/hello"
    assert said("https://oidc.circleci.com", anything, source) == []
    loose = "source-repository-uri-pattern: '.*/hello'"
    assert len(said("https://oidc.circleci.com", anything, loose)) == 1


def test_an_address_has_no_claims_so_that_one_with_claims_is_nobodys() -> None:
    assert said(LOGIN, r"[a-z]+@gmail\.com", "build-trigger: push") == []


@pytest.mark.parametrize(
    ("key", "where"),
    [
        ("subject", "the subject's pattern"),
        ("issuer", "the issuer's pattern"),
        ("claim", "source-repository-uri-pattern"),
    ],
)
def test_a_dot_is_said_wherever_it_stands(key: str, where: str) -> None:
    for escaped in (True, False):
        parts = {"subject": SHARED, "issuer": GITHUB, "claim": "https://github.com/example/hello"}
        parts |= {one: re.escape(text) for one, text in parts.items() if one != key}
        parts[key] = re.escape(parts[key]) if escaped else parts[key]
        messages = said(
            parts["issuer"],
            parts["subject"],
            f"source-repository-uri-pattern: '{parts['claim']}'",
            issuer_pattern=True,
        )
        assert messages == (
            [] if escaped else [f"signer 'release': a dot in {where} stands for any character"]
        )


def test_a_pattern_that_is_too_large_is_said() -> None:
    (warning,) = said(GITHUB, rf"https://github\.com/example/{'[a-z]{1,900}' * 6}x{FILE}")
    assert "nobody was tried on its patterns" in warning
    assert said(GITHUB, rf"https://github\.com/example/(?:[a-z]{{1,39}}-)?x{FILE}") == []


DOCUMENTED = {
    "github": "https://github.com/octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main",
    "gitlab": "https://gitlab.com/my-group/my-project//.gitlab-ci.yml@refs/heads/main",
    "buildkite": "https://buildkite.com/acme-inc/super-duper-app",
    "buddy": "https://eu.buddy.works/meok/myproject/pipelines/pipeline/45289",
    "codefresh": "https://g.codefresh.io/codefresh-account/oidc-test/get-token:628a80b693a15c0f9c13ab75"
    "/65e5a53e52853dc51a5b0cc1",
    "kubernetes": ACCOUNT,
}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_subjects_of_fulcios_documentation_have_the_shape_that_is_tried(name: str) -> None:
    templates = [trial.subject for trial in KNOWN]
    templates += [forge.shape(forge.host, f"(?:{forge.owner})", REPOSITORY, REF) for forge in FORGES]
    assert any(common(of_text(DOCUMENTED[name]), of_template(one)) is not None for one in templates)
