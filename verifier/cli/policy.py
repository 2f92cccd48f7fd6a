"""``verify policy``: work on policy files."""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from verifier.cli import output, policy_convert, policy_init, policy_test
from verifier.cli.build import build_settings
from verifier.cli.image import AtOption
from verifier.cli.options import (
    CacheOptions,
    FetchOptions,
    PlatformOption,
    ShowOptions,
    SignerOptions,
    TrustOptions,
    expanded,
    option,
)
from verifier.cli.progress import Progress
from verifier.errors import UsageError
from verifier.text import counted, safe

if TYPE_CHECKING:
    from verifier.model.report import Report
    from verifier.policy.advice import Advice

group = typer.Typer(no_args_is_help=True, help="Policy files: check, explain, test, write and convert them.")

_NUMBER = re.compile(r"(?:[0-9]+\.|[a-z]\)) ")

Policies = Annotated[
    list[str], typer.Argument(metavar="FILE|NAME…", help="Policy files, or names of shipped ones.")
]


@group.command(
    epilog="Examples:\n\n  verify policy check policy.yaml\n\n"
    "  verify policy check policy.yaml --strict --evidence oci:./saved --trusted-root saved/trusted_root.json"
)
@expanded
def check(
    policies: Policies,
    trust: TrustOptions,
    at: AtOption = None,
    evidence: Annotated[
        list[str] | None,
        option(
            "evidence",
            "Policy",
            "Saved evidence: also say which rules never ran on it. Repeatable.",
            metavar="oci:DIRECTORY",
        ),
    ] = None,
    strict: Annotated[bool, option("strict", "Policy", "End with 1 where there is a warning.")] = False,
) -> None:
    """Load policy files, and say what is wrong with them, and what is allowed and probably not meant.

    A file that is wrong ends the run with 2, and says where and what was probably meant. Of a policy that is
    there to be extended it says what is to be given.
    """
    from verifier.policy.lint import lint, lint_base
    from verifier.policy.lint_evidence import lint_evidence
    from verifier.policy.shipped import resolve, resolve_base

    _require_layouts(evidence or [])
    settings = build_settings(signer=SignerOptions(policy=policies), trust=trust, at=at)
    warnings = 0
    for text in policies:
        base = None if evidence else resolve_base(text)
        policy = base.policy if base else resolve(text)
        advice = lint_base(policy, settings.at) if base else lint(policy, settings.at)
        if evidence:
            from dataclasses import replace

            from verifier.verification import verify_images

            report = verify_images(evidence, replace(settings, policies=(text,), offline=True))
            advice += lint_evidence(policy, report)
        _write_advice(advice)
        warnings += len(advice)
        if base:
            needs = safe(", ".join(base.needs()), limit=2000)
            output.write(
                f"{safe(text)}: {policy.name} is there to be extended, by a policy that gives {needs}\n"
            )
        output.write(
            f"{safe(text)}: {policy.name} is well-formed: {counted(policy.images, 'image pattern')},"
            f" {counted(policy.signers, 'signer')}, {counted(policy.rules, 'rule')},"
            f" {counted(policy.waivers, 'exception')}; {counted(advice, 'warning')}\n"
        )
    raise typer.Exit(1 if strict and warnings else 0)


def _write_advice(advice: Iterable[Advice]) -> None:
    for item in advice:
        place = f"{safe(item.place)}: " if item.place else ""
        output.write(f"{place}warning: {safe(item.message, limit=2000)}\n    {safe(item.hint, limit=2000)}\n")


def _require_layouts(references: list[str]) -> None:
    for text in references:
        if not text.startswith(("oci:", "oci-archive:")):
            raise UsageError(
                f"--evidence: {safe(text, limit=100)!r} is no layout",
                hint="save evidence with 'verify IMAGE --save-evidence DIRECTORY', and write oci:DIRECTORY",
            )


@group.command("list", epilog="Examples:\n\n  verify policy list\n\n  verify policy list licenses")
def list_(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A rule or a shipped policy, to show in full.")
    ] = None,
) -> None:
    """List the policies that ship with verify and the rules that a policy can make, or show one of them."""
    from verifier.policy.catalogue import RULES
    from verifier.policy.documentation import rule_markdown
    from verifier.policy.shipped import described, names, shipped_bytes
    from verifier.policy.words import did_you_mean

    if name is not None:
        raw = shipped_bytes(name)
        if raw is not None:
            output.write(raw.decode("utf-8"))
        elif name in RULES:
            output.write(rule_markdown(RULES[name]) + "\n")
        else:
            raise UsageError(
                f"no rule and no shipped policy is called {safe(name, limit=60)!r}",
                hint=did_you_mean(name, [*RULES, *names()]),
            )
        return
    output.write("Shipped policies (use them by name with --policy, or build on them with extends):\n")
    for policy in names():
        output.write(f"  {policy:<20} {described(policy)}\n")
    output.write("\nRules:\n")
    for rule in sorted(RULES):
        output.write(f"  {rule:<20} {RULES[rule].title}\n")
    output.write("\n'verify policy list NAME' shows one of them in full.\n")


@group.command()
def schema() -> None:
    """Print the JSON Schema of policy files, for editors."""
    from verifier.policy.schema import schema as read

    output.write(json.dumps(read(), indent=2) + "\n")


@group.command(
    epilog="Examples:\n\n  verify policy explain policy.yaml\n\n"
    "  verify policy explain policy.yaml ghcr.io/org/app"
)
@expanded
def explain(
    policy: Annotated[str, typer.Argument(metavar="FILE|NAME", help="A policy file, or a shipped one.")],
    platform: PlatformOption,
    trust: TrustOptions,
    fetch: FetchOptions,
    cache: CacheOptions,
    show: ShowOptions,
    image: Annotated[
        str | None, typer.Argument(metavar="[IMAGE]", help="An image, to explain its verdict.")
    ] = None,
    at: AtOption = None,
) -> None:
    """Say in plain sentences what a policy asks of which image.

    With an image, say why each check came out as it did and what would change it, and end as 'verify IMAGE'
    does.
    """
    from verifier.policy.explanation import explain_image, explain_policy
    from verifier.policy.shipped import resolve

    loaded = resolve(policy)
    if image is None:
        output.write("".join(f"{line}\n" for line in _wrapped(explain_policy(loaded))))
        return
    from verifier.verification import verify_images

    settings = build_settings(
        signer=SignerOptions(policy=[policy]), platform=platform, trust=trust, fetch=fetch, cache=cache, at=at
    )
    with Progress(sys.stderr, enabled=not show.quiet) as progress:
        report: Report = verify_images([image], settings, progress=progress, warn=output.warn)
    for judged in report.images:
        lines = list(explain_image(judged))
        output.write("".join(f"{line}\n" for line in (lines[:1] if show.quiet else _wrapped(lines))))
    raise typer.Exit(report.exit_code)


def _wrapped(lines: Iterable[str]) -> Iterator[str]:
    """``lines`` as wide as the terminal, each continued below where its sentence began."""
    room = output.width()
    for line in lines:
        sentence = line.lstrip(" ")
        number = _NUMBER.match(sentence)
        indent = " " * (len(line) - len(sentence) + (number.end() if number else 2))
        yield from textwrap.wrap(
            line, room, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        ) or [""]


group.command("convert", epilog=policy_convert.EPILOG)(policy_convert.run)
group.command("init", epilog=policy_init.EPILOG)(policy_init.run)
group.command("test", epilog=policy_test.EPILOG)(policy_test.run)


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="policy")
