"""Evaluating the baseline policy beside decoding the SBOM (bound: less), its growth; loading 200 rules."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from datetime import UTC, datetime

from benchmarks.timing import Timing, of, row
from tests.unit.policy.factory import AMD64, ISSUER, SPDX, SUBJECT, attestation, image, signature
from tests.unit.sbom.documents import spdx

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SIZES = (100, 1_000, 10_000)
SIGNER = f'signers:\n  release: {{issuer: "{ISSUER}", subject: "{SUBJECT}"}}\n'
BASELINE = f"""\
version: 1
name: mine
extends: [baseline]
images: [ghcr.io/org/app]
{SIGNER}"""


def many_rules(count: int) -> bytes:
    """A policy of ``count`` rules."""
    rules = "".join(
        f"  - attestation: {{type: https://example.com/{number}, max-age: 90d, on: index}}\n"
        for number in range(count)
    )
    return f"version: 1\nname: many\nimages: [ghcr.io/org/**]\n{SIGNER}require:\n{rules}".encode()


def judging(packages: int) -> tuple[Callable[[], object], Callable[[], object]]:
    """Decode an SBOM of so many packages; and judge it, decoded, by the baseline policy."""
    from verifier.limits import SBOM_BYTES
    from verifier.model.sbom import DecodedSbom
    from verifier.policy.document import load_policy
    from verifier.policy.evaluator import evaluate
    from verifier.policy.image_checks import Asked
    from verifier.policy.shipped import shipped_bytes
    from verifier.sbom.binding import binding
    from verifier.sbom.spdx import SpdxDecoder
    from verifier.strict_json import loads

    raw = json.dumps(spdx(packages), indent=2).encode()
    sbom = SpdxDecoder().decode(loads(raw, limit=SBOM_BYTES))
    decoded = DecodedSbom(sbom, binding(sbom))
    policy = load_policy(BASELINE.encode(), source="bench", shipped=shipped_bytes)
    evidence = image(signature(AMD64), attestation(SPDX, AMD64))
    asked = Asked(evidence.name, evidence.name, None, NOW)
    return (
        lambda: SpdxDecoder().decode(loads(raw, limit=SBOM_BYTES)),
        lambda: evaluate([policy], evidence, asked=asked, decode=lambda _: decoded, validate=lambda _: ()),
    )


def measure() -> dict[int, tuple[Timing, Timing]]:
    """For each size: the time to decode, and to judge."""
    times = {}
    for packages in SIZES:
        decode, judge = judging(packages)
        gc.collect()
        runs = 9 if packages == SIZES[-1] else 21
        times[packages] = of(decode, runs=runs), of(judge, runs=runs)
    return times


def main() -> None:
    """Print the times."""
    from verifier.policy.document import load_policy

    for packages, (decode, judge) in measure().items():
        row(f"{packages:,} packages: decode", decode)
        each = f"{judge.median / packages * 1e6:.1f} µs each"
        row(f"{packages:,} packages: judge by baseline", judge, each)
    raw = many_rules(200)
    row("load a policy of 200 rules (bound 50 ms)", of(lambda: load_policy(raw, source="bench"), runs=21))


if __name__ == "__main__":
    main()
