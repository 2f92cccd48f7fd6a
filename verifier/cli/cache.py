"""``verify cache``: the local cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from verifier.cli import output
from verifier.cli.build import build_settings
from verifier.cli.options import CacheOptions, expanded
from verifier.errors import UsageError

if TYPE_CHECKING:
    from verifier.registry.cache import ContentCache

group = typer.Typer(no_args_is_help=True, help="The local cache of content by digest.")


@group.command()
@expanded
def info(cache: CacheOptions) -> None:
    """Show where the cache is and what it holds."""
    found = _cache(cache).info()
    output.write(f"path:    {found.path}\nentries: {found.entries}\nbytes:   {found.bytes}\n")


@group.command()
@expanded
def clear(cache: CacheOptions) -> None:
    """Remove all that is cached. It is never needed for a right answer."""
    removed = _cache(cache).clear()
    output.write(f"removed {removed.entries} entries, {removed.bytes} bytes, from {removed.path}\n")


def _cache(options: CacheOptions) -> ContentCache:
    from verifier.assembly import Session

    with Session(build_settings(cache=options), progress=lambda _: None, warn=output.warn) as session:
        cache = session.content_cache
    if cache is None:
        raise UsageError("there is no cache: no home directory is known, or --no-cache is given")
    return cache


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="cache")
