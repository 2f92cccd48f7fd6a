"""Who signed, what and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from verifier.report.html.elements import Html, code, element, facts, folded, table, text
from verifier.report.view import Document


def identities(image: Document) -> Iterator[Html]:
    """Each signer once, with what the certificate says."""
    yield element("h3", "Signed by")
    signers: dict[str, tuple[Document, list[int]]] = {}
    for place, name in enumerate(("signatures", "attestations")):
        for entry in image[name]:
            signer = entry["signer"]
            _, counts = signers.setdefault(repr(sorted(signer.items())), (signer, [0, 0]))
            counts[place] += 1
    if not signers:
        yield element("p", "Nobody whom a policy wants.")
        return
    rows = [
        [_who(signer), text(signer.get("issuer", "a key")), text(counts[0]), text(counts[1])]
        for signer, counts in signers.values()
    ]
    yield table(f"Signers of {image['reference']}", ["Signer", "Issuer", "Signatures", "Attestations"], rows)
    for signer, _ in signers.values():
        if claims := signer.get("claims"):
            pairs = facts((name, text(value)) for name, value in claims.items())
            yield folded(f"What the certificate of {signer['subject']} says", pairs)


def _who(signer: Document) -> Html:
    return code(signer["keyFingerprint"]) if "keyFingerprint" in signer else text(signer["subject"])


def timeline(image: Document) -> Iterator[Html]:
    """The trusted times, on a line and as a list."""
    entries = [*image["signatures"], *image["attestations"]]
    times: dict[str, list[str]] = {}
    for entry in entries:
        if entry["signedAt"]:
            times.setdefault(entry["signedAt"], []).append(_what(entry))
    yield element("h3", "When it was signed")
    if not times:
        yield element("p", "There is no trusted time.")
        return
    ordered = sorted(times, key=datetime.fromisoformat)
    yield _line(ordered)
    yield element(
        "ol",
        *(
            element(
                "li",
                element("time", text(time), datetime=time),
                ": ",
                text(", ".join(dict.fromkeys(times[time]))),
            )
            for time in ordered
        ),
    )


def _line(times: list[str]) -> Html:
    """The list below says the same, so this is a picture of it and no more."""
    seconds = [datetime.fromisoformat(time).timestamp() for time in times]
    first, span = seconds[0], seconds[-1] - seconds[0]
    places = (f"{2 + 96 * (second - first) / span:.2f}%" if span else "50%" for second in seconds)
    dots = (element("circle", cx=place, cy="50%", r="7") for place in places)
    axis = element("line", x1="2%", x2="98%", y1="50%", y2="50%")
    label = f"Signing times from {times[0]} to {times[-1]}"
    return element("svg", axis, *dots, class_="time", role="img", aria_label=label)


def _what(entry: Document) -> str:
    return str(entry.get("predicateType") or "image signature")


def attestations(image: Document) -> Iterator[Html]:
    """All that counts, and what does not."""
    yield element("h3", "Evidence")
    entries = [*image["signatures"], *image["attestations"]]
    if entries:
        heads = ["What", "About", "Signer", "Signed at", "Log", "Counts as", "Evidence"]
        yield table(f"Evidence for {image['reference']}", heads, map(_row, entries))
    else:
        yield element("p", "There is none that counts.")
    if rejected := image["rejected"]:
        rows = [
            [code(entry["evidence"]), text(entry["code"]), text(entry["reason"]), text(entry["storedAt"])]
            for entry in rejected
        ]
        made = table(f"Rejected for {image['reference']}", ["Evidence", "Code", "Reason", "Found in"], rows)
        yield folded(f"Looked at and not counted: {len(rejected)}", made)
    if unsigned := image["unsigned"]:
        rows = [
            [code(entry["evidence"]), text(entry["predicateType"] or "unknown"), text(entry["storedAt"])]
            for entry in unsigned
        ]
        made = table(f"Unsigned for {image['reference']}", ["Evidence", "What", "Found in"], rows)
        yield folded(f"Unsigned, never counted: {len(unsigned)}", made)


def _row(entry: Document) -> list[Html]:
    log = entry["log"]
    return [
        text(_what(entry)),
        Html(f"{text(entry['scope'])} {code(entry['subject'])}"),
        _who(entry["signer"]),
        text(entry["signedAt"] or "no trusted time"),
        text(f"{log['kind']} entry {log['index']}, {log['proof']}" if log else "none"),
        text(", ".join(entry["acceptedBy"])),
        Html(f"{code(entry['evidence'])} {text(entry['storedAt'])}"),
    ]
