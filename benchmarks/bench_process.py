"""Whole processes: what a user waits for."""

from __future__ import annotations

from pathlib import Path

from benchmarks.timing import of_process, row

ROOT = Path(__file__).resolve().parent.parent
TESTDATA = ROOT / "testdata"


def main() -> None:
    """Print the time of start-up, of the baseline, and of one image from a local layout."""
    runs = 21
    row("python -c pass", of_process(["-c", "pass"], runs=runs))
    row("verify --help", of_process(["-m", "verifier", "--help"], runs=runs))
    row("verify with a misspelt option", of_process(["-m", "verifier", "--nope"], runs=runs, expect=2))
    baseline = of_process(["-c", "import sigstore.verify"], runs=runs)
    row('python -c "import sigstore.verify"', baseline)
    for layout in ("demo", "demo-bundles"):
        image = of_process(
            [
                *("-m", "verifier", f"oci:{TESTDATA / 'layouts' / layout}", "--platform", "linux/amd64"),
                *("--policy", "sample", "--trusted-root", str(TESTDATA / "trusted_root.json")),
                *("--offline", "--no-cache"),
            ],
            runs=runs,
        )
        row(f"one image from a layout ({layout}): signature, provenance, SBOM", image)
        row("  ratio to the import, medians (bound 1.5)", f"{image.median / baseline.median:.2f}")


if __name__ == "__main__":
    main()
