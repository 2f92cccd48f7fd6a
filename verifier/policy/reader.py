"""What one policy file says, as values, and where in the file one of them is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from verifier.errors import InputError, PolicyError
from verifier.model.digest import Digest
from verifier.policy.bases import Base, anyone, signer_names
from verifier.policy.clause import Clause
from verifier.policy.clause_reader import placed, read_clauses, wrong
from verifier.policy.interface import Context
from verifier.policy.patterns import ImagePattern
from verifier.policy.reader_checks import require_distinct, require_fitting, require_own_ids
from verifier.policy.signer_reader import read_signer
from verifier.policy.signers import Identity
from verifier.policy.values import Policy
from verifier.policy.waiver_reader import read_waiver
from verifier.policy.waivers import Waiver
from verifier.policy.words import did_you_mean
from verifier.policy.yaml_loader import Document
from verifier.policy.yaml_loader import Path as Place
from verifier.text import safe

T = TypeVar("T")
MakeClauses = Callable[[Context, tuple[Waiver, ...]], list[Clause]]
"""Make the rules of a file, which may take their signers from the policy that extends it."""


@dataclass(frozen=True, slots=True)
class Inherited:
    """What a policy hands on to one that extends it."""

    images: tuple[ImagePattern, ...]
    signers: Mapping[str, Identity]
    clauses: tuple[MakeClauses, ...]
    waivers: tuple[Waiver, ...]


class Reader:
    """One file. ``values`` are those of its parameters, ``bases`` what it builds on.

    ``read`` gives the bytes of a file beside it, or raises `InputError`. With ``stand_ins``, a parameter
    without a value has a made-up one: the file is looked at for itself.
    """

    def __init__(
        self,
        document: Document,
        read: Callable[[str], bytes],
        values: Mapping[str, str],
        bases: Sequence[Inherited],
        *,
        stand_ins: bool = False,
    ) -> None:
        self._document = document
        self._data: Mapping[str, Any] = document.data
        self._read = read
        self._values = values
        self._bases = bases
        self._stand_ins = stand_ins
        self._asked: set[str] = set()

    def policy(self, digest: Callable[[], Digest], given: Mapping[str, Identity]) -> Policy:
        """The policy that the file is, or `PolicyError` where it cannot judge by itself.

        ``digest`` is asked when all files have been read. ``given`` are signers from outside: a policy that
        has none takes them, and without ``images`` it is then about every image.
        """
        all_ = self.inherited()
        signers, chosen = (all_.signers, False) if all_.signers else (given, True)
        clauses = self._made(all_, signers, chosen=chosen)
        if not clauses:
            raise self._error("the policy has no 'require', so it asks for nothing", (), "add a rule")
        if not all_.images and not (chosen and signers):
            raise self._error("the policy has no 'images', so it is about none", (), "write images: […]")
        used = {name for clause in clauses for name in clause.rule.signers}
        for name in self._data.get("signers", ()):
            if name not in used:
                message, hint = f"no rule uses the signer {name!r}", f"write signers: [{name}] at a rule"
                raise self._error(message, ("signers", name, "<key>"), hint)
        if not any(clause.needs_signer for clause in clauses):
            message = "no rule asks for anything signed, so anybody's image would pass"
            hint = "add a signature or an attestation rule"
            if used:
                message = "an alternative asks for nothing signed, so anybody's image would pass by it"
                hint = "add a signature or an attestation rule to it, or beside 'any-of'"
            raise self._error(message, ("require",), hint)
        require_fitting(all_.waivers, clauses)
        return self._policy(all_, signers, clauses, digest())

    def base(self, digest: Callable[[], Digest]) -> Base | None:
        """What the file is to one that extends it; None where it has all that it needs to judge by itself.

        Raises `PolicyError` for all that is wrong whoever extends it.
        """
        all_ = self.inherited()
        needs_signers = not all_.signers
        parameters = dict(self._data.get("parameters", {}))
        if not parameters and all_.images:
            return None
        names = dict.fromkeys(signer_names(self._data.get("require", ()))) if needs_signers else {}
        stand_ins = {name: anyone(name) for name in (*names, *([] if names else ["signer"]))}
        signers = stand_ins if needs_signers else all_.signers
        clauses = self._made(all_, signers, chosen=needs_signers)
        policy = self._policy(all_, all_.signers, clauses, digest())
        return Base(policy, parameters, needs_images=not all_.images, needs_signers=needs_signers)

    def _made(self, all_: Inherited, signers: Mapping[str, Identity], *, chosen: bool) -> tuple[Clause, ...]:
        """The rules, by the word of ``signers`` where they name nobody. Raises `PolicyError`."""
        context = self._context(signers, tuple(signers), chosen=chosen)
        made = [clause for make in all_.clauses for clause in make(context, all_.waivers)]
        # What is inherited on two ways stands at one place; by the word of others it is another rule.
        clauses = tuple({(clause.place, clause.rule.signers): clause for clause in made}.values())
        require_own_ids(clauses)
        return clauses

    def _policy(
        self, all_: Inherited, signers: Mapping[str, Identity], clauses: tuple[Clause, ...], digest: Digest
    ) -> Policy:
        return Policy(
            name=self._data["name"],
            description=self._data.get("description", ""),
            source=self._document.source,
            digest=digest,
            images=all_.images,
            signers=signers,
            rules=clauses,
            waivers=all_.waivers,
            unmatched_warns=self._data.get("unmatched-images") == "warn",
        )

    def inherited(self) -> Inherited:
        """All that the file says together with what it builds on. Raises `PolicyError`."""
        self._require_parameters_known()
        inherited = self._inherited_signers()
        own = self._signers(inherited)
        given = [waiver for base in self._bases for waiver in base.waivers]
        waivers = (*dict.fromkeys(given), *self._waivers())
        require_distinct(waivers)
        images = self._images() or tuple(
            dict.fromkeys(image for base in self._bases for image in base.images)
        )
        self._require_parameters_used()
        signers = {**inherited, **own}
        clauses = [
            make for number in range(len(self._bases)) for make in self._inherited_clauses(number, signers)
        ]
        clauses += [self._clauses] if "require" in self._data else []
        if signers:
            # Of two sources neither is meant unless it is named. And no heir's signers may take their place.
            context = self._context(signers, () if own and inherited else tuple(signers))
            clauses = [partial(_settled, make, context) for make in clauses]
        return Inherited(images, signers, tuple(clauses), waivers)

    def _context(
        self, signers: Mapping[str, Identity], unless_named: tuple[str, ...], *, chosen: bool = False
    ) -> Context:
        return Context(signers, unless_named, self._read, chosen)

    # --- the parts ---

    def _images(self) -> tuple[ImagePattern, ...]:
        def read(value: Any) -> ImagePattern:
            return ImagePattern.parse(self._given(value, stand_in="parameter.invalid/"))

        return tuple(self._at(("images", n), read, v) for n, v in enumerate(self._data.get("images", ())))

    def _inherited_signers(self) -> dict[str, Identity]:
        """Those of all bases. Rules know signers by name, so that one name cannot be two of them."""
        signers: dict[str, Identity] = {}
        for number, base in enumerate(self._bases):
            for name, signer in base.signers.items():
                if signers.setdefault(name, signer) != signer:
                    message = f"another policy that is extended here calls somebody else {name!r}"
                    raise self._error(message, ("extends", number), "give one of the two another name")
        return signers

    def _inherited_clauses(self, number: int, signers: Mapping[str, Identity]) -> Iterator[MakeClauses]:
        """The rules of a base, by the word of those that ``extends`` names for them, if it does."""
        base, item = self._bases[number], self._data["extends"][number]
        if isinstance(item, str) or "signers" not in item:
            yield from base.clauses
            return
        path: Place = ("extends", number, "signers")
        if base.signers or not base.clauses:
            what = "signers of its own, whose word its rules take" if base.signers else "no rules"
            raise self._error(f"{item['policy']} has {what}", path, "leave 'signers' out here")
        for position, name in enumerate(item["signers"]):
            if name not in signers:
                message = f"the signer {safe(name, limit=60)!r} is not under signers"
                raise self._error(message, (*path, position), did_you_mean(name, signers))
        context = self._context(signers, tuple(item["signers"]), chosen=True)
        yield from (partial(_settled, make, context) for make in base.clauses)

    def _signers(self, inherited: Mapping[str, Identity]) -> dict[str, Identity]:
        signers = {}
        for name, options in self._data.get("signers", {}).items():
            if name in inherited:
                place = ("signers", name, "<key>")
                raise self._error(f"the signer {name!r} is inherited already", place, "choose another name")
            path: Place = ("signers", name)
            read = partial(
                read_signer,
                name,
                given=self._given,
                read=self._read,
                source=self._document.source,
                place=self._document.place(path),
            )
            signers[name] = self._at(path, read, options)
        return signers

    def _waivers(self) -> tuple[Waiver, ...]:
        def read(number: int, item: Mapping[str, Any]) -> Waiver:
            path = ("exceptions", number)
            return self._at(path, partial(read_waiver, place=self._document.place(path)), item)

        return tuple(read(number, item) for number, item in enumerate(self._data.get("exceptions", ())))

    def _clauses(self, context: Context, waivers: tuple[Waiver, ...]) -> list[Clause]:
        return read_clauses(self._document, replace(context, read=self._read), waivers)

    # --- parameters ---

    def _given(self, value: Any, *, stand_in: str = "https://parameter.invalid/") -> str:
        if isinstance(value, str):
            return value
        name = value["parameter"]
        declared = self._data.get("parameters", {})
        if name not in declared:
            raise InputError(
                f"no parameter is called {safe(name, limit=60)!r}", hint=did_you_mean(name, declared)
            )
        self._asked.add(name)
        if self._stand_ins and name not in self._values:
            return f"{stand_in}{name}"
        if name not in self._values:
            values = ", ".join(f"{one}: …" for one in declared)
            base = f"{{policy: {self._data['name']}, with: {{{values}}}}}"
            raise InputError(
                f"the parameter {name!r} has no value: {safe(declared[name], limit=200)}",
                hint=f"write a policy of your own with 'extends: [{base}]'",
            )
        return self._values[name]

    def _require_parameters_used(self) -> None:
        for name in self._data.get("parameters", {}):
            if name not in self._asked:
                raise self._error(f"nothing uses the parameter {name!r}", ("parameters", name, "<key>"))

    def _require_parameters_known(self) -> None:
        declared = self._data.get("parameters", {})
        for name in self._values:
            if name not in declared:
                known = did_you_mean(name, declared) if declared else "it has none"
                raise InputError(
                    f"{self._data['name']} has no parameter {safe(name, limit=60)!r}",
                    hint="write 'signers' beside 'policy', and not under 'with'"
                    if name == "signers"
                    else known,
                )

    # --- errors ---

    def _error(self, message: str, path: Place, hint: str | None = None) -> PolicyError:
        return wrong(self._document, message, path, hint)

    def _at(self, path: Place, read: Callable[[Any], T], value: Any) -> T:
        return placed(self._document, path, read, value)


def _settled(make: MakeClauses, context: Context, _: Context, waivers: tuple[Waiver, ...]) -> list[Clause]:
    return make(context, waivers)
