"""``verify admission``: the admission check of Kubernetes, once or as a webhook."""

from __future__ import annotations

import gc
import importlib.util
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from verifier.cli import output
from verifier.cli.build import build_settings
from verifier.cli.options import (
    CacheOptions,
    FetchOptions,
    PlatformOption,
    RequireOption,
    SignerOptions,
    TrustOptions,
    expanded,
    option,
)
from verifier.errors import UsageError, VerifierError
from verifier.limits import REVIEW_BYTES
from verifier.model.finding import USAGE_EXIT_CODE, Verdict
from verifier.report.inert import inert_json

if TYPE_CHECKING:
    from verifier.settings import Settings
    from verifier.webhook.configuration import Configuration
    from verifier.webhook.service import Reply

group = typer.Typer(no_args_is_help=True, help="The admission check of Kubernetes, once or as a webhook.")

_HOW = "Admission"
ConfigOption = Annotated[
    Path | None,
    option("config", _HOW, "The configuration of the webhook; see docs/admission.md.", metavar="FILE"),
]
MutateOption = Annotated[
    bool, option("mutate", _HOW, "Answer with a patch that puts the verified digests behind tags.")
]

CertificateOption = Annotated[
    Path | None,
    option(
        "tls-cert", _HOW, "The certificate with its chain (PEM). Read again when changed.", metavar="FILE"
    ),
]
KeyOption = Annotated[
    Path | None, option("tls-key", _HOW, "The private key of the certificate (PEM).", metavar="FILE")
]
ListenOption = Annotated[str, option("listen", _HOW, "Where to listen.", metavar="HOST:PORT")]


@group.command(
    epilog="The answer is printed in any case. Exit codes: 0 allowed, 1 denied, 2 the review or an option is"
    " wrong, 4 it could not be found out, 5 a defect in verify."
    "\n\nExample:\n\n  verify admission review --policy policy.yaml < review.json"
)
@expanded
def review(
    signer: SignerOptions,
    require: RequireOption,
    platform: PlatformOption,
    trust: TrustOptions,
    fetch: FetchOptions,
    cache: CacheOptions,
    config: ConfigOption = None,
    mutate: MutateOption = False,
) -> None:
    """Answer one AdmissionReview v1 from standard input, on standard output."""
    import asyncio

    raw = sys.stdin.buffer.read(REVIEW_BYTES + 1)
    try:
        settings = build_settings(
            signer=signer,
            require=require.require,
            platform=platform,
            trust=trust,
            fetch=fetch,
            cache=cache,
        )
        reply = asyncio.run(_answer(raw, settings, config, mutate=mutate))
    except VerifierError as error:
        _print(_undecided(raw, error))
        raise
    _print(reply)
    raise typer.Exit(_exit_code(reply))


async def _answer(raw: bytes, settings: Settings, config: Path | None, *, mutate: bool) -> Reply:
    from verifier.webhook.access import NoPullSecrets
    from verifier.webhook.assembled import Surroundings, build_service, webhook_settings
    from verifier.webhook.basis import load_basis, load_policies, load_trust_root
    from verifier.webhook.facts import FactsCache
    from verifier.webhook.log import NoLog
    from verifier.webhook.metrics import NoCounts

    configuration = _configuration(config, settings)
    chosen = webhook_settings(configuration, settings)
    policies = load_policies(chosen)
    around = Surroundings(
        # Where nothing has to be verified, no trust root is asked for, which may take a network.
        basis=lambda: load_basis(chosen, load_trust_root(chosen, warn=output.warn), policies),
        at_hand=lambda: None,
        pull_secrets=NoPullSecrets(),
        counts=NoCounts(),
        shared=None,
        log=NoLog(),
        now=lambda: datetime.now(UTC),
    )
    service = build_service(configuration, chosen, FactsCache(configuration.cache), around)
    try:
        return await service.review(raw, pin=mutate)
    finally:
        service.decisions.close()


def _configuration(config: Path | None, settings: Settings) -> Configuration:
    """The one in the file; without one, the user chose every name and has time."""
    from verifier.webhook.configuration import Configuration, Timeouts, read_configuration

    if config is not None:
        return read_configuration(config)
    times = Timeouts(review=settings.timeout, verification=settings.timeout)
    return Configuration(private_registries=None, timeouts=times)


def _undecided(raw: bytes, error: VerifierError) -> Reply:
    """The answer where nothing can be judged: a caller that reads only the document is refused."""
    from verifier.webhook.answer import Answer, Outcome, document
    from verifier.webhook.request import MalformedReviewError, read_review
    from verifier.webhook.service import Reply

    try:
        uid = read_review(raw).uid
    except MalformedReviewError as malformed:
        uid = malformed.uid
    answer = Answer(Outcome.ERROR, error.message)
    return Reply(answer, document(uid, answer))


def _print(reply: Reply) -> None:
    output.write(inert_json(json.dumps(reply.document, indent=2)) + "\n")


def _exit_code(reply: Reply) -> int:
    from verifier.webhook.answer import Outcome

    match reply.answer.outcome:
        case Outcome.DENIED:
            return int(Verdict.FAIL)
        case Outcome.MALFORMED:
            return USAGE_EXIT_CODE
        case Outcome.UNFINISHED | Outcome.UNAVAILABLE:
            return int(Verdict.UNAVAILABLE)
        case Outcome.ERROR:
            return int(Verdict.ERROR)
        case Outcome.ALLOWED | Outcome.EXEMPT | Outcome.AUDITED | Outcome.BREAK_GLASS:
            return int(Verdict.PASS)


@group.command(
    epilog="Example:\n\n  verify admission serve --config webhook.yaml --tls-cert tls.crt --tls-key tls.key"
)
@expanded
def serve(
    signer: SignerOptions,
    require: RequireOption,
    platform: PlatformOption,
    trust: TrustOptions,
    fetch: FetchOptions,
    cache: CacheOptions,
    config: ConfigOption = None,
    tls_cert: CertificateOption = None,
    tls_key: KeyOption = None,
    listen: ListenOption = "0.0.0.0:8443",
) -> None:
    """Serve the check as a webhook over HTTPS: /validate, /mutate, /healthz, /readyz, /metrics."""
    import asyncio

    if tls_cert is None or tls_key is None:
        raise UsageError(
            "a webhook needs a certificate: --tls-cert FILE and --tls-key FILE",
            hint="the API server speaks to webhooks over TLS alone; docs/kubernetes.md says how to get one",
        )
    settings = build_settings(
        signer=signer,
        require=require.require,
        platform=platform,
        trust=trust,
        fetch=fetch,
        cache=cache,
    )
    _require_libraries()
    from verifier.webhook.configuration import Configuration, read_configuration
    from verifier.webhook.serving import build_server

    configuration = Configuration() if config is None else read_configuration(config)
    server = build_server(configuration, settings, certificate=tls_cert, key=tls_key, place=listen)
    # A process that goes on for months needs the collector that a short one does without.
    gc.enable()
    gc.freeze()
    # The loop that answers shall not wait long for threads that verify.
    sys.setswitchinterval(0.001)
    asyncio.run(server.serve())


def _require_libraries() -> None:
    for name in ("starlette", "uvicorn", "prometheus_client"):
        if importlib.util.find_spec(name) is None:
            raise UsageError(
                f"the webhook needs {name}, which is not installed", hint="pip install 'verifier[admission]'"
            )


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="admission")
