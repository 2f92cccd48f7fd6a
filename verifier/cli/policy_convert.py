"""``verify policy convert``: policies of other tools, as policies of this one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from verifier.cli import output
from verifier.cli.options import option
from verifier.errors import InputError, UsageError
from verifier.limits import POLICY_BYTES
from verifier.local_files import read_bounded
from verifier.text import safe

if TYPE_CHECKING:
    from verifier.policy.convert import Conversion, Converted

EPILOG = (
    "Examples:\n\n  verify policy convert cluster-image-policy.yaml -o policies/\n\n"
    "  kubectl get clusterimagepolicies -o yaml | verify policy convert - --resolve cosign/key=cosign.pub\n\n"
    "Exit codes: 0 all of it could be said; 1 something could not be said, and the policy refuses where the"
    " original might have admitted; 2 a file cannot be read or holds no such policy; 4 it cannot be written."
)


def run(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE…", help="YAML or JSON with the policies; - is standard input."),
    ],
    directory: Annotated[
        str,
        option(
            "output-dir",
            "Output",
            "Write a new file NAME.yaml for each policy into this directory. Default: standard output.",
            "-o",
            metavar="DIRECTORY|-",
        ),
    ] = "-",
    resolve: Annotated[
        list[str] | None,
        option(
            "resolve",
            "Policy",
            "What a policy names and does not hold: the public key of a secret (NAMESPACE/NAME) or of a"
            " key management service (its URI), a policy in a config map (NAMESPACE/NAME/KEY). Repeatable.",
            metavar="NAME=FILE",
        ),
    ] = None,
) -> None:
    """Write the equals of a ClusterImagePolicy, or of a policy of Kyverno that verifies images.

    What has no equal is listed with its path, and fails closed. What the original does otherwise than it
    seems to is listed as well. Both stand as comments in the policies, too.
    """
    from verifier.policy.convert import convert

    known = _resolved(resolve or [])
    conversions: list[Conversion] = []
    for file in files:
        taken = [policy.name for done in conversions for policy in done.policies]
        conversions.append(convert(_read(file), file, known, taken=taken))
    _require_used(known, conversions)
    policies = [policy for conversion in conversions for policy in conversion.policies]
    _write(policies, directory)
    _report(conversions)
    raise typer.Exit(1 if any(conversion.unsupported for conversion in conversions) else 0)


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read(POLICY_BYTES + 1)
    try:
        return read_bounded(Path(file), POLICY_BYTES)
    except OSError as error:
        raise InputError(
            f"cannot read {safe(file)}: {error.strerror}",
            hint="name a YAML or JSON file, or - for standard input",
        ) from error


def _resolved(items: list[str]) -> dict[str, bytes]:
    known: dict[str, bytes] = {}
    for item in items:
        name, equals, file = item.partition("=")
        if not equals or not name or not file:
            raise UsageError(f"--resolve: {safe(item, limit=100)!r} is not NAME=FILE")
        if name in known:
            raise UsageError(f"--resolve gives {safe(name, limit=100)!r} twice")
        known[name] = _read(file)
        if len(known[name]) > POLICY_BYTES:
            raise UsageError(f"--resolve: {safe(file)} is larger than {POLICY_BYTES} bytes")
    return known


def _require_used(known: dict[str, bytes], conversions: list[Conversion]) -> None:
    used = {name for conversion in conversions for name in conversion.resolved}
    for name in known:
        if name not in used:
            raise UsageError(
                f"--resolve: nothing names {safe(name, limit=100)!r}",
                hint="the list of what could not be said, without --resolve, has the names",
            )


def _write(policies: list[Converted], directory: str) -> None:
    if directory == "-":
        output.write("---\n".join(policy.text for policy in policies))
        return
    paths = [Path(directory) / f"{policy.name}.yaml" for policy in policies]
    for path in paths:
        output.require_new(path)
    for path, policy in zip(paths, policies, strict=True):
        output.write_new(path, policy.text)


def _report(conversions: list[Conversion]) -> None:
    for conversion in conversions:
        for issue in conversion.unsupported:
            output.say(f"could not be said: {safe(issue, limit=2000)}")
        for issue in conversion.traps:
            output.say(f"note: {safe(issue, limit=2000)}")
