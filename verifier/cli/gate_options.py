"""The options of ``verify gate`` beside those of ``verify image``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from verifier.cli.options import option

_FILES = "Which files, and what they mean"
_PINS = "Tags and digests"
_KNOWN = "What is known and accepted"
_FETCH = "Fetching"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOptions:
    """Which files are read, and how."""

    from_cluster: Annotated[
        bool,
        option(
            "from-cluster",
            _FILES,
            "Judge what the cluster of KUBECONFIG, or of this pod, runs, in all namespaces; no files.",
        ),
    ] = False
    share: Annotated[
        str | None,
        option(
            "share",
            _FILES,
            "With --from-cluster: only this part of the images, counted from 0, for several workers.",
            metavar="INDEX/COUNT",
        ),
    ] = None
    exclude: Annotated[
        list[str] | None,
        option(
            "exclude",
            _FILES,
            "Leave out files below a directory whose path matches, and say so. Repeatable.",
            metavar="PATTERN",
        ),
    ] = None
    changed_since: Annotated[
        str | None,
        option(
            "changed-since",
            _FILES,
            "Judge only images that the files name otherwise than at this revision of git.",
            metavar="REVISION",
        ),
    ] = None
    kinds: Annotated[
        list[Path] | None,
        option(
            "kinds", _FILES, "Where further kinds of objects name images (YAML). Repeatable.", metavar="FILE"
        ),
    ] = None
    env: Annotated[
        list[str] | None,
        option(
            "env",
            _FILES,
            "A variable of Compose files; without a value, that of the environment. Repeatable.",
            metavar="NAME[=VALUE]",
        ),
    ] = None
    env_file: Annotated[
        list[Path] | None,
        option(
            "env-file", _FILES, "Variables of Compose files, instead of '.env'. Repeatable.", metavar="FILE"
        ),
    ] = None
    build_arg: Annotated[
        list[str] | None,
        option("build-arg", _FILES, "An argument of Dockerfiles. Repeatable.", metavar="NAME=VALUE"),
    ] = None
    strict_files: Annotated[
        bool,
        option(
            "strict-files",
            _FILES,
            "A file that may deploy something and is not read, or not to the end, is an error.",
        ),
    ] = False
    allow_builds: Annotated[
        bool,
        option(
            "allow-builds",
            _FILES,
            "Leave out Compose services that are built where they run, and builds that are not here.",
        ),
    ] = False
    allow_empty: Annotated[
        bool, option("allow-empty", _FILES, "It is no error where there is no image to judge.")
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PinOptions:
    """Tags, and the digests to put behind them."""

    require_digest: Annotated[
        bool, option("require-digest", _PINS, "An image that is named without a digest fails.")
    ] = False
    write: Annotated[
        bool,
        option(
            "write", _PINS, "Write the digest that was verified behind each tag, where the verdict is pass."
        ),
    ] = False
    patch: Annotated[
        Path | None,
        option("patch", _PINS, "Write the same as a patch, for 'git apply'.", metavar="FILE"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineOptions:
    """Failures that are known."""

    baseline: Annotated[
        Path | None,
        option("baseline", _KNOWN, "Accept the failures in this file until their dates.", metavar="FILE"),
    ] = None
    write_baseline: Annotated[
        Path | None,
        option("write-baseline", _KNOWN, "Write all failures of this run to a baseline.", metavar="FILE"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFetchOptions:
    """How registries are talked to, whose names stand in files that others wrote."""

    allow_http: Annotated[
        list[str] | None,
        option(
            "allow-http",
            _FETCH,
            "Talk to this registry without TLS. Repeatable.",
            metavar="HOST[:PORT]",
        ),
    ] = None
    allow_private_registry: Annotated[
        list[str] | None,
        option(
            "allow-private-registry",
            _FETCH,
            "Talk to this registry also where it is inside your network. Repeatable.",
            metavar="HOST[:PORT]",
        ),
    ] = None
    timeout: Annotated[
        float | None,
        option(
            "timeout",
            _FETCH,
            "Give up after so many seconds, also while something is computed.",
            metavar="SECONDS",
            min=0.1,
            show_default="120, or 2 for each image",
        ),
    ] = None
