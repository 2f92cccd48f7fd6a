"""Signed images for tests, written as layouts: one platform or several, by whoever is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from testdata.spdx import platform_sbom
from tests.sigstore_instance import Signer, SigstoreInstance
from tests.sigstore_instance.layout import Descriptor, Layout

SPDX = "https://spdx.dev/Document"
_LAYER = b"a layer"

NewSigner = Callable[[], Signer]


class SignedImage:
    """An image in the making: an index over ``platforms``, or one manifest where ``index`` is False."""

    def __init__(
        self,
        sigstore: SigstoreInstance,
        *,
        platforms: Sequence[str] = ("linux/amd64",),
        index: bool = True,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        self.sigstore = sigstore
        self.layout = Layout()
        self.children: dict[str, Descriptor] = {
            name: self.layout.image(
                name, config={"config": dict(config or {"User": "65532"})}, layers=(_LAYER,)
            )
            for name in platforms
        }
        (first, *_) = self.children.values()
        self.root = self.layout.index(list(self.children.values())) if index else first
        self.layout.tag("latest", self.root)
        self._attached: dict[str, tuple[Descriptor, list[Any], list[Any]]] = {}

    @property
    def everything(self) -> list[Descriptor]:
        """The root and every platform, each once."""
        return list({item.digest: item for item in (self.root, *self.children.values())}.values())

    def sign(self, signer: NewSigner, *subjects: Descriptor) -> None:
        """Sign ``subjects``, or everything."""
        for subject in subjects or self.everything:
            self._of(subject)[1].append(self.sigstore.legacy_signature(subject.digest, signer()))

    def attest(
        self, signer: NewSigner, kind: str, predicate: Mapping[str, Any], *subjects: Descriptor
    ) -> None:
        """Attest ``predicate`` of ``subjects``, or of everything."""
        for subject in subjects or self.everything:
            statement = self.sigstore.statement(subject.digest, kind, predicate)
            layer = self.sigstore.legacy_attestation(statement, signer(), predicate_type=kind)
            self._of(subject)[2].append(layer)

    def attest_sboms(
        self, signer: NewSigner, change: Callable[[dict[str, Any]], object] | None = None
    ) -> None:
        """Attest an SPDX document of each platform's contents, after ``change`` where there is one."""
        for name, child in self.children.items():
            document = platform_sbom(name, child.digest, self.layout.blob(_LAYER, "").digest)
            if change is not None:
                change(document)
            self.attest(signer, SPDX, document, child)

    def write(self, folder: Path) -> Path:
        """Write the layout, with the trust root beside it as saved evidence has it."""
        for subject, signatures, attestations in self._attached.values():
            if signatures:
                self.layout.signatures(subject, signatures)
            if attestations:
                self.layout.attestations(subject, attestations)
        self.layout.write(folder)
        (folder / "trusted_root.json").write_bytes(self.sigstore.trusted_root())
        return folder

    def _of(self, subject: Descriptor) -> tuple[Descriptor, list[Any], list[Any]]:
        return self._attached.setdefault(subject.digest, (subject, [], []))
