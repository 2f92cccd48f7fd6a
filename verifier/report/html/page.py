"""The page: verdict, and for each image its checks, signers, times, evidence and SBOMs."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator
from importlib import resources

from verifier.limits import PAGE_PACKAGES, REPORT_ALIKE
from verifier.report.html.elements import Html, code, element, facts, folded, listed, table, text, word
from verifier.report.html.evidence import attestations, identities, timeline
from verifier.report.html.sbom import Room, sbom_section
from verifier.report.view import Document, Extras, Said, alike, files, files_in_words, said, worst_first

_WORDS = {
    "pass": "Every image passes.",
    "fail": "The evidence is genuine; a policy says no.",
    "unverified": "There is no acceptable evidence.",
    "unavailable": "It could not be found out.",
    "error": "A defect in verify: this is no verdict.",
}
_WORST_FIRST = ("error", "fail", "warn", "waived", "skip", "pass")


def render_html(document: Document, extras: Extras) -> str:
    """The whole page. What it may load or run, it says itself: its own style and script, nothing else."""
    style, script = _file("style.css"), _file("script.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}';"
        " base-uri 'none'; form-action 'none'"
    )
    title = f"verify: {document['verdict']}"
    images = list(_told_apart(worst_first(document)))
    head = [
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{text(title)}</title>",
        f"<style>{style}</style>",
    ]
    room = Room(PAGE_PACKAGES)
    sections = [
        element("section", *_image(image, extras, number, room), aria_labelledby=f"image-{number}")
        for number, image in enumerate(images)
    ]
    body = [
        '<a class="skip" href="#main">To the images</a>',
        element("header", *_header(document)),
        _contents(images),
        element("main", *sections, _files(document), _rules(images, extras), id="main"),
        element("footer", element("p", text(f"verify {document['tool']['version']}"), class_="soft")),
        f"<script>{script}</script>",
    ]
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        *head,
        "</head>",
        "<body>",
        *body,
        "</body>",
        "</html>",
    ]
    return "\n".join(lines) + "\n"


def _told_apart(images: list[Document]) -> Iterator[Document]:
    """The images; the second of one name (after a merge) is called so, since regions need distinct names."""
    times: Counter[str] = Counter()
    for image in images:
        name = image["reference"]
        times[name] += 1
        yield image if times[name] == 1 else {**image, "reference": f"{name} ({times[name]})"}


def _file(name: str) -> str:
    return resources.files("verifier.report.html").joinpath(name).read_text("utf-8")


def _hash(source: str) -> str:
    """As https://www.w3.org/TR/CSP3/#grammardef-hash-source has it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"


def _header(document: Document) -> Iterator[Html]:
    yield element("h1", "verify: ", word(document["verdict"]))
    yield element("p", _WORDS[document["verdict"]])
    root = document["trustRoot"]
    yield facts(
        [
            ("Judged at", text(document["evaluatedAt"])),
            ("Images", text(len(document["images"]))),
            ("Trust root", Html(f"{text(root['source'])} {code(root['digest'])}") if root else text("none")),
        ]
    )
    if document["policies"]:
        rows = [
            [text(policy["name"]), text(policy["source"]), code(policy["digest"])]
            for policy in document["policies"]
        ]
        yield table("Policies", ["Policy", "Source", "Digest"], rows)


def _contents(images: list[Document]) -> Html:
    links = [
        Html(f"{word(image['verdict'])} {element('a', text(image['reference']), href=f'#image-{number}')}")
        for number, image in enumerate(images)
    ]
    return element("nav", listed(links), aria_label="Images")


def _image(image: Document, extras: Extras, number: int, room: Room) -> Iterator[Html]:
    yield element("h2", text(image["reference"]), id=f"image-{number}")
    yield facts(_facts(image))
    yield from _checks(image, extras)
    yield from identities(image)
    yield from timeline(image)
    yield from attestations(image)
    if image["platforms"]:
        yield element("h3", "Contents")
    for index, platform in enumerate(image["platforms"]):
        yield from sbom_section(platform, extras.sboms.get(platform["digest"]), f"{number}-{index}", room)


def _facts(image: Document) -> Iterator[tuple[str, Html | None]]:
    yield "Verdict", word(image["verdict"])
    yield "Image", code(image["resolved"]) if image["resolved"] else text("could not be had")
    judged = ", ".join(f"{item['platform'] or 'the image'}: {item['verdict']}" for item in image["platforms"])
    yield "Platforms", text(judged or "none")
    if left_out := image.get("platformsLeftOut"):
        yield "Not judged", text(", ".join(left_out))
    if places := image.get("namedAt"):
        yield "Named at", listed(map(_place, places))
    if warnings := image.get("warnings"):
        yield "Warnings", listed(map(text, warnings))


def _place(place: Document) -> Html:
    where = " ".join(word for word in (place["object"], place["field"]) if word)
    return Html(f"{code(place['file'])} line {text(place['line'])} {text(where)}")


def _checks(image: Document, extras: Extras) -> Iterator[Html]:
    yield element("h3", "Checks")
    findings = sorted(said(image), key=lambda item: _WORST_FIRST.index(item.check["outcome"]))
    rows = []
    for group, more in alike(findings, REPORT_ALIKE):
        rows += [_row(item, extras) for item in group]
        if more:
            outcome = group[0].check["outcome"]
            rows.append([word(outcome), text(group[0].check["rule"]), text(f"and {more} more"), text("")])
    yield table(f"Checks of {image['reference']}", ["Outcome", "Rule", "Finding", "Policy"], rows)


def _row(item: Said, extras: Extras) -> list[Html]:
    check = item.check
    hint = element("p", "What to do: ", text(check["hint"]), class_="hint") if check["hint"] else ""
    code_ = f" {element('code', text(check['code']))}" if check["code"] else ""
    rule = text(check["rule"])
    if check["rule"] in extras.rules:
        rule = Html(f'<a href="#rule-{rule}">{rule}</a>')
    message = Html(f"{text(item.message)}{code_}{hint}")
    return [word(check["outcome"]), rule, message, text(check["policy"] or "none")]


def _files(document: Document) -> Html:
    """What was not judged in files."""
    words = files_in_words(document)
    if words is None:
        return Html("")
    rows = [
        [
            code(file["path"]),
            text("" if file["line"] is None else file["line"]),
            text(file["outcome"]),
            text("yes" if file["imageLike"] else "no"),
            text(file["message"]),
        ]
        for file in files(document)
    ]
    heads = ["File", "Line", "Outcome", "Like an image", "Why"]
    return element(
        "section",
        element("h2", "What was not judged in files", id="files"),
        element("p", text(f"{words}.")),
        table("What was not judged in files", heads, rows),
        aria_labelledby="files",
    )


def _rules(images: list[Document], extras: Extras) -> Html:
    """What the rules mean that were checked."""
    used = sorted({item.check["rule"] for image in images for item in said(image)} & extras.rules.keys())
    if not used:
        return Html("")
    explained = []
    for rule in used:
        words = extras.rules[rule]
        content = Html(
            f"{element('p', text(words.title))}<pre>{_prose(words.what)}</pre>"
            f"<p>To mend a finding: {_prose(words.fix)}</p>"
        )
        explained.append(element("div", folded(rule, content), id=f"rule-{rule}"))
    return element(
        "section",
        element("h2", "What the rules mean", id="rules"),
        *explained,
        aria_labelledby="rules",
    )


def _prose(markdown: str) -> Html:
    """The program's own words, which may have several lines."""
    return Html("\n".join(text(line) for line in markdown.strip().split("\n")))
