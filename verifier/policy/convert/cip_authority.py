"""The authorities of a ClusterImagePolicy: one of them must be satisfied."""

from __future__ import annotations

from verifier.policy.convert.cip_keyless import read_keyless
from verifier.policy.convert.cip_keys import read_key
from verifier.policy.convert.cip_policy import read_policy
from verifier.policy.convert.draft import Draft, Resolver
from verifier.policy.convert.fields import items, mapping, require_known, text
from verifier.policy.convert.issues import UnsayableError
from verifier.policy.convert.nodes import Node
from verifier.policy.convert.predicates import about, note_sbom, predicate_type
from verifier.policy.convert.remarks import CREDENTIALS, ELSEWHERE, OTHER_ROOT
from verifier.policy.convert.requirements import NEVER, Requirement, Wanted, all_of, any_of

_AUTHORITY = (
    "name",
    "key",
    "keyless",
    "static",
    "source",
    "ctlog",
    "attestations",
    "rfc3161timestamp",
    "signatureFormat",
)
_REKOR = "https://rekor.sigstore.dev"


class Authorities:
    """Reads the authorities of one policy into ``draft``."""

    def __init__(self, draft: Draft, resolver: Resolver) -> None:
        self._draft = draft
        self._notes = draft.notes
        self._resolver = resolver

    def read(self, spec: Node) -> Requirement:
        """What the policy requires. Raises `UnsayableError` where nothing of it can be said."""
        authorities = items(spec.get("authorities"))
        if not authorities:
            raise UnsayableError(
                spec, "it has no authorities, so it is refused by policy-controller or requires nothing"
            )
        for authority in authorities:
            static = authority.get("static")
            if static is not None and static.get("action") and static.value["action"] == "pass":
                raise UnsayableError(
                    static,
                    "a static pass admits every image without a look, whatever the other authorities ask for;"
                    " there is no policy that requires nothing",
                )
        required = [self._alternative(number, authority) for number, authority in enumerate(authorities)]
        policy = spec.get("policy")
        if policy is not None:
            message = "a policy over the matches of all authorities has no equal, and only takes away"
            self._draft.refuse(UnsayableError(policy, message))
        result = any_of(required)
        if result == NEVER and not self._draft.refusals:
            self._draft.refusals.append(f"no authority of {self._draft.kind} can be satisfied")
        return result

    def _alternative(self, number: int, authority: Node) -> Requirement:
        """One authority; where it cannot be said, nothing meets it, which is stricter."""
        try:
            require_known(authority, _AUTHORITY)
            name = text(authority.get("name")) or f"authority-{number}"
            return self._authority(authority, name, _kind(authority))
        except UnsayableError as error:
            self._notes.unsayable(error)
            return NEVER

    def _static(self, authority: Node) -> Requirement:
        static = authority.child("static", authority.value["static"])
        require_known(static, ("action", "message"))
        if text(static.get("action")) != "fail":
            raise UnsayableError(static, "its action is neither pass nor fail")
        for other in ("attestations", "source", "ctlog", "rfc3161timestamp"):
            if authority.get(other) is not None:
                raise UnsayableError(authority, f"a static authority cannot have {other}")
        said = text(static.get("message"))
        self._notes.trap(
            static,
            "a static fail refuses nothing as long as another authority is satisfied; it is never satisfied"
            " itself and was left out",
        )
        self._draft.refusals.extend([said] if said and self._is_alone(authority) else [])
        return NEVER

    def _is_alone(self, authority: Node) -> bool:
        spec = self._draft.origin.value["spec"]
        return len(spec["authorities"]) == 1 and spec["authorities"][0] is authority.value

    def _authority(self, authority: Node, name: str, kind: str) -> Requirement:
        if kind == "static":
            return self._static(authority)
        attestations = items(authority.get("attestations"))
        self._format(authority, kind, attestations)
        self._source(authority)
        logged = self._log(authority, kind)
        signers = (
            read_keyless(authority, name, self._draft)
            if kind == "keyless"
            else read_key(authority, name, self._draft, self._resolver)
        )
        if not attestations:
            return any_of([Wanted(names, logged=logged) for names in signers])
        self._notes.trap(
            authority,
            "with attestations, the image signature is not looked at: what is attested is enough",
        )
        # Of several keys in one place, each must have attested.
        return all_of(
            [self._attestation(node, names, logged=logged) for node in attestations for names in signers]
        )

    def _attestation(self, node: Node, signers: tuple[str, ...], *, logged: bool) -> Requirement:
        require_known(node, ("name", "predicateType", "policy"))
        kind = node.get("predicateType")
        if kind is None or not text(kind):
            raise UnsayableError(node, "it has no predicateType")
        uri = predicate_type(kind, text(kind))
        note_sbom(uri, kind, self._notes, "policy-controller")
        policy = node.get("policy")
        schema: str | None = ""
        if policy is not None:
            schema = read_policy(policy, uri, self._notes, self._resolver, short=":" not in text(kind))
        if schema is None:
            return NEVER
        return Wanted(signers, uri, schema, about(uri), logged)

    def _format(self, authority: Node, kind: str, attestations: list[Node]) -> None:
        node = authority.get("signatureFormat")
        if node is None or text(node) in {"", "legacy"}:
            return
        if text(node) != "bundle":
            raise UnsayableError(node, "it is neither legacy nor bundle")
        if kind != "keyless" or not attestations:
            raise UnsayableError(
                node,
                "policy-controller takes bundles only for attestations by keyless signers; it never passes",
            )
        if len(items(authority.child("keyless", authority.value["keyless"]).get("identities"))) > 1:
            raise UnsayableError(
                node, "policy-controller takes only one identity with bundles; it never passes"
            )

    def _source(self, authority: Node) -> None:
        for source in items(authority.get("source")):
            require_known(source, ("oci", "signaturePullSecrets", "tagPrefix"))
            for key in ("oci", "tagPrefix"):
                node = source.get(key)
                if node is not None and text(node):
                    self._notes.unsayable(
                        UnsayableError(
                            node,
                            ELSEWHERE,
                        )
                    )
            secrets = source.get("signaturePullSecrets")
            if secrets is not None:
                self._notes.trap(secrets, CREDENTIALS)

    def _log(self, authority: Node, kind: str) -> bool:
        """Whether a log entry is needed. Raises `UnsayableError` for logs and clocks of others."""
        for key in ("rfc3161timestamp", "ctlog"):
            node = authority.get(key)
            reference = node.get("trustRootRef") if node else None
            if reference is not None and text(reference):
                raise UnsayableError(reference, OTHER_ROOT)
        if authority.get("rfc3161timestamp") is not None:
            raise UnsayableError(authority, "a timestamp authority without its trust root can prove nothing")
        ctlog = authority.get("ctlog")
        if ctlog is None:
            if kind == "key":
                self._notes.trap(
                    authority,
                    "without ctlog no log entry is needed, as here: nobody knows when the key signed",
                )
            return False
        mapping(ctlog)
        require_known(ctlog, ("url", "trustRootRef"))
        url = text(ctlog.get("url"))
        if not url:
            self._notes.trap(
                ctlog, "an empty ctlog turns the log off; here keyless signers still need an entry"
            )
            return False
        if url.rstrip("/") != _REKOR:
            self._notes.trap(
                ctlog, "the keys are those of the public log whatever the URL; entries of that log are needed"
            )
        return kind == "key"


def _kind(authority: Node) -> str:
    kinds = [kind for kind in ("key", "keyless", "static") if authority.get(kind) is not None]
    if len(kinds) != 1:
        raise UnsayableError(authority, "it has not exactly one of key, keyless and static")
    return kinds[0]
