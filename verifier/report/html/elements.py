"""Pieces of HTML. Text goes in as text; only this module makes mark-up of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import NewType

from verifier.report.view import LONG
from verifier.text import safe

Html = NewType("Html", str)
"""Mark-up: what is no `Html` is escaped."""


def text(value: object, *, limit: int = LONG) -> Html:
    """Untrusted text as text, also inside of an attribute."""
    # A hash sign is escaped too: build servers take commands from ``##[…]`` in what they log. So it must not
    # be in the name of another character.
    written = escape(safe(value, limit=limit), quote=True).replace("&#x27;", "&apos;")
    return Html(written.replace("#", "&#35;"))


def element(name: str, *content: str | Html, **attributes: str) -> Html:
    """An element around ``content``, which is mark-up; attributes (``class_``, ``aria_label``) are text."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(value)}"' for key, value in attributes.items()
    )
    return Html(f"<{name}{written}>{''.join(content)}</{name}>")


def code(value: object) -> Html:
    """A digest, or another word that is no prose."""
    return element("code", text(value))


def word(outcome: str) -> Html:
    """A verdict or an outcome: as a word, since not everybody sees its colour."""
    kind = "skipped" if outcome == "skip" else outcome
    return element("span", text(outcome), class_=f"word {kind}")


def facts(pairs: Iterable[tuple[str, Html | None]]) -> Html:
    """Names and values; None is left out."""
    items = (element("dt", text(name)) + element("dd", value) for name, value in pairs if value is not None)
    return element("dl", *items)


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Html]], *, id_: str = "") -> Html:
    """A table that scrolls by itself; the first cell of a row is its head. One with an ``id_`` is long."""
    top = element("tr", *(element("th", text(head), scope="col") for head in heads))
    body = (
        element("tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:]), "\n")
        for row in rows
    )
    attributes = {"id": id_} if id_ else {}
    made = element(
        "table",
        element("caption", text(caption)),
        element("thead", top),
        element("tbody", *body),
        **attributes,
    )
    # What scrolls must take the keyboard's focus, and say what it is.
    kind = "scroll long" if id_ else "scroll"
    return element("div", made, class_=kind, tabindex="0", role="region", aria_label=caption)


def listed(items: Iterable[Html]) -> Html:
    """A list."""
    return element("ul", *(element("li", item) for item in items))


def folded(title: str, content: Html) -> Html:
    """What is shown on demand."""
    return element("details", element("summary", text(title)), content)
