"""Decode CycloneDX JSON: as much of it as says which packages there are.

CycloneDX specification 1.2 to 1.7, JSON (ECMA-424). Components nest; all are listed. The component that the
document is about counts as a package only where it is an image, as the root of an SPDX document does: a
document that lists nothing but its own subject must not seem to have contents.

A component's group is part of its name (``@angular`` and ``core`` in npm). One that is external, optional or
excluded is listed, and is no part of the assembly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Final

from verifier.errors import LimitExceeded, SbomError
from verifier.json_nodes import (
    NodeError,
    as_object,
    kind,
    member,
    objects,
    raising,
    required_text,
    shown,
    text,
    texts,
)
from verifier.limits import SBOM_PACKAGES, SBOM_RELATIONSHIPS
from verifier.model.package_kinds import is_image
from verifier.model.sbom import Package, Relationship, Sbom
from verifier.sbom.nodes import at_path
from verifier.sbom.times import parse_time
from verifier.strict_json import Json

VERSIONS: Final = ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7")
_FILE: Final = "FILE"
# Component scope: "optional" are those "not installed or otherwise accessible", "excluded" those that are not
# there when it runs. No scope is "required".
_INSIDE: Final = frozenset({"", "required"})


class CycloneDxDecoder:
    """See `SbomDecoder`."""

    @raising(at_path)
    def decode(self, document: Json) -> Sbom:
        """See `SbomDecoder.decode`."""
        root = as_object(document, "$")
        version = _version(root)
        metadata = _member(root, "metadata", "$")
        subject = _subject(metadata)
        components = list(_components(root, metadata))
        # What has a package URL is a package, however it is packed.
        packages = [package for package in components if package.purpose != _FILE or package.purls]
        listed = [subject, *packages] if subject is not None and is_image(subject) else packages
        _refuse_duplicates(listed)
        return Sbom(
            format=f"CycloneDX-{version}",
            name=subject.name if subject is not None else "",
            namespace=text(root, "serialNumber", "$"),
            created=parse_time(text(metadata, "timestamp", "$.metadata"), "$.metadata.timestamp"),
            creators=tuple(_creators(metadata)),
            describes=(subject.element_id,) if subject is not None and subject.element_id else (),
            packages=tuple(listed),
            relationships=tuple(_relationships(root)),
            extracted_licenses=(),
            files=len(components) - len(packages),
        )


def _version(root: Mapping[str, Json]) -> str:
    if root.get("bomFormat") != "CycloneDX":
        what = "an SPDX document" if "spdxVersion" in root else "something else"
        raise SbomError(f"{what} where a CycloneDX document belongs", path="$.bomFormat")
    version = root.get("specVersion")
    if version in VERSIONS:
        return str(version)
    what = shown(version) if isinstance(version, str) else kind(version)
    raise SbomError(f"{what} is not supported; supported are {', '.join(VERSIONS)}", path="$.specVersion")


def _member(node: Mapping[str, Json], key: str, at: str) -> dict[str, Json]:
    value = node.get(key)
    return {} if value is None else as_object(value, member(at, key))


def _subject(metadata: Mapping[str, Json]) -> Package | None:
    at = "$.metadata.component"
    component = _member(metadata, "component", "$.metadata")
    return _package(component, at, inside=True) if component else None


def _components(root: Mapping[str, Json], metadata: Mapping[str, Json]) -> Iterator[Package]:
    """Yield all components in the order of the document, however they nest; those of its subject last."""
    subject = _member(metadata, "component", "$.metadata")
    inside = list(objects(subject, "components", "$.metadata.component"))
    waiting = [(at, node, True) for at, node in (*objects(root, "components", "$"), *inside)][::-1]
    count = 0
    while waiting:
        count += 1
        if count + len(waiting) > SBOM_PACKAGES:
            raise LimitExceeded(f"the SBOM lists more than {SBOM_PACKAGES} components")
        at, node, within = waiting.pop()
        # What is in something that is not there is not there.
        within = within and _is_inside(node, at)
        yield _package(node, at, inside=within)
        waiting += [(here, child, within) for here, child in objects(node, "components", at)][::-1]


def _is_inside(node: Mapping[str, Json], at: str) -> bool:
    """Whether the component is part of the assembly, and there when it runs."""
    external = node.get("isExternal")
    if external is not None and not isinstance(external, bool):
        raise NodeError(f"{kind(external)} where a truth value belongs", path=member(at, "isExternal"))
    return not external and text(node, "scope", at) in _INSIDE


def _package(node: Mapping[str, Json], at: str, *, inside: bool) -> Package:
    declared, concluded = _licenses(node, at)
    purl = text(node, "purl", at)
    originator = text(node, "publisher", at) or text(node, "author", at)
    group, name = text(node, "group", at).strip(" /"), required_text(node, "name", at)
    if group and not name.startswith(f"{group}/"):  # some write the whole name, and its group once more
        name = f"{group}/{name.lstrip('/')}"
    return Package(
        element_id=text(node, "bom-ref", at),
        name=name,
        version=text(node, "version", at),
        supplier=text(_member(node, "supplier", at), "name", member(at, "supplier")),
        originator=originator,
        download_location="",
        license_declared=declared,
        license_concluded=concluded,
        purls=(purl,) if purl else (),
        checksums=tuple(
            (required_text(entry, "alg", here).replace("SHA-", "SHA"), required_text(entry, "content", here))
            for here, entry in objects(node, "hashes", at)
        ),
        purpose=required_text(node, "type", at).upper().replace("-", "_"),
        files_analyzed=False,
        path=at,
        group=group,
        inside=inside,
    )


def _licenses(node: Mapping[str, Json], at: str) -> tuple[str, str]:
    """Give the declared and the concluded licence as one expression each.

    Several entries all apply (the specification does not say "or"). A ``name`` stays as it is: it is text,
    not an identifier, and whoever judges it must see that.
    """
    declared: list[str] = []
    concluded: list[str] = []
    for here, entry in objects(node, "licenses", at):
        license_at = member(here, "license")
        choice = _member(entry, "license", here)
        named = text(choice, "id", license_at) or text(choice, "name", license_at)
        both = [value for value in (text(entry, "expression", here), named) if value]
        said = text(entry, "acknowledgement", here) or text(choice, "acknowledgement", license_at)
        (concluded if said == "concluded" else declared).extend(both or [""])
    return _all_of(declared), _all_of(concluded)


def _all_of(expressions: list[str]) -> str:
    """Join what all applies.

    A parenthesis of one must not embrace another: ``MIT) OR (MIT`` would free whatever stands beside it. So
    those that are not closed are joined to what is no expression.
    """
    if len(expressions) == 1:
        return expressions[0]
    if not all(map(_is_closed, expressions)):
        return ", ".join(expressions)
    return " AND ".join(f"({expression})" if " " in expression else expression for expression in expressions)


def _is_closed(expression: str) -> bool:
    """Whether each closing parenthesis has an opening one before it, and the other way round."""
    depths = list(accumulate((character == "(") - (character == ")") for character in expression))
    return not depths or (min(depths) >= 0 and depths[-1] == 0)


def _relationships(root: Mapping[str, Json]) -> Iterator[Relationship]:
    count = 0
    for at, node in objects(root, "dependencies", "$"):
        source = required_text(node, "ref", at)
        for target in texts(node, "dependsOn", at):
            count += 1
            if count > SBOM_RELATIONSHIPS:
                raise LimitExceeded(f"the SBOM lists more than {SBOM_RELATIONSHIPS} dependencies")
            yield Relationship(source, "DEPENDS_ON", target)


def _creators(metadata: Mapping[str, Json]) -> Iterator[str]:
    """Name tools and authors as SPDX does. Until 1.4 tools are a list, since 1.5 an object."""
    tools = metadata.get("tools")
    holder, key, at = (
        (tools, "components", "$.metadata.tools")
        if isinstance(tools, dict)
        else (metadata, "tools", "$.metadata")
    )
    for here, tool in objects(holder, key, at):
        name, version = text(tool, "name", here), text(tool, "version", here)
        yield f"Tool: {name}-{version}" if version else f"Tool: {name}"
    for here, author in objects(metadata, "authors", "$.metadata"):
        yield f"Person: {text(author, 'name', here)}"


def _refuse_duplicates(packages: list[Package]) -> None:
    seen: dict[str, str] = {}
    for package in packages:
        if package.element_id:
            first = seen.setdefault(package.element_id, package.path)
            if first != package.path:
                raise SbomError(
                    f"{shown(package.element_id)} is the identifier of {first} as well",
                    path=member(package.path, "bom-ref"),
                )
