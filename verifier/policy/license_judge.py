"""Which licences of an SBOM's packages a policy accepts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

from verifier.errors import LimitExceeded
from verifier.limits import LICENSE_TOTAL
from verifier.model.package_kinds import is_whole
from verifier.model.sbom import Package, Sbom
from verifier.policy.license_exceptions import Exemption, Exemptions
from verifier.policy.license_terms import UNSAID, LicenseTerms, texts_of
from verifier.policy.licenses import Expression, License, LicenseError, in_the_way, parse
from verifier.text import safe

Which = Literal["both", "declared", "concluded"]
Leniency = Literal["unknown", "no-assertion", "none", "missing"]

_SHOWN = 5
_WORDS: dict[str, Leniency] = {"NOASSERTION": "no-assertion", "NONE": "none"}
_ACCEPTED: dict[Leniency, str] = {
    "unknown": "is not on the SPDX list",
    "no-assertion": "is NOASSERTION",
    "none": "is NONE",
    "missing": "is not stated",
}
_DECLARED = ("declares", "licenseDeclared")
_CONCLUDED = ("is concluded to have", "licenseConcluded")


@dataclass(frozen=True, slots=True)
class LicenseRules:
    """What is accepted: all of ``allow``, or everything where it is empty, without what ``deny`` has.

    ``lenient`` says what else: a licence that is neither on the SPDX list nor named (``unknown``), and
    packages of which the document says nothing.
    """

    allow: LicenseTerms
    deny: LicenseTerms
    exemptions: Exemptions
    which: Which
    lenient: frozenset[Leniency]

    @property
    def besides(self) -> str:
        """What is accepted beside ``allow``, for people."""
        words = [said for leniency, said in _ACCEPTED.items() if leniency in self.lenient]
        also = f", or {', or '.join(words)}" if words else ""
        return "".join([also, *(f"; {exemption}" for exemption in self.exemptions.items)])


class LicenseProblem(NamedTuple):
    """What is wrong with a package: ``message`` goes on after its name, ``member`` is where it says so.

    ``lenient`` is the leniency that would excuse it, or ``""``.
    """

    message: str
    member: str
    code: str
    lenient: str = ""


class LicenseJudge:
    """Judges the packages of one document, each expression once.

    ``judged`` counts the packages; entries for a whole image that say nothing are not among them.
    """

    def __init__(self, rules: LicenseRules, sbom: Sbom) -> None:
        self.judged = 0
        self._rules = rules
        self._texts = texts_of(sbom) if rules.allow.texts or rules.exemptions.items else {}
        self._parsed: dict[str, Expression | str] = {}
        self._length = 0
        self._refusals: dict[tuple[str, tuple[Exemption, ...]], tuple[str, str] | None] = {}
        self._problems: dict[tuple[str, str], tuple[LicenseProblem, ...]] = {}

    def problems(self, package: Package) -> Sequence[LicenseProblem]:
        """What is wrong with the licences of ``package``. Raises `LimitExceeded`."""
        key = (package.license_declared, package.license_concluded)
        found = self._problems.get(key)
        if found is None:
            found = self._problems[key] = tuple(self._judge(package, ()))
        if found and not self._stated(package) and is_whole(package):
            return ()
        self.judged += 1
        if found and (exemptions := self._rules.exemptions.of(package)):
            return tuple(self._judge(package, exemptions))
        return found

    def _members(self, package: Package) -> list[tuple[str, str, str]]:
        """Verb, member and value of what is looked at."""
        declared = (*_DECLARED, package.license_declared)
        concluded = (*_CONCLUDED, package.license_concluded)
        match self._rules.which:
            case "declared":
                return [declared]
            case "concluded":
                return [concluded]
            case "both":
                # The same twice is one problem.
                return [declared] if declared[2] == concluded[2] else [declared, concluded]

    def _stated(self, package: Package) -> list[tuple[str, str, str]]:
        """Those that name a licence."""
        return [member for member in self._members(package) if member[2].strip() and member[2] not in UNSAID]

    def _judge(self, package: Package, exemptions: tuple[Exemption, ...]) -> Iterator[LicenseProblem]:
        places = {value: place for _, place, value in self._members(package)}
        stated = self._stated(package)
        # NONE is a statement of its own; NOASSERTION and an absent member are none beside another (SPDX 2.3,
        # clauses 7.13 and 7.15).
        word = next((word for word in ("NONE", "NOASSERTION") if word in places), "")
        if (word == "NONE" or not stated) and not self._excused(word, exemptions):
            says = "says that it has no licence (NONE)" if word == "NONE" else "says nothing of its licence"
            shown = f"{says} ({word})" if word == "NOASSERTION" else says
            place = places[word] if word else ""
            yield LicenseProblem(shown, place, "PolicyError", _WORDS.get(word, "missing"))
        for verb, place, value in stated:
            if refusal := self._refusal(value, exemptions):
                yield LicenseProblem(f"{verb} {refusal[0]}", place, refusal[1])

    def _excused(self, word: str, exemptions: tuple[Exemption, ...]) -> bool:
        """Whether a package may have ``word``, or ``""``, in place of a licence."""
        # What is absent means NOASSERTION (SPDX 2.3, clauses 7.13 and 7.15), so its exemption covers both.
        exempt = any((word or "NOASSERTION") in exemption.unsaid for exemption in exemptions)
        return exempt or _WORDS.get(word, "missing") in self._rules.lenient

    def _refusal(self, text: str, exemptions: tuple[Exemption, ...]) -> tuple[str, str] | None:
        """What is wrong with one expression, and the code for it."""
        key = (text, exemptions)
        if key not in self._refusals:
            self._refusals[key] = self._examined(text, exemptions)
        return self._refusals[key]

    def _examined(self, text: str, exemptions: tuple[Exemption, ...]) -> tuple[str, str] | None:
        parsed = self._parse(text)
        if isinstance(parsed, str):
            return f"{safe(text, limit=100)!r}: {parsed}", "SbomError"
        refused = in_the_way(parsed, self._acceptance(exemptions))
        if not refused:
            return None
        shown = safe(text, limit=300)
        if len(refused) == 1 and str(refused[0]) == text:
            return f"{shown}, which {self._reason(refused[0])}", "PolicyError"
        reasons = [f"{safe(item, limit=100)} {self._reason(item)}" for item in refused[:_SHOWN]]
        more = f", and {len(refused) - _SHOWN} more" if len(refused) > _SHOWN else ""
        return f"{shown}: {', '.join(reasons)}{more}", "PolicyError"

    def _parse(self, text: str) -> Expression | str:
        parsed = self._parsed.get(text)
        if parsed is None:
            self._length += len(text)
            if self._length > LICENSE_TOTAL:
                raise LimitExceeded(
                    f"the licence expressions of the SBOM have more than {LICENSE_TOTAL} characters"
                )
            try:
                parsed = parse(text)
            except LicenseError as error:
                parsed = str(error)
            self._parsed[text] = parsed
        return parsed

    def _acceptance(self, exemptions: tuple[Exemption, ...]) -> Callable[[License], bool]:
        @cache
        def accepts(license_: License) -> bool:
            return self._accepts(license_, exemptions)

        return accepts

    def _accepts(self, license_: License, exemptions: tuple[Exemption, ...]) -> bool:
        rules, texts = self._rules, self._texts
        if any(exemption.terms.allow(license_, texts) for exemption in exemptions):
            return True
        if rules.deny.deny(license_):
            return False
        if leniency := _WORDS.get(license_.name.upper()):
            return leniency in rules.lenient
        if rules.allow.allow(license_, texts):
            return True
        return not rules.allow if license_.listed else "unknown" in rules.lenient

    def _reason(self, license_: License) -> str:
        if self._rules.deny.deny(license_):
            return "is denied"
        if license_.name.upper() in _WORDS:
            return "is no licence"
        if license_.listed:
            return "is not allowed"
        if any(name == license_.name for name, _ in self._rules.allow.texts):
            digests = ", ".join(sorted(self._texts.get(license_.name, ()))) or "none in the document"
            return f"is allowed with another text than this (sha256 {digests})"
        if license_.is_reference:
            return "is a document's own and not named by the policy"
        return "is not on the SPDX list and not named by the policy"
