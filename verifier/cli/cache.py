"""``verify cache``: the local cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from verifier.cli import output
from verifier.cli.build import build_settings
from verifier.cli.options import CacheOptions, expanded
from verifier.errors import UsageError
from verifier.text import safe

if TYPE_CHECKING:
    from verifier.registry.cache import ContentCache
    from verifier.registry.evidence_cache import EvidenceCache

group = typer.Typer(no_args_is_help=True, help="The local cache of content by digest.")


@group.command()
@expanded
def info(cache: CacheOptions) -> None:
    """Show where the cache is and what it holds."""
    content, evidence = _caches(cache)
    found = content.info()
    images, size = evidence.size()
    output.write(
        f"content:  {found.entries} entries, {found.bytes} bytes, in {safe(found.path)}\n"
        f"evidence: {images} images, {size} bytes, in {safe(evidence.directory)}\n"
    )


@group.command()
@expanded
def clear(cache: CacheOptions) -> None:
    """Remove all that is cached. It is never needed for a right answer."""
    content, evidence = _caches(cache)
    images, size = evidence.size()
    removed = content.clear()
    evidence.clear()
    output.write(f"removed {removed.entries} entries and {images} images, {removed.bytes + size} bytes\n")


def _caches(options: CacheOptions) -> tuple[ContentCache, EvidenceCache]:
    from verifier.assembly import Session

    with Session(build_settings(cache=options), progress=lambda _: None, warn=output.warn) as session:
        content, evidence = session.content_cache, session.evidence_cache
    if content is None or evidence is None:
        raise UsageError("there is no cache: no home directory is known, or --no-cache is given")
    return content, evidence


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="cache")
