"""The public Python API."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path

from verifier.limits import TIMEOUT_SECONDS
from verifier.model.report import Report
from verifier.policy.values import Policy
from verifier.settings import Settings, parse_hosts, parse_platforms
from verifier.verification import verify_images

__all__ = ["Policy", "Report", "verify_image"]


def verify_image(
    reference: str,
    *,
    policy: str | PathLike[str] | Sequence[str | PathLike[str]] = (),
    platforms: Sequence[str] = (),
    trusted_root: str | PathLike[str] | None = None,
    offline: bool = False,
    allow_http: Collection[str] = (),
    timeout: float = TIMEOUT_SECONDS,
    cache: str | PathLike[str] | None = None,
    at: datetime | None = None,
) -> Report:
    """Verify one image and report the decision; `Report.verdict` and `Report.exit_code` say how it came out.

    ``policy`` names policy files or shipped policies, all of which must pass where they are about the image;
    without it the shipped policies that are about the image apply. ``platforms`` such as ``linux/amd64``
    narrow what is judged. ``timeout`` in seconds. ``cache`` is a directory to keep content in. No
    environment variable is read, and no credentials are used.

    Raises `verifier.errors.InputError` where the arguments, a policy or the trust root are wrong. All else
    that goes wrong is a verdict.
    """
    policies = [policy] if isinstance(policy, str | PathLike) else list(policy)
    settings = Settings(
        at=at or datetime.now(UTC),
        policies=tuple(str(item) for item in policies),
        platforms=parse_platforms(list(platforms)),
        trusted_root=None if trusted_root is None else Path(trusted_root),
        offline=offline,
        allow_http=parse_hosts(allow_http, "allow_http"),
        timeout=timeout,
        cache=None if cache is None else Path(cache),
    )
    return verify_images([reference], settings)
