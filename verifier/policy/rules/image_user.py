"""The image does not run as root."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from verifier.model.finding import Finding
from verifier.policy.interface import Case, Context, OptionError, RuleSpec, Withheld
from verifier.policy.rules.image_config import execution, judged, text
from verifier.policy.rules.outcome import denied, passed
from verifier.text import safe

# Runtimes read numbers with Go's Atoi, to which +0, -0 and 00 are 0.
_ZERO = re.compile(r"[+-]?0+")
_NUMBER = re.compile(r"[1-9][0-9]*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,254}\$?")
_ROOTS = {"root", "toor", "administrator", "containeradministrator", "system", "localsystem"}
_LARGEST = 2**31 - 1
_RUN_NUMERIC = "name a user by number in the image (USER 65532), as Kubernetes' runAsNonRoot wants it too"


@dataclass(frozen=True, slots=True)
class ImageUser:
    """The image's user is none of root's numbers and names.

    Users are numbers of at least ``min_uid``, or one of ``names``. Without ``root_group`` a group must be
    named too, by a number other than 0.
    """

    id: ClassVar[str] = "image-user"
    signers: ClassVar[tuple[str, ...]] = ()
    withheld: ClassVar[Withheld] = Withheld.NOTHING
    min_uid: int = 1
    names: tuple[str, ...] = ()
    root_group: bool = True

    def asks(self) -> str:
        """See `Rule.asks`."""
        user = "by number" if self.min_uid == 1 else f"by a number of at least {self.min_uid}"
        names = f" or called {' or '.join(map(safe, self.names))}" if self.names else ""
        group = "" if self.root_group else ", with a group, by number, that is not root's"
        return f"the image names a user that is not root, {user}{names}{group}"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        return judged(self.id, case, lambda: self._look(case))

    def _look(self, case: Case) -> Iterator[Finding]:
        wanted = text(execution(case), "User")
        user, colon, group = wanted.partition(":")
        found = self._user_problem(user) or self._group_problem(group if colon else None)
        if found is None:
            yield passed(self.id, case, f"the image runs as {safe(wanted, limit=100)}")
            return
        message, hint = found
        yield denied(self.id, case, message, hint=hint, element="$.config.User")

    def _user_problem(self, user: str) -> tuple[str, str] | None:
        shown = repr(safe(user, limit=100))
        if not user:
            return "the image names no user, so it runs as root", _RUN_NUMERIC
        if _ZERO.fullmatch(user) or user.lower() in _ROOTS:
            return f"the image runs as root: its user is {shown}", _RUN_NUMERIC
        if user in self.names:
            return None
        if _NUMBER.fullmatch(user):
            return self._number_problem(user)
        if _NAME.fullmatch(user):
            return (
                f"the image's user {shown} is a name; only files in the image tell whether it is root",
                f"{_RUN_NUMERIC}, or add it to 'names'",
            )
        return f"{shown} is no user", _RUN_NUMERIC

    def _number_problem(self, user: str) -> tuple[str, str] | None:
        if len(user) > len(str(_LARGEST)) or int(user) > _LARGEST:
            # CVE-2024-40635: containerd before 1.7.27 and 2.0.4 ran such a user as root.
            return f"the image's user {safe(user, limit=40)} is no number that users can have", _RUN_NUMERIC
        if int(user) < self.min_uid:
            return (
                f"the image runs as user {user}, and the policy wants {self.min_uid} or more",
                f"choose a user of at least {self.min_uid} in the image",
            )
        return None

    def _group_problem(self, group: str | None) -> tuple[str, str] | None:
        shown = repr(safe(group, limit=100))
        if group is not None and not (
            _ZERO.fullmatch(group) or _NAME.fullmatch(group) or _is_id(group) or not group
        ):
            return f"{shown} is no group", "write USER user:group, each a name or a number"
        if self.root_group or (group is not None and _is_id(group)):
            return None
        hint = "name user and group by number in the image: USER 65532:65532"
        if not group:
            return "the image names no group, so it may run with root's", hint
        if _NAME.fullmatch(group) and group != "root":
            return (
                f"the group {shown} is a name; only files in the image tell whether it is root's",
                hint,
            )
        return f"the image runs with root's group: its group is {shown}", hint


def _is_id(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None and len(text) <= 10 and int(text) <= _LARGEST


def build(options: Mapping[str, Any], _: Context) -> ImageUser:
    """Make the rule from its options. Raises `OptionError`."""
    names = tuple(options.get("names", ()))
    for number, name in enumerate(names):
        if not _NAME.fullmatch(name) or name.lower() in _ROOTS:
            raise OptionError(
                f"{safe(name, limit=60)!r} is no name of a user other than root",
                path=("names", number),
                hint="numbers need no entry: every number but 0 is accepted, or those from 'min-uid' on",
            )
    return ImageUser(options.get("min-uid", 1), names, options.get("root-group", True))


SPEC = RuleSpec(
    id=ImageUser.id,
    title="User of the image",
    what="""\
The image does not run as root unless it is told to: `config.User` of every platform names a user by a number
other than 0. Without a user, with an empty one, with `root`, `0`, `00` or `+0` it is root. A number above
2147483647 is refused: runtimes have taken such numbers for 0.

A name is refused too, unless it is one of `names`: which user `nonroot` is stands in `/etc/passwd` inside the
image, and may be root. Kubernetes' `runAsNonRoot` refuses names for the same reason. What a deployment sets
instead of the image's user is not seen here.""",
    options={
        "min-uid": {
            "type": "integer",
            "minimum": 1,
            "maximum": _LARGEST,
            "description": "The smallest number that is accepted. Default: 1.",
        },
        "names": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {"type": "string", "minLength": 1, "maxLength": 256},
            "description": "Names of users that you know not to be root in these images.",
        },
        "root-group": {
            "type": "boolean",
            "description": "Whether the group may be root's. false: a group must be named, by a number other"
            " than 0. Default: true.",
        },
    },
    example="""\
- image-user:
    min-uid: 1000
    names: [nonroot]
""",
    fix="Name a user by number where the image is built: `USER 65532` in a Dockerfile, `run-as: 65532` in"
    " apko.",
    build=build,
)
