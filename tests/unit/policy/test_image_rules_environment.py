"""What looks like a secret in an image's environment."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.policy.configured import asked, configured, found, passes, refused
from tests.unit.policy.judging import SIGNATURE, policy
from verifier.errors import PolicyError
from verifier.model.evidence import ImageEvidence

RULE = "image-environment"
CLEAN = "nothing in the image's environment looks like a secret"


def holding(*entries: Any) -> ImageEvidence:
    return configured({"Env": list(entries)})


def built(*lines: str) -> ImageEvidence:
    return configured(config={"history": [{"created_by": line} for line in lines]})


def _words(text: str) -> list[str]:
    return text.split()


SECRETS = _words(
    "PASSWORD DB_PASSWORD PGPASSWORD db_password MYSQL_ROOT_PASSWORD KEYSTORE_PASSPHRASE HTPASSWD "
    "SMTP_PASS DB_PWD SECRET CLIENT_SECRET SECRETS APP_SECRET_KEY SECRET_KEY_BASE TOKEN GITHUB_TOKEN "
    "NPM_TOKEN HOMEBREW_TOKEN2 AUTHTOKEN API_KEY OPENAI_API_KEY APIKEY AWS_ACCESS_KEY_ID "
    "AWS_SECRET_ACCESS_KEY PRIVATE_KEY SSH_PRIVATE_KEY SIGNING_KEY ENCRYPTION_KEY CREDENTIAL "
    "AZURE_CREDENTIALS CREDS app.secret client-secret"
)
# The last ones are of Docker's official images, of Bitnami's and of common programs.
HARMLESS = _words(
    "PATH HOME MONKEY TURKEY KEYBOARD TOKENIZERS_PARALLELISM TOKENIZER SECRETARY PASSENGER_APP_ENV "
    "COMPASS SACRED PASS_THROUGH PWD OLDPWD POSTGRES_PASSWORD_FILE AWS_WEB_IDENTITY_TOKEN_FILE "
    "TOKEN_TTL MAX_TOKENS PASSWORD_MIN_LENGTH GPG_KEY GPG_KEYS KEY PUBLIC_KEY CACHE_KEY SSH_AUTH_SOCK "
    "AUTH_URL LANG PYTHON_SHA256 NODE_VERSION NGINX_VERSION PKG_RELEASE JAVA_HOME GOLANG_VERSION "
    "GOTOOLCHAIN RUBY_VERSION PHP_ASC_URL PHP_SHA256 PHPIZE_DEPS REDIS_DOWNLOAD_SHA SSL_CERT_FILE "
    "YARN_VERSION PGDATA GOSU_VERSION"
)


@pytest.mark.parametrize("name", SECRETS)
def test_a_name_of_secrets_with_a_value_is_refused(name: str) -> None:
    (finding,) = found(RULE, {}, holding("PATH=/bin", f"{name}=hunter2"))
    assert finding.message == f"the environment variable {name} has a name of secrets, and a value"
    assert finding.element == "$.config.Env[1]"
    assert refused(RULE, {}, holding(f"{name}=hunter2"))


@pytest.mark.parametrize("name", HARMLESS)
def test_another_name_is_not(name: str) -> None:
    assert passes(RULE, {}, holding(f"{name}=hunter2")) == CLEAN


@pytest.mark.parametrize(
    "entry", ["TOKEN=", "TOKEN", "TOKEN= ", "ALLOW_EMPTY_PASSWORD=yes", "USE_TOKEN=False"]
)
def test_a_secret_has_a_value(entry: str) -> None:
    assert passes(RULE, {}, holding(entry))
    assert refused(RULE, {}, holding(entry.partition("=")[0] + "=1234"))


# Written so that nothing here is taken for a secret.
VALUES = {
    "an access key of AWS": "AKIA" + "IOSFODNN7EXAMPLE",
    "a token of GitHub": "gh" + "p_" + "a1B2" * 9,
    "a token of GitLab": "gl" + "pat-" + "a1B2c" * 4,
    "a token of Slack": "xo" + "xb-" + "1234567890-abc",
    "a key of Google": "AI" + "za" + "a1B2c" * 7,
    "a key of Stripe": "sk" + "_live_" + "a1B2" * 6,
    "a token of npm": "np" + "m_" + "a1B2" * 9,
    "a token of PyPI": "py" + "pi-AgEIcHlwaS5vcmc" + "a1B2c" * 10,
    "a token of Docker": "dc" + "kr_pat_" + "a1B2c" * 5,
    "a private key": "-----BEGIN" + " EC PRIVATE KEY-----\nMHcC",
    "a JSON web token": "ey" + "JhbGciOiJIUzI1NiJ9.ey" + "JzdWIiOiIxMjM0In0.c2ln",
    "an address with a password": "postgres://app:" + "hunter2@db.example/app",
}


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_of_a_secrets_form_is_refused_under_any_name(kind: str) -> None:
    for value in (VALUES[kind], f"a {VALUES[kind]} b", f"--x={VALUES[kind]}"):
        assert refused(RULE, {}, holding(f"FOO={value}")) == [
            f"the environment variable FOO holds what looks like {kind}"
        ]


@pytest.mark.parametrize(
    "value",
    [
        "AKIATOOSHORT",
        "xAKIA" + "IOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9",
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----",
        "https://example.com:8080/a@b",
        "https://user@example.com/",
        "ssh://git@example.com:22/x",
        "postgres://app:${DB}@db/app",
        "https://$USER:$PASSWORD@example.com",
        "E3FF2839C048B25C084DEBE9B26995E310250568",
        "\ud800",
    ],
)
def test_another_value_is_not(value: str) -> None:
    assert passes(RULE, {}, holding(f"FOO={value}")) == CLEAN


def test_no_value_reaches_a_finding() -> None:
    secrets = ["hunter2-correct-horse", *VALUES.values()]
    evidence = configured(
        {"Env": [f"TOKEN_{n}_SECRET={value}" for n, value in enumerate(secrets)]},
        config={"history": [{"created_by": f"RUN curl {value} # buildkit"} for value in secrets]},
    )
    findings = found(RULE, {}, evidence)
    assert len(findings) > len(secrets)
    for finding in findings:
        assert not any(value in repr(finding) for value in secrets)


def test_names_can_be_allowed() -> None:
    evidence = holding("PUBLIC_API_KEY=abc", f"FOO={VALUES['a key of Google']}")
    assert len(refused(RULE, {}, evidence)) == 2
    assert refused(RULE, {"allow": ["PUBLIC_API_KEY"]}, evidence) == [
        "the environment variable FOO holds what looks like a key of Google"
    ]
    assert passes(RULE, {"allow": ["PUBLIC_API_KEY", "FOO"]}, evidence)
    assert refused(RULE, {"allow": ["public_api_key", "FOO"]}, evidence)


def test_names_can_be_denied_whatever_they_hold() -> None:
    for entry in ("LD_PRELOAD=/x.so", "LD_PRELOAD=", "LD_PRELOAD"):
        assert refused(RULE, {"deny": ["LD_PRELOAD"]}, holding(entry)) == [
            "the environment variable LD_PRELOAD is denied"
        ]
    assert passes(RULE, {"deny": ["LD_PRELOAD"]}, holding("LD_PRELOAD_2=/x.so", "X=LD_PRELOAD"))


@pytest.mark.parametrize(
    "line",
    [
        "ENV NPM_TOKEN=hunter2",
        "ENV A=b NPM_TOKEN=hunter2",
        'ENV NPM_TOKEN="hunter2 and more"',
        "ARG NPM_TOKEN=hunter2",
        "/bin/sh -c #(nop)  ENV NPM_TOKEN=hunter2",
        "|1 NPM_TOKEN=hunter2 /bin/sh -c npm ci",
        "RUN |2 A=b NPM_TOKEN=hunter2 /bin/sh -c npm ci # buildkit",
    ],
)
def test_build_arguments_stay_in_the_history(line: str) -> None:
    (finding,) = found(RULE, {}, built("COPY . . # buildkit", line))
    assert finding.message == (
        "in the image's history, the variable NPM_TOKEN has a name of secrets, and a value"
    )
    assert finding.element == "$.history[1].created_by"
    assert passes(RULE, {"history": False}, built(line))
    assert passes(RULE, {"allow": ["NPM_TOKEN"]}, built(line))
    assert passes(RULE, {}, built(line.replace("TOKEN", "VERSION")))


@pytest.mark.parametrize(
    "line",
    [
        "ARG NPM_TOKEN",
        'ENV NPM_TOKEN=""',
        "RUN /bin/sh -c TOKEN=$(cat /run/secrets/token) npm ci # buildkit",
        "RUN |1 A=b /bin/sh -c TOKEN=$(cat /run/secrets/token) npm ci # buildkit",
        "/bin/sh -c #(nop) ADD file:a3bc1e842b69636f9df5256c49c5374fb4eef1e281fe3f282c65fb853ee171c5 in / ",
        "RUN /bin/sh -c echo password # buildkit",
        "",
    ],
)
def test_what_a_step_fetches_by_itself_is_no_secret(line: str) -> None:
    assert passes(RULE, {}, built(line))


def test_a_secret_written_out_in_a_step_is_found() -> None:
    address = VALUES["an address with a password"]
    assert refused(RULE, {}, built(f"RUN /bin/sh -c pg_dump {address} # buildkit")) == [
        "a line of the image's history holds what looks like an address with a password"
    ]
    assert refused(RULE, {"allow": ["A"]}, built(f"RUN |1 A=b /bin/sh -c pg_dump {address} # buildkit"))


def test_the_container_of_an_old_build_is_looked_into() -> None:
    old = {"container_config": {"Env": ["TOKEN=hunter2"]}}
    (finding,) = found(RULE, {}, configured(config=old))
    assert finding.element == "$.container_config.Env[0]"
    both = configured({"Env": ["TOKEN=hunter2"]}, config=old)
    assert [f.element for f in found(RULE, {}, both)] == ["$.config.Env[0]"]


@pytest.mark.parametrize("execution", [{}, {"Env": None}, {"Env": []}])
def test_no_environment_holds_nothing(execution: dict[str, Any]) -> None:
    assert passes(RULE, {}, configured(execution)) == CLEAN


@pytest.mark.parametrize("value", [{"TOKEN": "x"}, "TOKEN=x", [1], ["A=b", None], [["TOKEN=x"]], True])
def test_an_environment_that_is_no_list_of_texts_cannot_be_judged(value: Any) -> None:
    (message,) = refused(RULE, {}, configured({"Env": value}), "PlatformError")
    assert message.endswith("$.config.Env is not a list of texts")


def test_an_environment_in_another_case_cannot_be_judged() -> None:
    assert refused(RULE, {}, configured({"Env": [], "ENV": ["TOKEN=hunter2"]}), "PlatformError")


@pytest.mark.parametrize("history", [{}, "x", [1], [None], [{"created_by": 1}], [{"Created_By": "x"}]])
def test_a_history_that_is_none_cannot_be_judged(history: Any) -> None:
    assert refused(RULE, {}, configured(config={"history": history}), "PlatformError")
    assert passes(RULE, {"history": False}, configured(config={"history": history}))
    assert passes(RULE, {}, configured(config={"history": None}))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("{allow: [A], deny: [A]}", r"^policy\.yaml:8:\d+: .*'A' is allowed too"),
        ("{allow: []}", "is empty"),
        ("{deny: [1]}", "must be text"),
        ("{history: no}", "must be true or false"),
    ],
)
def test_wrong_options_are_errors_at_load(options: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        policy(SIGNATURE, f"  - {RULE}: {options}\n")


def test_it_says_what_it_asks() -> None:
    assert asked(RULE, {}) == "nothing in the image's environment or history looks like a secret"
    assert asked(RULE, {"history": False, "deny": ["B", "A"]}) == (
        "nothing in the image's environment looks like a secret, and no variable A or B,"
        " whatever its history shows"
    )


def test_hostile_values_take_linear_time() -> None:
    """Half a million characters that a backtracking expression would try in every way."""
    for value in ("a:" * 250_000, "eyJ" * 160_000, "://x:" * 100_000, "-----BEGIN " + "A " * 250_000):
        assert passes(RULE, {}, holding(f"TOKEN1{value}", f"{value}TOKEN1x=x"))
        assert passes(RULE, {}, holding(f"FOO={value}"))
        assert passes(RULE, {}, built(f"RUN {value}", f"ENV {value}", f"|9 {value}"))
