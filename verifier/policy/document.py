"""Policy files to values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from verifier.errors import InputError, PolicyError
from verifier.limits import POLICY_BYTES
from verifier.local_files import read_bounded
from verifier.model.digest import Digest
from verifier.policy.catalogue import RULES
from verifier.policy.interface import Rule
from verifier.policy.keys import load_public_key
from verifier.policy.patterns import ImagePattern, TextMatcher
from verifier.policy.schema import did_you_mean, validate
from verifier.policy.signers import CertificateIdentity, Identity, KeyIdentity
from verifier.policy.values import Policy
from verifier.policy.yaml_loader import Document, load
from verifier.policy.yaml_loader import Path as Place
from verifier.text import safe

T = TypeVar("T")


def read_policy(path: Path) -> Policy:
    """Read a policy file, or raise `PolicyError`."""
    try:
        raw = read_bounded(path, POLICY_BYTES)
    except OSError as error:
        raise PolicyError(f"cannot read the policy {safe(path)}: {error.strerror}") from error
    return load_policy(raw, source=str(path), base=path.parent)


def load_policy(raw: bytes, *, source: str, base: Path | None = None) -> Policy:
    """Read a policy from its bytes, or raise `PolicyError`. ``base`` is where key files may lie."""
    document = load(raw, source=source)
    validate(document)
    return _Reader(document, base).policy(Digest.of(raw))


class _Reader:
    """Builds values, and says where in the file one is wrong."""

    def __init__(self, document: Document, base: Path | None) -> None:
        self._document = document
        self._data: Mapping[str, Any] = document.data
        self._base = base

    def policy(self, digest: Digest) -> Policy:
        signers = {
            name: self._signer(name, options, ("signers", name))
            for name, options in self._data["signers"].items()
        }
        rules = tuple(
            self._rule(item, signers, ("require", n)) for n, item in enumerate(self._data["require"])
        )
        self._require_distinct(rules)
        self._require_used(signers, rules)
        return Policy(
            name=self._data["name"],
            description=self._data.get("description", ""),
            source=self._document.source,
            digest=digest,
            images=tuple(
                self._at(("images", number), ImagePattern.parse, text)
                for number, text in enumerate(self._data["images"])
            ),
            signers=signers,
            rules=rules,
        )

    def _error(self, message: str, path: Place, hint: str | None = None) -> PolicyError:
        return PolicyError(message, place=self._document.place(path), hint=hint)

    def _at(self, path: Place, read: Callable[[str], T], text: str) -> T:
        try:
            return read(text)
        except InputError as error:
            name = ".".join(str(part) for part in path)
            raise self._error(f"{safe(name)}: {error.message}", path, error.hint) from None

    def _signer(self, name: str, options: Mapping[str, str], path: Place) -> Identity:
        keys = {"key", "key-file"} & options.keys()
        if keys:
            if len(options) != 1:
                raise self._error(f"the signer {name!r} is a key and something else", path)
            (kind,) = keys
            read = self._key_file if kind == "key-file" else self._key
            return KeyIdentity(name, self._at((*path, kind), read, options[kind]))
        return CertificateIdentity(
            name,
            issuer=self._matcher(name, "issuer", options, path),
            subject=self._matcher(name, "subject", options, path),
        )

    def _key(self, text: str) -> Any:
        return load_public_key(text.encode(), source=self._document.source)

    def _key_file(self, text: str) -> Any:
        if self._base is None:
            raise InputError("this policy cannot name files", hint="put the key itself under 'key'")
        path = _beside(self._base, text)
        try:
            if path.exists() and not path.is_file():
                raise InputError(f"{safe(text, limit=200)!r} is not a file")
            raw = read_bounded(path, POLICY_BYTES)
        except OSError as error:
            raise InputError(f"cannot read {safe(text, limit=200)!r}: {error.strerror}") from error
        return load_public_key(raw, source=text)

    def _matcher(self, name: str, what: str, options: Mapping[str, str], path: Place) -> TextMatcher:
        exact, pattern = what in options, f"{what}-pattern" in options
        if exact == pattern:
            problem = f"has both {what} and {what}-pattern" if exact else f"has no {what}"
            hint = f"a keyless signer needs its issuer and its subject: give {what} or {what}-pattern"
            raise self._error(f"the signer {name!r} {problem}", path, hint)
        key = what if exact else f"{what}-pattern"
        text = options[key]
        read = partial(TextMatcher.exact, otherwise=f"{what}-pattern") if exact else TextMatcher.pattern
        return self._at((*path, key), read, text)

    def _rule(self, item: Mapping[str, Any], signers: Mapping[str, Identity], path: Place) -> Rule:
        ((kind, options),) = item.items()
        names = tuple(options.get("signers", signers))
        for number, name in enumerate(names):
            if name not in signers:
                raise self._error(
                    f"{kind} names the signer {safe(name, limit=60)!r}, who is not under signers",
                    (*path, kind, "signers", number),
                    did_you_mean(name, signers),
                )
        return self._at((*path, kind), lambda _: RULES[kind](options, names), "")

    def _require_distinct(self, rules: tuple[Rule, ...]) -> None:
        seen: set[Rule] = set()
        for number, rule in enumerate(rules):
            if rule in seen:
                raise self._error("the same rule stands here twice", ("require", number))
            seen.add(rule)

    def _require_used(self, signers: Mapping[str, Identity], rules: tuple[Rule, ...]) -> None:
        used = {name for rule in rules for name in rule.signers}
        for name in signers:
            if name not in used:
                raise self._error(f"no rule uses the signer {name!r}", ("signers", name, "<key>"))


def _beside(folder: Path, text: str) -> Path:
    """The path ``text`` inside ``folder``, or `InputError` where it leads out of it."""
    try:
        base = folder.resolve()
        path = (base / text).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        # A NUL in the name; before Python 3.13, a loop of symbolic links.
        raise InputError(f"not a path that can be read: {safe(text, limit=200)!r}") from error
    if not path.is_relative_to(base):
        raise InputError(f"{safe(text, limit=200)!r} lies outside the policy's folder")
    return path
