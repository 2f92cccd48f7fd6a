"""The image is not too old."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from verifier.errors import PlatformError
from verifier.model.finding import Finding
from verifier.model.verified import VerifiedStatement
from verifier.policy.interface import Case, Context, OptionError, RuleSpec, Withheld
from verifier.policy.quorum import Quorum
from verifier.policy.rules.image_config import judged, text
from verifier.policy.rules.options import SIGNERS_OPTION, at, read_quorum
from verifier.policy.rules.outcome import denied, passed
from verifier.policy.rules.refusal import Requirement, blobs, could_not_look, refuse
from verifier.policy.times import DURATION_SCHEMA, days, parse_duration
from verifier.text import rfc3339, safe

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_AHEAD = timedelta(hours=1)  # clocks differ, and no more than that
# Go's zero time, Unix's, and that of cloud native buildpacks (1980-01-01T00:00:01Z): no container is older.
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_HINT = "builds that can be repeated write a fixed time; take the signing time instead: 'by: signed'"


@dataclass(frozen=True, slots=True)
class ImageAge:
    """The image is at most ``most`` old: by its configuration, or where there is a ``quorum``, by the trusted
    time of its signatures by them."""

    id: ClassVar[str] = "image-age"
    most: timedelta
    quorum: Quorum | None = None

    @property
    def signers(self) -> tuple[str, ...]:
        """See `Rule.signers`."""
        return self.quorum.names if self.quorum else ()

    @property
    def withheld(self) -> Withheld:
        """See `Rule.withheld`."""
        # One more signature makes no other older.
        return Withheld.PASS if self.quorum else Withheld.NOTHING

    def asks(self) -> str:
        """See `Rule.asks`."""
        if self.quorum is None:
            return f"the image was created not more than {days(self.most)} ago"
        return f"the image was signed not more than {days(self.most)} ago by {self.quorum}"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        if self.quorum is not None:
            return self._by_signatures(case, self.quorum)
        return judged(self.id, case, lambda: self._by_config(case))

    def _by_config(self, case: Case) -> Iterator[Finding]:
        written = text(case.platform.config, "created", at="$")
        created = _parsed(written)
        when = f"the image was created at {safe(written, limit=40)}"
        if created is None:
            yield self._denied(case, "the image does not say when it was created")
        elif created < _NO_TIME:
            yield self._denied(case, f"{when}, which is no time at which an image can have been made")
        elif created > case.now + _AHEAD:
            yield self._denied(case, f"{when}, which is yet to come")
        elif case.now - created > self.most:
            yield self._denied(case, f"{when}, more than {days(self.most)} ago")
        else:
            yield passed(self.id, case, when)

    def _denied(self, case: Case, message: str) -> Finding:
        return denied(self.id, case, message, hint=_HINT, element="$.created")

    def _by_signatures(self, case: Case, quorum: Quorum) -> Iterator[Finding]:
        requirement = Requirement(self.id, "image signature", quorum.names, "SignatureError")
        about = {case.platform.digest, case.image.digest}
        found = [s for s in case.by(quorum.names) if s.is_image_signature and about.intersection(s.about)]
        times = sorted(s.signed_at for s in found if s.signed_at is not None)
        recent = [s for s in found if self._is_recent(s, case)]
        if quorum.met_by(recent, case):
            by = case.names(recent, quorum.names)
            message = f"the image was signed at {rfc3339(times[-1])} by {by}"
            yield passed(self.id, case, message, blobs(recent))
        elif case.image.unreadable:
            yield could_not_look(requirement, case)
        elif not found:
            others = [s for s in case.others(quorum.names) if s.is_image_signature]
            yield refuse(requirement, case, [s for s in others if about.intersection(s.about)])
        else:
            last = f"the last at {rfc3339(times[-1])}" if times else "none at a trusted time"
            yield denied(
                self.id,
                case,
                f"the image was not signed by {quorum} in the last {days(self.most)}: {last}",
                hint="build and sign it anew",
                evidence=blobs(found),
            )

    def _is_recent(self, statement: VerifiedStatement, case: Case) -> bool:
        signed_at = statement.signed_at
        return signed_at is not None and -_AHEAD <= case.now - signed_at <= self.most


def _parsed(written: str) -> datetime | None:
    """An RFC 3339 time, as config.md has ``created``; None for an empty text. Raises `PlatformError`."""
    if not written:
        return None
    try:
        if _TIME.fullmatch(written):
            return datetime.fromisoformat(written).astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # such as the 30th of February
    raise PlatformError(f"$.created is no time: {safe(written, limit=60)!r}")


def build(options: Mapping[str, Any], context: Context) -> ImageAge:
    """Make the rule from its options. Raises `OptionError`."""
    most = at(("max",), parse_duration, options["max"])
    if options.get("by", "config") == "signed":
        return ImageAge(most, read_quorum(options, context))
    if "signers" in options:
        raise OptionError(
            "the configuration's time is nobody's word",
            path=("signers",),
            hint="leave signers out, or write 'by: signed'",
        )
    return ImageAge(most)


SPEC = RuleSpec(
    id=ImageAge.id,
    title="Age of the image",
    what="""\
Since when the image exists. An old image lacks the fixes since then.

With `by: config`, by the time in the configuration of every platform (`created`). It is what whoever built
the image wrote there. Builds that can be repeated write a fixed time, 1970 or that of the commit; the first
is refused, the second cannot be told from a true one. A missing time is refused, and one that is yet to come.

With `by: signed`, by the trusted time of the image signatures on the platform or its index: the newest one by
`signers` counts, and of a quorum the newest of each. Signing an old image anew makes it young: it says
when somebody last answered for the image, and not when it was built.""",
    options={
        "max": {**DURATION_SCHEMA, "description": "How old it may be: 90d, 12w."},
        "by": {
            "enum": ["config", "signed"],
            "description": "Which time counts: that in the configuration, or the trusted one of signatures."
            " Default: config.",
        },
        "signers": SIGNERS_OPTION,
    },
    required=("max",),
    example="""\
- image-age:
    max: 90d
    by: signed
    signers: [release]
""",
    fix="Build the image anew, on a base image of today, and sign it.",
    build=build,
)
