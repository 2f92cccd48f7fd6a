"""The SBOM of a platform: what it says of itself, its licences, its packages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from verifier.model.sbom import Package, Sbom
from verifier.report.html.elements import Html, code, element, facts, table, text
from verifier.report.view import Document, platform_name

_BARS = 15  # licences; the rest are one more bar
_SILENT = {"", "NOASSERTION", "NONE"}


@dataclass(slots=True)
class Room:
    """How many more packages the page may list."""

    left: int

    def take(self, wanted: int) -> int:
        """As many of those that are wanted as there is room for."""
        taken = min(wanted, self.left)
        self.left -= taken
        return taken


def sbom_section(platform: Document, sbom: Sbom | None, number: str, room: Room) -> Iterator[Html]:
    """The section on one platform; ``number`` is no other's."""
    said = platform["sbom"]
    yield element("h4", text(f"SBOM of {platform_name(platform)}"))
    if said is None:
        yield element("p", "There is none that counts.")
        return
    yield facts(
        [
            ("Format", text(said["format"])),
            ("Packages", text(said["packages"])),
            ("Relationships", text(said["relationships"])),
            ("Created", text(said["created"] or "not said")),
            ("By", text(", ".join(said["creators"])) if said["creators"] else None),
            ("Evidence", code(said["evidence"])),
        ]
    )
    if sbom is None:
        yield element("p", "The report was saved without the packages; the attestation holds them.")
        return
    if sbom.packages:
        yield _licenses(platform, sbom)
        yield from _packages(platform, sbom, number, room)


def _licenses(platform: Document, sbom: Sbom) -> Html:
    counts = Counter(map(_license, sbom.packages)).most_common()
    shown, rest = counts[:_BARS], counts[_BARS:]
    if rest:
        shown.append((f"{len(rest)} other licences", sum(count for _, count in rest)))
    most = max(count for _, count in shown)
    rows = [[text(name), text(count), _bar(count / most)] for name, count in shown]
    return table(f"Licences in {platform_name(platform)}", ["Licence", "Packages", "Share"], rows)


def _bar(share: float) -> Html:
    """The number beside it says the same."""
    return element(
        "svg", element("rect", width=f"{100 * share:.1f}%", height="100%"), class_="bar", aria_hidden="true"
    )


def _license(package: Package) -> str:
    """What was concluded, or else declared."""
    for said in (package.license_concluded, package.license_declared):
        if said not in _SILENT:
            return said
    return "not said"


def _packages(platform: Document, sbom: Sbom, number: str, room: Room) -> Iterator[Html]:
    name = platform_name(platform)
    table_id, input_id = f"packages-{number}", f"find-{number}"
    label = element("label", text(f"Find packages of {name} "), for_=input_id)
    search = Html(f'<input id="{input_id}" type="search" data-table="{table_id}" autocomplete="off">')
    # Without the script there is nothing that could search.
    yield Html(
        f'<p class="find" hidden>{label}{search} <output for="{input_id}" aria-live="polite"></output></p>'
    )
    heads = ["Package", "Version", "Licence", "Supplier", "Package URL"]
    shown = sorted(sbom.packages, key=lambda package: (package.name, package.version))[
        : room.take(len(sbom.packages))
    ]
    yield table(f"Packages in {name}", heads, map(_row, shown), id_=table_id)
    if len(shown) < len(sbom.packages):
        yield element(
            "p", text(f"There is no room here for {len(sbom.packages) - len(shown)} more packages.")
        )


def _row(package: Package) -> list[Html]:
    return [
        text(package.name or package.element_id, limit=300),
        text(package.version, limit=300),
        text(_license(package), limit=300),
        text(package.supplier, limit=300),
        Html(" ".join(code(purl) for purl in package.purls[:3])),
    ]
