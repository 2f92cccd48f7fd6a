"""The maker of `VerifiedStatement`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from verifier.errors import BundleError, SubjectError
from verifier.model.bundle import Bundle, Format
from verifier.model.digest import Digest
from verifier.model.statement import MessageSignature, SimpleSigning, Statement
from verifier.model.trust import PublicKey, TrustRoot
from verifier.model.verified import VerifiedStatement
from verifier.signature.bundles import parse_bundle, verify_bundle
from verifier.signature.facts import Facts
from verifier.signature.legacy import verify_legacy
from verifier.signature.trust import Trust


class SigstoreVerifier:
    """See `SignatureVerifier`. Safe to use from several threads.

    ``keys`` are the managed keys that anybody may want; the parsers read what a verified payload says.
    """

    def __init__(
        self,
        root: TrustRoot,
        *,
        keys: Sequence[PublicKey],
        parse_statement: Callable[[bytes], Statement],
        parse_simple_signing: Callable[[bytes], SimpleSigning],
    ) -> None:
        self._trust = Trust(root)
        self._keys = tuple(keys)
        self._parse_statement = parse_statement
        self._parse_simple_signing = parse_simple_signing

    def verify(self, bundle: Bundle, *, about: Collection[Digest]) -> VerifiedStatement:
        """See `SignatureVerifier.verify`."""
        if bundle.format is Format.BUNDLE:
            parsed = parse_bundle(bundle.raw)
            if parsed.envelope is None:
                raise BundleError("it signs bytes, and makes no statement about an image")
            facts = verify_bundle(parsed, self._trust, self._keys, artifact=None)
            payload = parsed.envelope.payload
        else:
            facts, payload = verify_legacy(bundle, self._trust, self._keys)
        if bundle.format is Format.SIMPLE_SIGNING:
            signing = self._parse_simple_signing(payload)
            return _bound(bundle, signing, facts, (signing.digest,), about)
        statement = self._parse_statement(payload)
        return _bound(bundle, statement, facts, statement.subjects, about)

    def verify_artifact(self, bundle: Bundle, artifact: Digest) -> VerifiedStatement:
        """Verify a bundle about a file: a statement that names its digest, or a signature over its bytes.

        Raises `RejectedError`.
        """
        parsed = parse_bundle(bundle.raw)
        facts = verify_bundle(parsed, self._trust, self._keys, artifact=artifact)
        if parsed.envelope is None:
            return _bound(bundle, MessageSignature(artifact), facts, (artifact,), (artifact,))
        statement = self._parse_statement(parsed.envelope.payload)
        return _bound(bundle, statement, facts, statement.subjects, (artifact,))


def _bound(
    bundle: Bundle,
    content: Statement | SimpleSigning | MessageSignature,
    facts: Facts,
    subjects: Sequence[Digest],
    about: Collection[Digest],
) -> VerifiedStatement:
    """Tie what was signed to what is asked about: by digest alone, names prove nothing.

    in-toto attestation framework, spec/v1/statement.md, "subject".
    """
    subject_set = frozenset(subjects)
    named = tuple(digest for digest in about if digest in subject_set)
    if not named:
        others = ", ".join(str(digest) for digest in subjects[:3])
        more = f" and {len(subjects) - 3} more" if len(subjects) > 3 else ""
        raise SubjectError(
            f"it is about {others}{more}, not about this image",
            hint="evidence of another image was attached to this one, or the image was changed since",
        )
    return VerifiedStatement(
        content=content,
        about=named,
        signer=facts.signer,
        log=facts.log,
        signed_at=facts.signed_at,
        format=bundle.format,
        evidence=bundle.digest,
        stored_at=bundle.stored_at,
    )
