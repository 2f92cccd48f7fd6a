"""``verify trust``: the trust root in use."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from verifier.cli import output
from verifier.cli.build import build_settings
from verifier.cli.options import CacheOptions, FetchOptions, TrustOptions, expanded
from verifier.cli.progress import Progress
from verifier.text import safe

if TYPE_CHECKING:
    from verifier.model.trust import TrustRoot
    from verifier.trustroot.authorities import Log, Window

group = typer.Typer(no_args_is_help=True, help="The trusted keys and authorities.")


@group.command()
@expanded
def show(trust: TrustOptions, fetch: FetchOptions, cache: CacheOptions) -> None:
    """Show the trust root in use: its origin and age, and what it trusts since when."""
    from verifier.assembly import Session

    settings = build_settings(trust=trust, fetch=fetch, cache=cache)
    with (
        Progress(sys.stderr, enabled=True) as progress,
        Session(settings, progress=progress, warn=output.warn) as session,
    ):
        root = session.trust_root
    output.write(_describe(root))


@group.command()
@expanded
def update(trust: TrustOptions, fetch: FetchOptions, cache: CacheOptions) -> None:
    """Fetch the newest trust root over TUF, whatever the age of the one that is here."""
    from verifier.assembly import Session

    settings = build_settings(trust=trust, fetch=fetch, cache=cache)
    with (
        Progress(sys.stderr, enabled=True) as progress,
        Session(settings, progress=progress, warn=output.warn) as session,
    ):
        root = session.update_trust_root()
    output.write(_describe(root))


def _describe(root: TrustRoot) -> str:
    from verifier.trustroot.authorities import read_authorities

    authorities = read_authorities(root)
    lines = [f"source: {safe(root.source)}", f"digest: {root.digest}"]
    for title, logs in (("transparency log", authorities.logs), ("CT log", authorities.ct_logs)):
        lines += [_log(title, log) for log in logs]
    for title, windows in (
        ("certificate authority", [item.window for item in authorities.certificate_authorities]),
        ("timestamp authority", [item.window for item in authorities.timestamp_authorities]),
    ):
        lines += [_line(title, "", window) for window in windows]
    return "\n".join(lines) + "\n"


def _log(title: str, log: Log) -> str:
    return _line(title, f"{safe(log.url)} {log.log_id.hex()[:16]}…", log.window)


def _line(title: str, name: str, window: Window) -> str:
    return f"{title + ':':<23} trusted {window} {name}".rstrip()


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="trust")
