"""Drafts of facts made by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tests.unit.policy.factory import decoded
from tests.unit.policy.judging import NOW, judge
from verifier.model.evidence import ImageEvidence
from verifier.model.finding import Verdict
from verifier.model.trust import PublicKey
from verifier.policy.document import load_policy
from verifier.policy.drafting.draft import Drafting, Found
from verifier.policy.evaluator import Decode

NAME = "ghcr.io/org/app"


def draft(
    evidence: ImageEvidence,
    *,
    name: str | None = NAME,
    claimed: bool = False,
    decode: Decode = decoded,
    keys: Mapping[str, PublicKey] | None = None,
    left_out: Sequence[str] = (),
) -> str:
    """The draft, which loads and which the image passes."""
    found = Found(evidence=evidence, name=name, claimed=claimed, keys=keys or {}, left_out=left_out, now=NOW)
    text = Drafting(found, decode=decode, validate=lambda _: ()).text()
    policy = load_policy(text.encode(), source="draft.yaml")
    judgement = judge(evidence, policies=[policy], decode=decode, name_matters=False)
    assert judgement.verdict is Verdict.PASS
    return text


def active(text: str) -> str:
    """A draft without its comments."""
    return re.sub(r"^ *#.*\n", "", text, flags=re.MULTILINE)
