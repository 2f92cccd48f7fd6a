"""``verify admission``: the admission check of Kubernetes, once or as a webhook."""

from __future__ import annotations

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
from verifier.errors import VerifierError
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
    option("config", _HOW, "The configuration of the webhook; see docs/kubernetes.md.", metavar="FILE"),
]
MutateOption = Annotated[
    bool, option("mutate", _HOW, "Answer with a patch that puts the verified digests behind tags.")
]


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
    from verifier.webhook.basis import load_basis
    from verifier.webhook.facts import FactsCache
    from verifier.webhook.log import NoLog
    from verifier.webhook.metrics import NoCounts

    configuration = _configuration(config, settings)
    chosen = webhook_settings(configuration, settings)
    basis = load_basis(chosen, warn=output.warn)
    around = Surroundings(lambda: basis, NoPullSecrets(), NoCounts(), NoLog(), lambda: datetime.now(UTC))
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


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="admission")
