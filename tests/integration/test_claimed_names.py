"""The name that a layout claims decides which exceptions cover it; a tag in it is none of the name."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.integration.cli import LAYOUTS, TRUST, verify

POLICY = """\
version: 1
name: mine
images: [demo.example/**]
signers:
  release:
    issuer: https://token.actions.githubusercontent.com
    subject: https://github.com/example/hello/.github/workflows/release.yaml@refs/heads/main
require:
  - signature: {}
  - image-user: {min-uid: 100000}
exceptions:
  - id: one
    rule: image-user
    images: [demo.example/verifier/hello]
    owner: us
    reason: known
    ticket: T-1
    expires: 2100-01-01
"""


@pytest.mark.parametrize(
    ("claimed", "code", "outcome"),
    [
        ("demo.example/verifier/hello", 0, "waived"),
        ("demo.example/verifier/hello:1.2", 0, "waived"),
        ("demo.example/verifier/hello-2:1.2", 1, "fail"),
    ],
)
def test_a_tag_is_no_part_of_the_name(tmp_path: Path, claimed: str, code: int, outcome: str) -> None:
    layout = tmp_path / "layout"
    shutil.copytree(LAYOUTS / "demo", layout)
    index = json.loads((layout / "index.json").read_text())
    index["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"] = claimed
    (layout / "index.json").write_text(json.dumps(index))
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    digest = index["manifests"][0]["digest"]
    done = verify(tmp_path, f"oci:{layout}@{digest}", "--policy", str(policy), *TRUST, "-o", "json")
    assert done.code == code, done.out + done.err
    checks = done.report["images"][0]["platforms"][0]["checks"]
    assert [check["outcome"] for check in checks if check["rule"] == "image-user"] == [outcome]
    # Nobody proved the name, so that exceptions by name are said aloud.
    said = [check["message"] for check in done.report["images"][0]["checks"] if check["rule"] == "exceptions"]
    claim = "the layout says that it is demo.example/verifier/hello, which nobody proved"
    assert [message.partition(", and has")[0] for message in said] == ([claim] if outcome == "waived" else [])
