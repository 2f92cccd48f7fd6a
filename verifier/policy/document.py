"""Policy files to values, with all that they build on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from verifier.errors import InputError, PolicyError
from verifier.limits import POLICY_BYTES, POLICY_EXTENDS, POLICY_FILES
from verifier.local_files import read_bounded, read_regular
from verifier.model.digest import Digest
from verifier.policy.bases import Base
from verifier.policy.files import beside, read_beside
from verifier.policy.reader import Inherited, Reader
from verifier.policy.schema import validate
from verifier.policy.signers import Identity
from verifier.policy.values import Policy
from verifier.policy.visible import require_visible
from verifier.policy.yaml_loader import Document, load
from verifier.text import safe

NOBODY: Final[Mapping[str, Identity]] = {}
Shipped = Callable[[str], bytes | None]
"""The bytes of the shipped policy of a name; None where there is none."""


def read_policy(
    path: Path, *, shipped: Shipped = lambda _: None, signers: Mapping[str, Identity] = NOBODY
) -> Policy:
    """Read a policy file, or raise `PolicyError`. A policy without signers takes ``signers``."""
    return load_policy(_read(path), source=str(path), base=path.parent, shipped=shipped, signers=signers)


def read_base(path: Path, *, shipped: Shipped) -> Base | None:
    """Read a file as `load_base` does."""
    return load_base(_read(path), source=str(path), base=path.parent, shipped=shipped)


def load_policy(
    raw: bytes,
    *,
    source: str,
    base: Path | None = None,
    shipped: Shipped = lambda _: None,
    signers: Mapping[str, Identity] = NOBODY,
) -> Policy:
    """Read a policy from its bytes, or raise `PolicyError`.

    ``base`` is where files that it names may lie, ``shipped`` gives policies that it extends by name.
    A policy without signers takes ``signers``.
    """
    files = _Files(shipped, base)
    return files.reader(raw, source, base, {}, (source,)).policy(files.digest, signers)


def load_base(raw: bytes, *, source: str, base: Path | None = None, shipped: Shipped) -> Base | None:
    """Read a policy that is there to be extended; None where it can judge by itself. Raises `PolicyError`."""
    files = _Files(shipped, base)
    return files.reader(raw, source, base, {}, (source,), stand_ins=True).base(files.digest)


class _Files:
    """Follows ``extends``: by shipped name, or to a file inside the folder of the policy that names it."""

    def __init__(self, shipped: Shipped, root: Path | None) -> None:
        self._shipped = shipped
        self._root = root
        self._digests: list[Digest] = []

    def digest(self) -> Digest:
        """That of the one file, or of the digests of all that were read, in their order."""
        if len(self._digests) == 1:
            return self._digests[0]
        return Digest.of("".join(map(str, self._digests)).encode())

    def _noted(self, raw: bytes) -> bytes:
        self._digests.append(Digest.of(raw))
        if len(self._digests) > POLICY_FILES:
            raise InputError(f"more than {POLICY_FILES} files belong to the policy")
        return raw

    def reader(
        self,
        raw: bytes,
        source: str,
        base: Path | None,
        values: Mapping[str, str],
        chain: Sequence[str],
        *,
        stand_ins: bool = False,
    ) -> Reader:
        document = load(self._noted(raw), source=source)
        require_visible(document)
        validate(document)
        bases = []
        for number, item in enumerate(document.data.get("extends", ())):
            name = item if isinstance(item, str) else item["policy"]
            given = {} if isinstance(item, str) else item.get("with", {})
            try:
                bases.append(self._base(name, given, base, chain))
            except PolicyError as error:
                # What is wrong in the other file says its place itself.
                if error.place is not None:
                    raise
                raise self._wrong(document, number, error) from None
            except InputError as error:
                raise self._wrong(document, number, error) from None
        return Reader(
            document,
            lambda name: self._noted(read_beside(base, name)),
            values,
            tuple(bases),
            stand_ins=stand_ins,
        )

    @staticmethod
    def _wrong(document: Document, number: int, error: InputError) -> PolicyError:
        return PolicyError(error.message, place=document.place(("extends", number)), hint=error.hint)

    def _base(
        self, name: str, values: Mapping[str, Any], base: Path | None, chain: Sequence[str]
    ) -> Inherited:
        if len(chain) > POLICY_EXTENDS:
            raise PolicyError(f"more than {POLICY_EXTENDS} policies build one upon the other")
        shipped = self._shipped(name)
        if shipped is not None:
            source, folder, raw = f"shipped policy {name}", None, shipped
        else:
            path = self._policy_file(base, name)
            source, folder = self._shown(path), path.parent
            raw = b"" if source in chain else _read(path, shown=source)
        if source in chain:
            raise PolicyError(
                f"{safe(name, limit=200)!r} extends itself", hint="take it out of 'extends' of one of them"
            )
        return self.reader(raw, source, folder, values, (*chain, source)).inherited()

    def _shown(self, path: Path) -> str:
        """``path`` as people know it: from where the first policy was named. One file is shown in one way."""
        root = self._root or Path()
        return str(root / path.relative_to(root.resolve()))

    @staticmethod
    def _policy_file(base: Path | None, name: str) -> Path:
        if "://" in name:
            raise PolicyError(
                f"{safe(name, limit=200)!r} is an address, and nothing is fetched",
                hint="put the policy into a file beside this one, and name that",
            )
        if base is None or not ("/" in name or name.endswith((".yaml", ".yml"))):
            raise PolicyError(
                f"no policy is called {safe(name, limit=100)!r}",
                hint="'verify policy list' shows the shipped ones; a file has its ending, as in base.yaml",
            )
        return beside(base, name)


def _read(path: Path, *, shown: str = "") -> bytes:
    # The first one is named by a user, who may name a pipe; what a file names is a file.
    read = read_regular if shown else read_bounded
    try:
        return read(path, POLICY_BYTES)
    except OSError as error:
        raise PolicyError(
            f"cannot read the policy {safe(shown or path)}: {error.strerror}",
            hint="name a policy file, or a shipped policy out of 'verify policy list'",
        ) from error
