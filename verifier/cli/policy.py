"""``verify policy``: work on policy files."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from verifier.cli import output
from verifier.text import safe

group = typer.Typer(no_args_is_help=True, help="Policy files.")

Policies = Annotated[
    list[str], typer.Argument(metavar="FILE|NAME…", help="Policy files, or names of shipped ones.")
]


@group.command(epilog="Example:\n\n  verify policy check policy.yaml")
def check(policies: Policies) -> None:
    """Load policy files, and say what is wrong with them, where, and what was probably meant."""
    from verifier.policy.shipped import resolve

    for text in policies:
        policy = resolve(text)
        output.write(
            f"{safe(text)}: {policy.name} is well-formed: {len(policy.images)} image patterns,"
            f" {len(policy.signers)} signers, {len(policy.rules)} rules\n"
        )


@group.command("list")
def list_() -> None:
    """List the policies that ship with verify, and the rules that a policy can make."""
    from verifier.policy.catalogue import RULES
    from verifier.policy.shipped import load_shipped, names

    output.write("Shipped policies (use them by name with --policy):\n")
    for name in names():
        policy = load_shipped(name)
        images = ", ".join(pattern.text for pattern in policy.images)
        output.write(f"  {name:<14} {policy.description} Images: {images}\n")
    output.write(f"\nRules: {', '.join(RULES)}. See docs/policy.md.\n")


@group.command()
def schema() -> None:
    """Print the JSON Schema of policy files, for editors."""
    from verifier.policy.schema import schema as read

    output.write(json.dumps(read(), indent=2) + "\n")


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="policy")
