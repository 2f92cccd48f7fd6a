"""The memory limit of the shipped Deployment follows from the bounds of what the webhook holds.

That the webhook keeps to its bounds is measured in `tests/integration/test_admission_bounds.py`.
"""

from __future__ import annotations

import pytest
import yaml

from tests.conftest import ROOT
from verifier.limits import (
    ADMISSION_CACHE_MEBIBYTES,
    ADMISSION_EVIDENCE_MEBIBYTES,
    ADMISSION_IMAGES_MEMORY,
    CEL_MEMORY,
    CONNECTIONS,
    JSON_VALUE_BYTES,
    KIB,
    MIB,
    REVIEW_VALUES,
    REVIEWS_TOTAL_BYTES,
    REVIEWS_TOTAL_VALUES,
)

AT_REST = 110 * MIB  # the process with all libraries
NODE_BYTES = 300  # of one value while a review is read, by two threads at most
TEXT_BYTES = 5  # of one byte of text, where a single character needs four of them
FETCHED_BYTES = 2  # of one byte while it is put together
VERIFIED_BYTES = 14  # of one byte of the signature that is being verified, for a moment
CONNECTION_BYTES = 64 * KIB


def needed() -> int:
    """Everything at its bound at the same time."""
    evidence = ADMISSION_EVIDENCE_MEBIBYTES * MIB
    reviews = REVIEWS_TOTAL_BYTES * TEXT_BYTES + REVIEWS_TOTAL_VALUES * JSON_VALUE_BYTES
    return (
        AT_REST
        + CEL_MEMORY
        + ADMISSION_CACHE_MEBIBYTES * MIB
        + evidence * ADMISSION_IMAGES_MEMORY * FETCHED_BYTES
        + evidence // 2 * VERIFIED_BYTES
        + reviews
        + 2 * REVIEW_VALUES * NODE_BYTES
        + CONNECTIONS * CONNECTION_BYTES
    )


def limit(resources: dict[str, dict[str, str]]) -> int:
    return int(resources["limits"]["memory"].removesuffix("Mi")) * MIB


def manifest() -> int:
    document = yaml.safe_load((ROOT / "deploy/kubernetes/base/deployment.yaml").read_text())
    (container,) = document["spec"]["template"]["spec"]["containers"]
    return limit(container["resources"])


def chart() -> int:
    return limit(yaml.safe_load((ROOT / "deploy/helm/verify/values.yaml").read_text())["resources"])


@pytest.mark.parametrize("shipped", [manifest, chart])
def test_a_pod_may_have_what_the_webhook_may_take(shipped: object) -> None:
    assert callable(shipped)
    assert needed() <= shipped() <= needed() * 1.25
