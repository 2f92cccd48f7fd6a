"""The names that anybody can have: subjects as Fulcio makes them for each issuer, and whose they are.

https://github.com/sigstore/fulcio/blob/main/config/identity/config.yaml and docs/oidc.md there. A template
is an expression (`automata.of_template`): ``d1`` to ``d3`` are the places that tell one owner from another,
``n`` are words that show well.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Trial:
    """Subjects of one kind. A stranger has others than the owner's in every place of ``chosen``.

    ``what`` says in a warning whose they are, ``hint`` what to do. ``issuer`` is a template too, for it may
    tell whose the subject is; ``issuer_chosen`` are its places. ``claims`` are templates of those that tell
    whose it is as well; None where the issuer gives no claims. Others a stranger has as they are wanted.
    """

    issuer: str
    subject: str
    what: str
    hint: str
    chosen: int = 1
    issuer_chosen: int = 0
    claims: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class Forge:
    """Subjects of what runs in repositories on ``host``. The claims are those of the one that it runs for.

    ``shape`` makes the template of host, owner, repository and ref. ``proposed`` is the ref of a change that
    somebody only proposes, ``words`` are how people say that they mean such subjects.
    """

    issuer: str
    host: str
    shape: Callable[[str, str, str, str], str]
    owner: str
    proposed: str
    words: tuple[str, ...]
    what: str
    hint: str
    issuer_chosen: int = 0


def _word(preferred: str, other: str) -> str:
    return f"(?P<r>(?P<n>{preferred})|{other})"


def _name(characters: str) -> str:
    """A name that a stranger can register, one's own with something before or behind it too."""
    return f"[{characters}]*(?P<n>anybody)[{characters}]*|[{characters}]+"


_PART = "[A-Za-z0-9_@+=,-][A-Za-z0-9._@+=,-]*"  # git-check-ref-format(1): no part begins with a dot
REF: Final = f"refs/(?:(?P<n>heads)|(?P<r>tags))/{_word('main', f'{_PART}(?:/{_PART})*')}"
REPOSITORY: Final = _word("anything", "[A-Za-z0-9._-]+")
_FILE = rf"{_word('release', '[A-Za-z0-9._-]+')}\.(?:(?P<n>yaml)|(?P<r>yml))"
OWNER: Final = _name("A-Za-z0-9-")
GROUP: Final = _name("A-Za-z0-9._-")

# Domains below which anybody can have a name, beside those of countries such as co.uk.
_SHARED = (
    r"(?:co|com|net|org|or|ne|ac|gov)\.[a-z]{2}",
    *(re.escape(name) for name in (
        "github.io", "gitlab.io", "pages.dev", "workers.dev", "web.app", "firebaseapp.com", "run.app",
        "appspot.com", "herokuapp.com", "netlify.app", "vercel.app", "onrender.com", "fly.dev",
        "azurewebsites.net", "cloudfront.net", "onmicrosoft.com", "okta.com", "oktapreview.com", "auth0.com",
        "eu.auth0.com", "us.auth0.com", "au.auth0.com", "onelogin.com", "ngrok.io", "ngrok.app", "ghe.com",
    )),
)  # fmt: skip
_LABEL = "[a-z0-9-]"
_ENDING = f"(?P<r>{'|'.join(_SHARED)})|(?P<d1>(?P<n>example)|[a-z]+)"
_DOMAIN = rf"(?:{_LABEL}+\.)*(?P<d1>{_name('a-z0-9-')})\.(?:{_ENDING})"
_HOST = rf"(?:{_LABEL}+\.)*{_LABEL}+(?::[0-9]+)?"
_MAIL_CHARACTERS = "A-Za-z0-9._%"
# Where anybody gets an address.
_PROVIDERS = "|".join((
    r"(?:yahoo|ymail|rocketmail|hotmail|outlook|live|msn|gmx|yandex|aol|tutanota|tuta|mail|inbox)\.[a-z]{2,3}",
    r"(?:yahoo|hotmail|live|outlook)\.(?:co|com)\.[a-z]{2}",
    *(re.escape(name) for name in (
        "gmail.com", "googlemail.com", "icloud.com", "me.com", "mac.com", "proton.me", "protonmail.com",
        "protonmail.ch", "pm.me", "web.de", "freenet.de", "t-online.de", "posteo.de", "mailbox.org",
        "qq.com", "163.com", "126.com", "139.com", "foxmail.com", "sina.com", "sohu.com", "naver.com",
        "daum.net", "hanmail.net", "zoho.com", "zohomail.com", "fastmail.com", "hey.com", "hushmail.com",
        "tutamail.com", "duck.com", "rediffmail.com", "bk.ru", "list.ru", "rambler.ru", "ukr.net",
        "orange.fr", "free.fr", "laposte.net", "libero.it", "virgilio.it", "seznam.cz", "wp.pl", "o2.pl",
        "interia.pl", "bluewin.ch", "btinternet.com", "comcast.net", "att.net", "verizon.net", "cox.net",
        "bigpond.com", "uol.com.br", "bol.com.br", "terra.com.br", "riseup.net", "disroot.org", "cock.li",
        "mailinator.com", "yopmail.com", "privaterelay.appleid.com", "users.noreply.github.com",
    )),
))  # fmt: skip

GITHUB: Final = "https://token.actions.githubusercontent.com"
_GITHUB_HOST = r"github\.com"
_GITHUB = r"https://token\.actions\.githubusercontent\.com"
_ENTERPRISE = rf"{_GITHUB}/(?P<d1>{_name('a-z0-9-')})"
_GITLAB = r"https://(?:gitlab\.com|dev\.gitlab\.org|ops\.gitlab\.net|gitlab\.archlinux\.org)"
MAIL_ISSUERS: Final = (
    "https://accounts.google.com",
    "https://github.com/login/oauth",
    "https://login.microsoftonline.com",
    "https://oauth2.sigstore.dev/auth",
    "https://oauth2.sigstage.dev/auth",
    "https://issuer.hello.coop",
    "https://sigstore.verify.ibm.com/oauth2",
    "https://www.kaggle.com/api/v1/models/signing",
    "https://auth.eclipse.org/auth/realms/foundation-service-accounts",
)
_MAIL = "|".join(map(re.escape, MAIL_ISSUERS))

_OWNERS = "workflows of repositories that it does not name"
_WRITE_OWNER = "write owner and repository, and [^/]+ for one part"


def workflow(host: str, owner: str, repository: str, ref: str) -> str:
    """Subjects of workflows on GitHub and its like."""
    folder = r"\.github" if host == _GITHUB_HOST else r"\.(?:(?P<n>github)|(?P<r>gitea|forgejo))"
    return rf"https://{host}/{owner}/{repository}/{folder}/workflows/{_FILE}@{ref}"


def pipeline(host: str, group: str, project: str, ref: str) -> str:
    """Subjects of pipelines on GitLab."""
    config = _word(r"\.gitlab-ci\.yml", "[A-Za-z0-9._-][A-Za-z0-9._/-]*")
    return f"https://{host}/{group}(?:/[A-Za-z0-9._-]+)*/{project}//{config}@{ref}"


def _github(issuer: str, host: str, issuer_chosen: int = 0) -> Forge:
    proposed, words = "(?P<d1>refs/pull/)[0-9]+/merge", ("github", "gitea", "forgejo", "workflows")
    return Forge(issuer, host, workflow, OWNER, proposed, words, _OWNERS, _WRITE_OWNER, issuer_chosen)


def _gitlab(issuer: str, host: str) -> Forge:
    what, hint = "pipelines of groups that it does not name", "write the group, and [^/]+ for one part"
    proposed = "(?P<d1>refs/merge-requests/)[0-9]+/(?:head|merge)"
    return Forge(issuer, host, pipeline, GROUP, proposed, ("gitlab",), what, hint)


def _google(subject: str) -> Trial:
    what = "service accounts of projects that it does not name"
    return Trial(r"https://accounts\.google\.com", subject, what, "write the project's name")


def _mail(issuer: str) -> tuple[Trial, ...]:
    local = _word("anybody", f"[{_MAIL_CHARACTERS}+-]+")
    # What follows a plus goes to the same person.
    own = f"(?P<d1>{_name(f'{_MAIL_CHARACTERS}-')})(?:\\+[{_MAIL_CHARACTERS}+-]*)?"
    return (
        Trial(
            issuer, f"{own}@(?:{_PROVIDERS})", "addresses at a provider where anybody gets one",
            "write out the addresses, or take those of your own domain",
        ),
        Trial(issuer, f"{local}@{_DOMAIN}", "addresses at domains that it does not name", "write the domain"),
    )  # fmt: skip


_PROJECT = f"(?P<d1>{_name('a-z0-9-')})"
_NUMBER = "(?P<d1>[0-9]+)"
_AGENTS = r"(?:gcp-sa-[a-z0-9-]+|serverless-robot-prod|container-engine-robot|compute-system|gae-api-prod)"
_ACCOUNTS = (
    rf"{_word('anybody', '[a-z0-9-]+')}@{_PROJECT}\.iam\.gserviceaccount\.com",
    rf"{_NUMBER}-compute@developer\.gserviceaccount\.com",
    rf"{_NUMBER}@cloudbuild\.gserviceaccount\.com",
    rf"(?:{_PROJECT}|{_NUMBER})@(?:appspot|cloudservices)\.gserviceaccount\.com",
    rf"service-{_NUMBER}@{_AGENTS}\.iam\.gserviceaccount\.com",
)
_SLUG = "[A-Za-z0-9_-]+"
_PIPELINE = _word("release", "[A-Za-z0-9._-]+")
_UUID = "[0-9a-f-]+"
_CIRCLECI_SUBJECT = (
    rf"https://circleci\.com/api/v2/projects/(?P<d1>{_UUID})/pipeline-definitions/(?P<d2>{_UUID})"
)
_CLUSTERS = (
    rf"https://container\.googleapis\.com/v1/projects/{_PROJECT}/locations/[a-z0-9-]+/clusters/[a-z0-9-]+",
    r"https://oidc\.eks\.[a-z0-9-]+\.amazonaws\.com/id/(?P<d1>[0-9A-F]+)",
    rf"https://(?:[a-z0-9]+\.oic|oidc)\.prod-aks\.azure\.com/(?P<d1>{_UUID})(?:/{_UUID})?/?",
)
_SERVICE_ACCOUNT = r"https://kubernetes\.io/namespaces/[a-z0-9-]+/serviceaccounts/[a-z0-9.-]+"
_CIRCLECI_CLAIMS = (
    (
        "sourceRepositoryURI",
        rf"(?:(?P<n>https://)|git@|ssh://git@)[a-z.]+[:/](?P<d1>{OWNER})/{REPOSITORY}(?:\.git)?",
    ),
)
_CIRCLECI_HINT = "write the project's id, or 'claims: {source-repository-uri: …}'"
_CODEFRESH = (
    rf"https://g\.codefresh\.io/(?P<d1>{GROUP})/(?:[^/:]+/)*{_PIPELINE}:(?P<d2>[0-9a-f]+)/(?P<d3>[0-9a-f]+)"
)
_BUDDY = (
    rf"https://(?:app|eu|asia)\.buddy\.works/(?P<d1>{GROUP})/{_PIPELINE}/pipelines/pipeline/(?P<d2>[0-9]+)"
)

FORGES: Final = (
    _github(_GITHUB, _GITHUB_HOST),
    _github(_ENTERPRISE, _GITHUB_HOST, issuer_chosen=1),
    _gitlab(_GITLAB, r"(?:gitlab\.com|dev\.gitlab\.org|ops\.gitlab\.net|gitlab\.archlinux\.org)"),
)
"""Where anybody can have a repository. The issuer of an enterprise is for its own repositories."""

KNOWN: Final = (
    *map(_google, _ACCOUNTS),
    *_mail(_MAIL),
    Trial(
        r"https://agent\.buildkite\.com", rf"https://buildkite\.com/(?P<d1>{OWNER})/{_SLUG}",
        "pipelines of organisations that it does not name", "write the organisation", claims=(),
    ),
    Trial(
        r"https://oidc\.circleci\.com", _CIRCLECI_SUBJECT, "pipelines of projects that it does not name",
        _CIRCLECI_HINT, chosen=3, claims=_CIRCLECI_CLAIMS,
    ),
    Trial(
        rf"https://oidc\.circleci\.com/org/(?P<d1>{_UUID})", _CIRCLECI_SUBJECT,
        "pipelines of projects that it does not name", _CIRCLECI_HINT, chosen=3, issuer_chosen=1,
        claims=_CIRCLECI_CLAIMS,
    ),
    Trial(
        r"https://oidc\.codefresh\.io", _CODEFRESH, "pipelines of accounts that it does not name",
        "write the account, or its id", chosen=7, claims=(),
    ),
    Trial(
        r"https://(?:[a-z]+-)?oidc\.buddyusercontent\.com", _BUDDY,
        "pipelines of workspaces that it does not name", "write the workspace", chosen=3, claims=(),
    ),
    Trial(
        r"https://issuer\.enforce\.dev", r"https://issuer\.enforce\.dev/(?P<d1>[0-9a-f]+)",
        "identities of organisations that it does not name", "write the organisation's UIDP",
    ),
    Trial(
        r"https://issuer\.enforce\.dev", r"https://issuer\.enforce\.dev/(?P<d1>[0-9a-f]+)/(?P<d2>[0-9a-f]+)",
        "identities of organisations that it does not name", "write the organisation's UIDP", chosen=3,
    ),
    *(
        Trial(
            issuer, _SERVICE_ACCOUNT, "service accounts of clusters that it does not name",
            "write the issuer of your cluster: the subject does not say whose cluster it is", chosen=0,
            issuer_chosen=1,
        )
        for issuer in _CLUSTERS
    ),
)  # fmt: skip
"""What anybody can get from the issuers of Sigstore's public Fulcio."""

_ANYWHERE = r"https?://[!-~]+"
FORGES_ELSEWHERE: Final = (_github(_ANYWHERE, _HOST), _gitlab(_ANYWHERE, _HOST))
ELSEWHERE: Final = (
    *_mail(_ANYWHERE),
    Trial(
        _ANYWHERE,
        f"spiffe://{_DOMAIN}(?:/[!-~]*)?",
        "trust domains that it does not name",
        "write the trust domain",
    ),
    Trial(
        _ANYWHERE,
        f"https?://{_DOMAIN}(?::[0-9]+)?(?:/[!-~]*)?",
        "hosts that it does not name",
        "write the host",
    ),
)
"""What others can get from an issuer of one's own, on whichever host: accounts there, or elsewhere."""

ISSUERS: Final = (
    f"https?://{_DOMAIN}(?::[0-9]+)?(?:/[!-~]*)?",
    rf"https://(?:login\.microsoftonline\.com|sts\.windows\.net)/(?P<d1>{_UUID})(?:/v2\.0|/)?",
)
"""Issuers that a stranger can have."""
