"""``verify gate``: the same for every image that files name."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from verifier.cli import output
from verifier.cli.build import build_settings
from verifier.cli.gate_files import (
    changed_only,
    files_of,
    read_paths,
    read_running,
    require_images,
    require_readable,
    require_source,
    say_unseen,
)
from verifier.cli.gate_options import BaselineOptions, FileOptions, GateFetchOptions, PinOptions
from verifier.cli.image import AtOption
from verifier.cli.options import (
    CacheOptions,
    FetchOptions,
    PlatformOption,
    RequireOption,
    ShowOptions,
    SignerOptions,
    TrustOptions,
    expanded,
)
from verifier.cli.progress import Progress
from verifier.cli.reporting import OutputOption, Reporting, ReportOption, VerifierOption
from verifier.limits import TIMEOUT_SECONDS
from verifier.settings import Settings, parse_hosts
from verifier.text import safe

if TYPE_CHECKING:
    from verifier.gate.baseline import Baseline
    from verifier.gate.run import Wanted
    from verifier.model.report import Report
    from verifier.workload.interface import Found
    from verifier.workload.reading import Readers

EPILOG = """Examples:

  verify gate deploy/ --policy policy.yaml

  helm template ./chart | verify gate - --policy policy.yaml

  kubectl get pods -A -o json | verify gate - --policy policy.yaml

  verify gate deploy/ --policy policy.yaml --require-digest --changed-since origin/main

  verify gate deploy/ --policy policy.yaml --write

  verify gate --from-cluster --share 0/8 --policy policy.yaml -o json

Every option has an environment variable: VERIFY_REQUIRE_DIGEST is --require-digest.
"""

Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH",
        help="Kubernetes YAML or JSON, Compose files, Dockerfiles, lists of images, directories, or -.",
        default_factory=list,
        show_default=False,
    ),
]


@expanded
def gate(
    paths: Paths,
    signer: SignerOptions,
    require: RequireOption,
    platform: PlatformOption,
    trust: TrustOptions,
    fetch: GateFetchOptions,
    cache: CacheOptions,
    show: ShowOptions,
    files: FileOptions,
    pins: PinOptions,
    known: BaselineOptions,
    at: AtOption = None,
    output_format: OutputOption = "text",
    report: ReportOption = None,
    verifier_id: VerifierOption = None,
) -> None:
    """Verify every image that files name (Kubernetes objects, Compose files, Dockerfiles, lists), or that a
    cluster runs."""
    reporting = Reporting.parse(output_format, report, verifier_id, show)
    for path in (pins.patch, known.write_baseline):
        if path is not None:
            output.require_target(path)
    settings = build_settings(
        signer=signer,
        require=require.require,
        platform=platform,
        trust=trust,
        fetch=FetchOptions(allow_http=fetch.allow_http, timeout=fetch.timeout or TIMEOUT_SECONDS),
        cache=cache,
        at=at,
    )
    private = parse_hosts(fetch.allow_private_registry or [], "--allow-private-registry")
    settings = replace(settings, private_registries=private)
    require_source(paths, files, pins)
    readers, found = _named(paths, files, settings, show)
    if require_images(found, files):
        run = _Run(found, readers, settings, pins, known, quiet=show.quiet)
        result = run.judged(fetch.timeout, keep_contents=reporting.shows_contents)
        result = replace(result, files=files_of(found, files))
        reporting.report(result)
        raise typer.Exit(result.exit_code)


def _named(
    paths: list[str], files: FileOptions, settings: Settings, show: ShowOptions
) -> tuple[Readers, Found]:
    """What is to be judged; whatever is not is told. Raises `VerifierError`."""
    readers, found = read_paths(paths, files, settings.environment)
    if files.from_cluster:
        found = read_running(readers, files, settings)
    require_readable(found)
    say_unseen(found, show)
    if files.allow_builds:
        for built in found.built:
            output.say(f"not looked at: {safe(built.name)}, which is built here")
        found.built.clear()
    if files.changed_since is not None:
        changed_only(found, files.changed_since, readers, settings.environment, show)
    return readers, found


@dataclass(frozen=True, slots=True)
class _Run:
    """Everything is read: what is left is to judge it, and to write what was asked for."""

    found: Found
    readers: Readers
    settings: Settings
    pins: PinOptions
    known: BaselineOptions
    quiet: bool

    def judged(self, timeout: float | None, *, keep_contents: bool) -> Report:
        """The report, when the files that were asked for are written."""
        from verifier.gate.run import judge, time_allowed, wanted, with_digests_asked_for

        baseline = self._baseline()
        images = wanted(self.found.images, self.settings.platforms, plain_http=self.settings.allow_http)
        allowed = time_allowed(len(images), TIMEOUT_SECONDS) if timeout is None else timeout
        with Progress(sys.stderr, enabled=not self.quiet) as progress:
            report = judge(
                images,
                [*self.found.built, *self.found.unreadable],
                replace(self.settings, timeout=allowed),
                progress=progress,
                warn=output.warn,
                keep_contents=keep_contents,
            )
        self._pin(images, report)
        report = with_digests_asked_for(report, images, required=self.pins.require_digest)
        if self.known.write_baseline is not None:
            from verifier.gate.baseline import write

            output.write_file(self.known.write_baseline, write(report, baseline))
        if baseline is not None:
            report, unmet = baseline.apply(report)
            if unmet:
                output.say(
                    f"note: {unmet} failures that the baseline accepts are no more; it can be shortened"
                )
        return report

    def _baseline(self) -> Baseline | None:
        if self.known.baseline is None:
            return None
        from verifier.gate.baseline import read_baseline

        return read_baseline(self.known.baseline, now=self.settings.at)

    def _pin(self, images: Sequence[Wanted], report: Report) -> None:
        """Put the digests of what passed behind the tags, in the files or in a patch."""
        if not self.pins.write and self.pins.patch is None:
            return
        from verifier.gate.patch import unified
        from verifier.gate.pinning import pin, without_place, write
        from verifier.gate.run import to_be_pinned

        chosen = list(to_be_pinned(images, report))
        for image in without_place(image for image, _ in chosen):
            place = f"{safe(image.location.file)}:{image.location.line}"
            output.say(
                f"note: {place}: {safe(image.reference)} cannot be pinned there: it is not written in full"
            )
        files = pin(chosen, self.readers)
        if self.pins.patch is not None:
            output.write_file(self.pins.patch, unified(files))
        if self.pins.write:
            write(files)
            for file in files:
                output.say(f"pinned: {safe(file.source.name)}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("gate", epilog=EPILOG, no_args_is_help=True)(gate)
