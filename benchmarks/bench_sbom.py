"""Decoding and validating an SPDX document of 10,000 packages, beside spdx-tools (bound: 15 % of it)."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable

from benchmarks.timing import Timing, of, row
from tests.unit.sbom.documents import spdx

PACKAGES = 10_000


def measure(packages: int = PACKAGES) -> dict[str, Timing]:
    """Time the decoder, spdx-tools' parser, and validation, all from the same document."""
    from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser

    from verifier.limits import SBOM_BYTES
    from verifier.sbom.foreign import parse
    from verifier.sbom.linear import messages
    from verifier.sbom.official import schema_problems
    from verifier.sbom.spdx import SpdxDecoder
    from verifier.strict_json import loads

    raw = json.dumps(spdx(packages), indent=2).encode()
    decoder = SpdxDecoder()
    # One after the other, each on a clean heap: what one leaves behind, the other must not sweep up.
    times = {
        "json module": _clean(lambda: json.loads(raw), runs=9),
        "strict JSON": _clean(lambda: loads(raw, limit=SBOM_BYTES), runs=9),
        "decode": _clean(lambda: decoder.decode(loads(raw, limit=SBOM_BYTES)), runs=9),
        "spdx-tools": _clean(
            lambda: JsonLikeDictParser().parse(json.loads(raw)),  # type: ignore[no-untyped-call]
            runs=5,
        ),
    }
    document = loads(raw, limit=SBOM_BYTES)
    times["schema"] = _clean(lambda: schema_problems(document, "SPDX-2.3"), runs=9)
    parsed = parse(document)
    return times | {"validate": _clean(lambda: list(messages(parsed)), runs=3)}


def _clean(action: Callable[[], object], *, runs: int) -> Timing:
    gc.collect()
    return of(action, runs=runs)


def quadratic(packages: int) -> Timing:
    """Time spdx-tools' own validator of whole documents, once."""
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    from verifier.sbom.foreign import parse

    parsed = parse(spdx(packages))
    return of(lambda: validate_full_spdx_document(parsed), runs=1)


def main() -> None:
    """Print the times, and the decoder's share of what spdx-tools needs."""
    times = measure()
    count = f"{PACKAGES:,} packages"
    row(f"{count}: json.loads and spdx-tools' parser", times["spdx-tools"])
    row(f"{count}: strict JSON and the decoder", times["decode"])
    row(
        "  share of the medians (bound 15 %)",
        f"{100 * times['decode'].median / times['spdx-tools'].median:.1f} %",
    )
    row("  of it strict JSON", times["strict JSON"])
    row("  json.loads alone, for comparison", times["json module"])
    row(f"{count}: against the official schema", times["schema"])
    row("  ratio to the decoder (bound 1.5)", f"{times['schema'].median / times['decode'].median:.2f}")
    row(f"{count}: validation in linear time, after parsing", times["validate"])
    row("1,000 packages: spdx-tools' own validator", quadratic(1000))


if __name__ == "__main__":
    main()
