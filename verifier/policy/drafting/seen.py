"""What a draft says in comments: what could be asked for too, and what was seen and is not asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from verifier.model.digest import Digest
from verifier.model.evidence import ImageEvidence
from verifier.model.sbom import DecodedSbom
from verifier.policy.drafting.rules import Chosen, Kind
from verifier.policy.drafting.signers import who
from verifier.policy.drafting.text import comment, commented, quoted
from verifier.policy.identities import describe
from verifier.policy.licenses import License, LicenseError, in_the_way, parse
from verifier.policy.rules.sbom_use import unusable

_ITEMS = 20  # of one sort that are listed
_LICENSES = 200  # that are listed; an image with more wants a list of its own making
_LICENSE_LENGTH = 200
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}(?::[A-Za-z0-9_.-]{0,99})?")
_ROOT = re.compile(r"|root(?::.*)?|[+-]?0+(?::.*)?", re.DOTALL)


def suggestions(
    users: Sequence[str], sboms: Mapping[Digest, DecodedSbom], evidence: ImageEvidence
) -> Iterator[str]:
    """Rules that the image may or may not be meant to keep."""
    if any(_ROOT.fullmatch(user) for user in users):
        yield from comment("The image runs as root, which the rule image-user would refuse.", "  ")
    elif (named := {user.partition(":")[0] for user in users if _NAME.fullmatch(user)}) and len(
        named
    ) < _ITEMS:
        yield from comment(
            "The image's user is a name, and only the files in the image tell who that is:", "  "
        )
        yield from commented(
            ["  - image-user:", f"      names: [{', '.join(map(quoted, sorted(named)))}]"], "  "
        )
    found = _licenses(sboms, evidence)
    if found and len(found) <= _LICENSES and all(len(name) <= _LICENSE_LENGTH for name in found):
        yield from comment("The licences that the SBOMs name, each of which somebody has to accept:", "  ")
        entries = (f"        - {entry}" for entry in found)
        yield from commented(["  - licenses:", "      allow:", *entries], "  ")
    elif found:
        yield from comment(
            f"The SBOMs name {len(found)} licences; the rule licenses can say which may be.", "  "
        )


def _licenses(sboms: Mapping[Digest, DecodedSbom], evidence: ImageEvidence) -> list[str]:
    """The licences of all packages, each as an entry of the rule ``licenses``."""
    platforms = {image.digest for image in evidence.platforms}
    found: set[License] = set()
    for statement in evidence.statements:
        decoded = sboms.get(statement.evidence)
        if decoded is None or decoded.sbom is None or unusable(decoded, "") is not None:
            continue
        if platforms.isdisjoint(statement.about):
            continue
        texts = {t for p in decoded.sbom.packages for t in (p.license_declared, p.license_concluded)}
        for text in texts - {"", "NONE", "NOASSERTION"}:
            try:
                found.update(in_the_way(parse(text), accepts=lambda _: False))
            except LicenseError:
                continue
    return sorted(map(_entry, found))


def _entry(found: License) -> str:
    text = quoted(str(found))
    return text if found.listed or found.is_reference else f"{{unlisted: {text}}}"


def unused(
    evidence: ImageEvidence, plan: Sequence[tuple[Kind, Chosen | str]], left_out: Sequence[str]
) -> Iterator[str]:
    """Everything that was seen and that no rule asks for, each with the reason."""
    lines = [
        *_listed(_statements(evidence, plan)),
        *_listed(f"rejected ({r.code}): {r.reason} [{r.digest}]" for r in evidence.rejections),
        *_listed(
            f"nobody signed it: {item.predicate_type or 'of unknown type'} [{item.digest}]"
            for item in evidence.unsigned
        ),
        *_listed(f"could not look at {place.place}: {place.reason}" for place in evidence.unreadable),
        *_listed(f"not looked at: {platform}" for platform in left_out),
    ]
    if lines:
        yield ""
        yield from comment("Seen, and not asked for:")
        yield from lines


def _statements(evidence: ImageEvidence, plan: Sequence[tuple[Kind, Chosen | str]]) -> Iterator[str]:
    for kind, chosen in plan:
        for signer in {who(s.signer): s.signer for s in kind.statements}.values():
            if isinstance(chosen, str):
                yield f"{kind.what} by {describe(signer)}: {chosen}"
            elif who(signer) not in chosen.signers:
                yield f"{kind.what} by {describe(signer)}: not every platform has one"
    planned = {id(statement) for kind, _ in plan for statement in kind.statements}
    for statement in evidence.statements:
        if id(statement) not in planned:
            yield f"a signature over other bytes, by {describe(statement.signer)} [{statement.evidence}]"


def _listed(texts: Iterable[str]) -> Iterator[str]:
    """Each of ``texts`` once, as an item of a list within a comment."""
    distinct = list(dict.fromkeys(texts))
    for text in distinct[:_ITEMS]:
        yield from comment(f"- {text}")
    if len(distinct) > _ITEMS:
        yield from comment(f"- and {len(distinct) - _ITEMS} more like these")
