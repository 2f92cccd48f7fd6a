"""Which packages an image must not, or must, contain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from verifier.errors import PackageUrlError
from verifier.model.finding import Finding
from verifier.model.sbom import Package, Sbom
from verifier.model.verified import VerifiedStatement
from verifier.packages.purls import PackageUrl, read_purl
from verifier.policy.interface import Case, Context, OptionError, RuleSpec, Withheld
from verifier.policy.package_choice import Certainty, PackageChoice, Told
from verifier.policy.packages import PackageIndex
from verifier.policy.rules.evidence import Evidence
from verifier.policy.rules.options import SBOM_OPTIONS, at, read_sbom_evidence
from verifier.policy.rules.package_findings import PackageFindings
from verifier.policy.rules.package_words import package_words

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Packages:
    """No package of the SBOM is one of ``deny``, and each of ``require`` is there."""

    id: ClassVar[str] = "packages"
    evidence: Evidence
    deny: tuple[PackageChoice, ...]
    require: tuple[PackageChoice, ...]
    denied_index: PackageIndex[PackageChoice]
    required_index: PackageIndex[PackageChoice]

    @property
    def signers(self) -> tuple[str, ...]:
        """See `Rule.signers`."""
        return self.evidence.quorum.names

    @property
    def withheld(self) -> Withheld:
        """See `Rule.withheld`."""
        return self.evidence.withheld

    def asks(self) -> str:
        """See `Rule.asks`."""
        parts = [f"no package is {_listed(self.deny, 'or')}"] if self.deny else []
        parts += [f"one package is {_listed(self.require, 'and one is')}"] if self.require else []
        return f"{' and '.join(parts)}, in {self.evidence.each()}"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        told = ["no denied package is there"] if self.deny else []
        told += ["every required package is there"] if self.require else []
        return self.evidence.examine_sboms(
            case, lambda statement, sbom: self._look(statement, sbom, case), " and ".join(told)
        )

    def _look(self, statement: VerifiedStatement, sbom: Sbom, case: Case) -> Iterator[Finding]:
        findings = PackageFindings(self.id, case, (statement.evidence,))
        missing: dict[PackageChoice, str] = dict.fromkeys(self.require, "")
        unordered: dict[tuple[PackageChoice, str], list[Package]] = {}
        for package in sbom.packages:
            purls: dict[PackageUrl, str] = {}
            for text in package.purls:
                try:
                    purls[read_purl(text)] = text
                except PackageUrlError as error:
                    if self.deny:
                        yield findings.unreadable(package, text, error)
            if self.deny:
                yield from self._denied(package, purls, unordered, findings)
            if missing:
                self._tick_off(package, purls, missing)
        for (choice, kind), packages in unordered.items():
            yield findings.unordered(choice, kind, packages)
        for choice, reason in missing.items():
            yield findings.missing(choice, reason)

    def _denied(
        self,
        package: Package,
        purls: Mapping[PackageUrl, str],
        unordered: dict[tuple[PackageChoice, str], list[Package]],
        findings: PackageFindings,
    ) -> Iterator[Finding]:
        """The findings on ``package``; those that are the same for many go into ``unordered``."""
        worst: dict[PackageChoice, tuple[Told, str]] = {}
        found = [*self.denied_index.candidates(package.names, purls)]
        if not package.purls:
            grouped = bool(package.group)
            found += [
                (choice, None)
                for name in package.names
                for choice in self.denied_index.nameless(name, grouped=grouped)
            ]
        for choice, purl in found:
            told = choice.covers(package, purl)
            if choice not in worst or told.certainty > worst[choice][0].certainty:
                worst[choice] = (told, purls[purl] if purl else "")
        for choice, (told, text) in worst.items():
            if told.unordered:
                unordered.setdefault((choice, told.unordered), []).append(package)
            elif told.certainty is not Certainty.NO:
                yield findings.denied(choice, package, told, text)

    def _tick_off(
        self, package: Package, purls: Mapping[PackageUrl, str], missing: dict[PackageChoice, str]
    ) -> None:
        """Take what ``package`` is out of ``missing``; keep there why something like it does not count."""
        for choice, purl in self.required_index.candidates(package.names, purls):
            if choice not in missing or not (choice.name or choice.matches(package, purl)):
                continue
            told = self._counts(choice, package, purl)
            if told.certainty is Certainty.YES:
                del missing[choice]
            else:
                why = f": {told.why}" if told.why else ""
                missing[choice] = f"; {package_words(package)} is there and does not do{why}"

    @staticmethod
    def _counts(choice: PackageChoice, package: Package, purl: PackageUrl | None) -> Told:
        if not choice.matches(package, purl):
            return Told(Certainty.NO, "that is not the whole of its name")
        if not package.inside:
            return Told(
                Certainty.NO, "by the SBOM it is no part of the image (external, optional or excluded)"
            )
        return choice.surely_covers(package, purl)


def _listed(choices: Iterable[PackageChoice], word: str) -> str:
    names = [str(choice) for choice in choices]
    more = [f"{len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    return f" {word} ".join([*names[:_SHOWN], *more])


def build(options: Mapping[str, Any], context: Context) -> Packages:
    """Make the rule from its options. Raises `OptionError`."""
    if not {"deny", "require"} & options.keys():
        raise OptionError("it denies nothing and requires nothing", hint="add deny, or require, or both")
    deny, require = _choices("deny", options), _choices("require", options)
    denied_ones = {str(choice) for choice in deny}
    for number, choice in enumerate(require):
        if str(choice) in denied_ones:
            raise OptionError(f"{choice} is denied and required", path=("require", number))
    return Packages(
        read_sbom_evidence(Packages.id, options, context), deny, require, _index(deny), _index(require)
    )


def _choices(key: str, options: Mapping[str, Any]) -> tuple[PackageChoice, ...]:
    return tuple(
        at((key, number), PackageChoice.read, item) for number, item in enumerate(options.get(key, ()))
    )


def _index(choices: Iterable[PackageChoice]) -> PackageIndex[PackageChoice]:
    index: PackageIndex[PackageChoice] = PackageIndex()
    for choice in choices:
        if choice.pattern is not None:
            index.add_pattern(choice.pattern, choice)
        else:
            index.add_name(choice.name, choice)
    return index


def _choice_schema(what: str) -> Mapping[str, Any]:
    return {
        "type": "array",
        "minItems": 1,
        "uniqueItems": True,
        "description": what,
        "items": {
            "type": "object",
            "additionalProperties": False,
            "minProperties": 1,
            "properties": {
                "purl": {
                    **_TEXT,
                    "description": "A package URL without version, or a pattern: pkg:apk/wolfi/openssl,"
                    " pkg:deb/debian/*, pkg:golang/github.com/org/**.",
                },
                "name": {
                    **_TEXT,
                    "description": "A name in whatever ecosystem, that of the package or of its package URL.",
                },
                "versions": {
                    **_TEXT,
                    "description": 'Which versions of it: ">=1.2.0-r0, <1.3.0-r2 || =1.4.0". Default: all.',
                },
                "reason": {**_TEXT, "description": "Why, for the report."},
            },
        },
    }


_TEXT = {"type": "string", "minLength": 1, "maxLength": 2048}

SPEC = RuleSpec(
    id=Packages.id,
    title="Packages",
    what="""\
Which packages the image must not contain (`deny`), and which it must (`require`), by every SBOM of the
platform.

Each item names packages by `purl` or by `name`. A package URL has a type, which is exact; in its namespace
and name `*` is text within one part, `**` one part or more. Both sides are normalised as the purl
specification defines the type: `pkg:pypi/Foo_Bar` is `pkg:pypi/foo-bar`, `pkg:brew/SQLite` is
`pkg:brew/homebrew/core/sqlite`. With a version (`…/busybox@1.37.0-r50`) it is that one alone. Of the
qualifiers, those that the pattern names are compared. A `name` is compared, but for its case, with the name
of the package and with that in its package URLs, in every ecosystem. A CycloneDX group is part of the name:
`@angular/core`, `org.apache/commons` (also `org.apache:commons`).

`versions` is a range: comparators (`=`, `!=`, `<`, `<=`, `>`, `>=`) with commas between those that must all
hold, and `||` between alternatives. Versions are compared as the programs of the package URL's type compare
them: alpm, apk, bazel, bitnami, cargo, chrome-extension, composer, conan, conda, cpan, cran, deb, gem,
golang, hackage, hex, julia, luarocks, maven, npm, nuget, opam, pub, pypi, rpm, swift and vscode-extension
have an order. For any other type (generic, github, docker, oci …) none is known: such a package has one of
the versions named with `=`, letter by letter, or not, and a range with a bound is an error of the policy
where it names the type, and denied where only a name led to the package. A bound must be a version as its
ecosystem writes them. One without a release (`=3.0.7` for apk's `3.0.7-r2`) is about all of them; and
whether an alpm, LuaRocks or rpm version that states no release is below a bound that does cannot be told.
Nor can it be told whether an alpm, deb or rpm version with an epoch (`1:3.0.7`) is below a bound without
one: write the bound with its epoch. A version before a release (`2.0.0-rc.1`) comes before it, whatever a
package manager's own ranges make of it.

A package is denied when any of its package URLs, or its name, is; also when it says too little to tell:
without a version, with one that is none in its ecosystem, with a package URL that cannot be read, without
the distribution or the qualifier that the pattern names. A denied `name` without a namespace or group is of
packages in all of them, and npm packages are denied whatever their case. One without any package URL is
denied under the name in a package URL or pattern, where that does not end with a star of its own
(`pkg:npm/*`). So is one that CycloneDX calls external, optional or excluded.

For `require`, all that is asked for must be stated, and of two versions neither may be outside. A `name` is
the whole name, with its namespace or group (a distribution is none: `openssl` is `pkg:apk/wolfi/openssl`),
and npm packages are told apart by their case. What CycloneDX calls external (`isExternal`), optional or
excluded (`scope`) is no part of the image and satisfies nothing.""",
    options={
        "deny": _choice_schema("Packages that must not be there."),
        "require": _choice_schema("Packages of which one must be there for each item."),
        **SBOM_OPTIONS,
    },
    example="""\
- packages:
    deny:
      - {purl: "pkg:apk/*/openssl", versions: "<3.0.8-r0", reason: CVE-2023-0286}
      - {purl: "pkg:maven/org.apache.logging.log4j/log4j-core", versions: "<2.17.1"}
      - {name: telnet}
    require:
      - {purl: "pkg:apk/*/ca-certificates-bundle"}
""",
    fix="Leave the package out or update it; `verify sbom show IMAGE` lists what is there. If it cannot be"
    " told, the SBOM must state the package URL and version as their specifications have it.",
    build=build,
)
