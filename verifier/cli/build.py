"""Options to settings."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from verifier.cli.options import (
    CacheOptions,
    FetchOptions,
    PlatformOption,
    SignerOptions,
    TrustOptions,
)
from verifier.limits import TIMEOUT_SECONDS
from verifier.settings import (
    Settings,
    cache_directory,
    home_directory,
    parse_hosts,
    parse_platforms,
    parse_time,
)
from verifier.settings import SignerOptions as SignerSettings

_NO_SIGNER = SignerOptions()
_NO_PLATFORM = PlatformOption()
_NO_FETCH = FetchOptions()
_NO_CACHE = CacheOptions()
_NO_TRUST = TrustOptions()


def build_settings(
    *,
    signer: SignerOptions = _NO_SIGNER,
    require: list[str] | None = None,
    platform: PlatformOption = _NO_PLATFORM,
    trust: TrustOptions = _NO_TRUST,
    fetch: FetchOptions = _NO_FETCH,
    cache: CacheOptions = _NO_CACHE,
    at: str | None = None,
) -> Settings:
    """Put together what one run needs. Raises `InputError`."""
    environment = dict(os.environ)
    home = home_directory(environment)
    return Settings(
        at=parse_time(at, now=datetime.now(UTC).replace(microsecond=0)),
        policies=tuple(signer.policy or ()),
        signer=SignerSettings(
            identity=signer.certificate_identity,
            identity_regexp=signer.certificate_identity_regexp,
            issuer=signer.certificate_oidc_issuer,
            issuer_regexp=signer.certificate_oidc_issuer_regexp,
            keys=tuple(signer.key or ()),
            require=tuple(require or ()),
        ),
        platforms=parse_platforms(platform.platform or []),
        trusted_root=trust.trusted_root,
        staging=trust.staging,
        offline=trust.offline,
        allow_http=parse_hosts(fetch.allow_http or []),
        timeout=fetch.timeout or TIMEOUT_SECONDS,
        cache=None if cache.no_cache else cache_directory(cache.cache_dir, environment, home),
        environment=environment,
        home=home,
    )
