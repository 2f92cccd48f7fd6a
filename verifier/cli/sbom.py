"""``verify sbom``: the SBOM out of a verified attestation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from verifier.cli import output
from verifier.cli.build import build_settings
from verifier.cli.inspect import (
    AnySigner,
    Reference,
    judgement,
    look,
    newest,
    only_platform,
    platform_name,
    shown,
    signer_text,
)
from verifier.cli.options import (
    CacheOptions,
    FetchOptions,
    PlatformOption,
    SignerOptions,
    TrustOptions,
    expanded,
    option,
)
from verifier.errors import LimitExceeded, ManifestError, SbomError
from verifier.limits import SBOM_BYTES
from verifier.local_files import read_bounded
from verifier.text import counted, safe

if TYPE_CHECKING:
    from verifier.model.sbom import Package, Sbom
    from verifier.model.verified import VerifiedStatement
    from verifier.settings import Settings

group = typer.Typer(no_args_is_help=True, help="The SBOM out of a verified attestation.")

_FORMATS = ("table", "spdx-json", "purl")
FormatOption = Annotated[
    str,
    option(
        "output",
        "Output",
        "table, spdx-json (as signed, invisible characters escaped) or purl (one package URL a line).",
        "-o",
        metavar="FORMAT",
    ),
]


@group.command(
    epilog="Examples:\n\n  verify sbom show cgr.dev/chainguard/nginx --platform linux/amd64\n\n"
    "  verify sbom show cgr.dev/chainguard/nginx --platform linux/amd64 -o spdx-json | jq",
    no_args_is_help=True,
)
@expanded
def show(
    reference: Reference,
    signer: SignerOptions,
    platform: PlatformOption,
    trust: TrustOptions,
    fetch: FetchOptions,
    cache: CacheOptions,
    any_signer: AnySigner = False,
    output_format: FormatOption = "table",
) -> None:
    """Show the SBOM of one platform, out of its verified attestation."""
    output.require_choice(output_format, _FORMATS, "--output")
    settings = build_settings(signer=signer, platform=platform, trust=trust, fetch=fetch, cache=cache)
    statement, sbom = _attested(
        reference, settings, any_signer=any_signer, spdx_only=output_format == "spdx-json"
    )
    if output_format == "spdx-json" and statement.statement is not None:
        from verifier.attestation.verbatim import predicate_text

        output.write_json(predicate_text(statement.statement.payload))
    elif output_format == "purl":
        output.write("".join(f"{safe(purl, limit=2000)}\n" for p in sbom.packages for purl in p.purls))
    else:
        output.write("".join(f"{line}\n" for line in _table(sbom)))


@group.command(
    epilog="Example:\n\n  verify sbom diff ghcr.io/org/app:1.2 ghcr.io/org/app:1.3 --platform linux/amd64",
    no_args_is_help=True,
)
@expanded
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="An image reference.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="An image reference.")],
    signer: SignerOptions,
    platform: PlatformOption,
    trust: TrustOptions,
    fetch: FetchOptions,
    cache: CacheOptions,
    any_signer: AnySigner = False,
) -> None:
    """Compare the SBOMs of one platform of two images: packages added, removed, changed."""
    from verifier.sbom.compare import compare

    settings = build_settings(signer=signer, platform=platform, trust=trust, fetch=fetch, cache=cache)
    _, before = _attested(old, settings, any_signer=any_signer)
    _, after = _attested(new, settings, any_signer=any_signer)
    difference = compare(before, after)
    lines = [f"+ {_label(package)}" for package in difference.added]
    lines += [f"- {_label(package)}" for package in difference.removed]
    lines += [
        f"~ {safe(c.new.name)} {safe(c.old.version)} -> {safe(c.new.version)}" for c in difference.versions
    ]
    lines += [
        f"~ {_label(c.new)} licence {safe(_license(c.old))} -> {safe(_license(c.new))}"
        for c in difference.licenses
    ]
    output.write("".join(f"{line}\n" for line in lines) or "no difference in packages\n")


@group.command(epilog="Example:\n\n  verify sbom check sbom.spdx.json", no_args_is_help=True)
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An SPDX or CycloneDX document.")],
) -> None:
    """Check an SBOM document: can it be decoded, and is it valid by the specification of its format?"""
    from verifier.sbom.files import check_sbom_file

    try:
        raw = read_bounded(file, SBOM_BYTES)
    except OSError as error:
        raise ManifestError(
            f"cannot read {safe(file)}: {error.strerror}", hint="name an SPDX or CycloneDX file"
        ) from error
    try:
        checked = check_sbom_file(raw, name=file.name)
    except (SbomError, LimitExceeded) as error:
        raise type(error)(f"{safe(file)}: {error.message}", hint=error.hint) from error
    for problem in checked.problems:
        output.say(f"{safe(file)}: {safe(problem.element)}: {safe(problem.message)}")
    sbom = checked.sbom
    if sbom is None:
        raise SbomError(f"{safe(file)} cannot be decoded")
    found = f"{counted(sbom.packages, 'package')}, {counted(checked.problems, 'problem')}"
    output.write(f"{safe(file)}: {safe(sbom.format)}, {found}\n")
    if checked.problems:
        raise typer.Exit(1)


def _attested(
    reference: str, settings: Settings, *, any_signer: bool, spdx_only: bool = False
) -> tuple[VerifiedStatement, Sbom]:
    """The newest usable SBOM of the one platform. Raises `VerifierError`."""
    from verifier.model.predicate import matches
    from verifier.sbom.reader import read_sbom

    inspection = look(reference, settings, judged=not any_signer)
    image = only_platform(inspection.evidence)
    aliases = ("spdx",) if spdx_only else ("spdx", "cyclonedx")
    names = {id(s): accepted for s, accepted in shown(inspection, any_signer=any_signer)}
    of_type = [
        s
        for s in inspection.evidence.statements
        if id(s) in names
        and s.statement
        and any(matches(alias, s.statement.predicate_type) for alias in aliases)
    ]
    about = [s for s in of_type if image.digest in s.about]
    if not about:
        what = "SPDX document" if spdx_only else "SBOM"
        raise SbomError(
            f"no verified {what} is about {platform_name(image)}",
            hint="there is one of the index, which says nothing of the contents of a platform"
            if of_type
            else "'verify attestations REFERENCE' lists what is attested",
        )
    decoded = [(s, read_sbom(s)) for s in sorted(about, key=lambda s: str(s.evidence))]
    usable = [s for s, d in decoded if d.sbom is not None]
    if not usable:
        raise SbomError(decoded[0][1].problem or "the SBOM cannot be decoded")
    statement = newest(usable)
    judged = judgement(inspection, names[id(statement)])
    output.say(f"note: SBOM {statement.evidence} of {platform_name(image)}, {image.digest}")
    output.say(f"note: signed by {signer_text(statement.signer)} ({judged})")
    sbom = next(d.sbom for s, d in decoded if s is statement)
    if sbom is None:
        raise SbomError("the SBOM cannot be decoded")
    return statement, sbom


def _table(sbom: Sbom) -> Iterator[str]:
    rows = [("NAME", "VERSION", "LICENCE", "SUPPLIER")]
    rows += [
        tuple(safe(text, limit=44) for text in (p.name, p.version, _license(p), p.supplier))  # type: ignore[misc]
        for p in sbom.packages
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        yield f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:<{widths[2]}}  {row[3]}".rstrip()


def _license(package: Package) -> str:
    known: Sequence[str] = [
        text
        for text in (package.license_concluded, package.license_declared)
        if text not in {"", "NOASSERTION"}
    ]
    return known[0] if known else package.license_declared or package.license_concluded


def _label(package: Package) -> str:
    return f"{safe(package.name)} {safe(package.version)}".rstrip()


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="sbom")
