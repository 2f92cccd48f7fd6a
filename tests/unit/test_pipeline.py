"""What becomes of an image that could not be judged."""

from __future__ import annotations

import pytest

from verifier.errors import (
    AuthError,
    DigestMismatch,
    InternalError,
    LimitExceeded,
    PlatformError,
    PolicyError,
    TrustRootUnavailableError,
    UnsafeLayoutError,
    UsageError,
)
from verifier.model.finding import Outcome, Verdict
from verifier.model.report import Report
from verifier.pipeline import failed
from verifier.workers import Workers


@pytest.mark.parametrize(
    ("error", "verdict", "outcome", "code"),
    [
        (DigestMismatch("x"), Verdict.UNVERIFIED, Outcome.FAIL, "DigestMismatch"),
        (PlatformError("x"), Verdict.UNVERIFIED, Outcome.FAIL, "PlatformError"),
        (UnsafeLayoutError("x"), Verdict.UNVERIFIED, Outcome.FAIL, "LayoutError"),
        (AuthError("x"), Verdict.UNAVAILABLE, Outcome.ERROR, "AuthError"),
        (LimitExceeded("x"), Verdict.UNAVAILABLE, Outcome.ERROR, "LimitExceeded"),
        (TrustRootUnavailableError("x"), Verdict.UNAVAILABLE, Outcome.ERROR, "TrustRootError"),
        (InternalError("x"), Verdict.ERROR, Outcome.ERROR, "InternalError"),
        (RuntimeError("secret"), Verdict.ERROR, Outcome.ERROR, "InternalError"),
        (RecursionError(), Verdict.ERROR, Outcome.ERROR, "InternalError"),
        (MemoryError(), Verdict.ERROR, Outcome.ERROR, "InternalError"),
        (KeyError("x"), Verdict.ERROR, Outcome.ERROR, "InternalError"),
    ],
)
def test_an_error_has_one_fate(error: Exception, verdict: Verdict, outcome: Outcome, code: str) -> None:
    report = failed("nginx", error)
    (check,) = report.checks
    assert (report.verdict, check.verdict, check.outcome, check.code) == (verdict, verdict, outcome, code)
    assert "secret" not in check.message


@pytest.mark.parametrize("error", [UsageError("x"), PolicyError("x")])
def test_an_error_of_the_user_ends_the_run(error: Exception) -> None:
    with pytest.raises(type(error)):
        failed("nginx", error)


def test_nothing_judged_is_no_pass() -> None:
    from datetime import UTC, datetime

    report = Report((), (), None, datetime(2026, 1, 1, tzinfo=UTC))
    assert report.verdict is Verdict.UNVERIFIED
    assert report.exit_code == 3


def test_workers_give_results_in_order_and_raise_the_first_error() -> None:
    def check(number: int) -> int:
        if number == 3:
            raise ValueError("three")
        return number * 2

    with Workers(2) as workers:
        assert workers.map(check, [0, 1, 2]) == [0, 2, 4]
        assert workers.start(lambda: check(4))() == 8
        with pytest.raises(ValueError, match="three"):
            workers.map(check, [2, 3, 4])
