"""What the paths of ``verify gate`` name: read, reduced to what has changed, and told of."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from verifier.cli import output
from verifier.cli.gate_options import FileOptions, PinOptions
from verifier.cli.options import ShowOptions
from verifier.errors import ManifestError, UsageError
from verifier.limits import GATE_FILE_BYTES, POLICY_BYTES
from verifier.local_files import read_bounded
from verifier.settings import Settings
from verifier.text import safe

if TYPE_CHECKING:
    from verifier.model.report import FileReport
    from verifier.workload.interface import Found
    from verifier.workload.kinds import Kinds
    from verifier.workload.reading import Readers

_SAID = 10  # things that were not looked at; -v tells of all
_PROBLEMS = 50


def read_paths(
    paths: Sequence[str], files: FileOptions, environment: Mapping[str, str]
) -> tuple[Readers, Found]:
    """Everything that the paths name. Raises `InputError` where an option is wrong."""
    from verifier.workload.finding import read_files, read_stdin, search
    from verifier.workload.reading import Readers, ReadOptions
    from verifier.workload.trees import WorkTree

    searched = search(paths, files.exclude or ())
    env_files = None if files.env_file is None else tuple(map(str, files.env_file))
    options = ReadOptions(
        kinds=_kinds(files.kinds or ()),
        variables=dict(_variable(text, environment) for text in files.env or ()),
        env_files=env_files,
        arguments=dict(_argument(text) for text in files.build_arg or ()),
        allow_builds=files.allow_builds,
    )
    roots = dict.fromkeys(file.root for file in searched.files)
    named = (Path(path).resolve() for path in env_files or ())
    readers = Readers.of(options, WorkTree((*roots, Path.cwd(), *named)))
    found = read_files(searched.files, readers)
    if "-" in paths:
        found.add(read_stdin(sys.stdin.buffer.read(GATE_FILE_BYTES + 1), readers))
    found.problems[:0] = searched.problems
    for note in found.notes.kept:
        searched.notes.add(note)
    found.notes = searched.notes
    return readers, found


def require_source(paths: Sequence[str], files: FileOptions, pins: PinOptions) -> None:
    """Raise `UsageError` unless there is one source to judge, of which the options can be true."""
    if not files.from_cluster:
        if not paths:
            raise UsageError("no PATH is given", hint="see 'verify gate --help'")
        if files.share is not None:
            raise UsageError("--share is for --from-cluster")
        return
    if paths:
        raise UsageError("--from-cluster and a PATH are given together")
    if pins.write or pins.patch is not None or files.changed_since is not None:
        raise UsageError("--write, --patch and --changed-since are about files, not about a cluster")


def read_running(readers: Readers, files: FileOptions, settings: Settings) -> Found:
    """What the cluster runs, or the part of it that is asked for. Raises `VerifierError`."""
    from verifier.workload.cluster import Share, read_cluster
    from verifier.workload.cluster_access import find_access
    from verifier.workload.cluster_client import ClusterClient

    share = None if files.share is None else Share.parse(files.share)
    with ClusterClient(find_access(settings.environment, settings.home)) as cluster:
        return read_cluster(cluster, readers.kubernetes, share)


def require_readable(found: Found) -> None:
    """Raise the last of the problems, when all others have been told."""
    if not found.problems:
        return
    *others, last = found.problems[:_PROBLEMS]
    for problem, after in pairwise([*others, last]):
        output.say(f"error: {safe(problem.message, limit=2000)}")
        # Once for all that it is for.
        if problem.hint and problem.hint != after.hint:
            output.say(f"hint:  {safe(problem.hint, limit=2000)}")
    if len(found.problems) > _PROBLEMS:
        output.say(f"error: {len(found.problems) - _PROBLEMS} more of these")
    raise last


def changed_only(
    found: Found, revision: str, readers: Readers, environment: Mapping[str, str], show: ShowOptions
) -> None:
    """Leave in ``found`` what is named otherwise than at ``revision``, and tell of the rest."""
    from verifier.gate.changes import named_then

    then = named_then(found, revision, readers, environment)
    found.images, same = then.split(found.images)
    found.built, same_built = then.split(found.built)
    if then.missing:
        others = "" if len(then.missing) == 1 else f" and {len(then.missing) - 1} more"
        output.say(
            f"warning: git does not hold {safe(then.missing[0])}{others} as of {safe(revision, limit=100)}:"
            " all that is named there counts as changed"
        )
        output.say(
            "hint:  verify lets git fetch nothing; in a partial clone, git show REVISION:PATH fetches a file"
        )
    count = len(same) + len(same_built)
    if count and not show.quiet:
        places = "1 place that names" if count == 1 else f"{count} places that name"
        output.say(f"left out: {places} the same image as at {safe(revision, limit=100)}")
    if show.verbose:
        for image in same:
            place = f"{safe(image.location.file)}:{image.location.line}"
            output.say(f"left out: {place}: {safe(image.reference)}")


def say_unseen(found: Found, show: ShowOptions) -> None:
    """Tell what was not looked at."""
    if show.quiet:
        return
    notes = sorted(found.notes.kept, key=lambda note: not note.image_like)
    shown = notes if show.verbose else notes[:_SAID]
    for note in shown:
        output.say(f"{'not judged' if note.was_read else 'not looked at'}: {safe(note, limit=2000)}")
    if len(shown) < len(notes):
        output.say(f"not looked at: {len(notes) - len(shown)} more, which -v lists")


def files_of(found: Found, files: FileOptions) -> tuple[FileReport, ...] | None:
    """What was not judged in the files, for the report; None where a cluster was asked."""
    from verifier.gate.files import file_reports

    if files.from_cluster:
        return None
    return file_reports(found.notes.kept, strict=files.strict_files)


def require_images(found: Found, files: FileOptions) -> bool:
    """Whether there is anything to judge; raises `ManifestError` where there is not and must be."""
    if found.images or found.built or found.unreadable:
        return True
    errors = [file for file in files_of(found, files) or () if file.code is not None]
    if errors:
        count = "1 file or object is" if len(errors) == 1 else f"{len(errors)} files or objects are"
        raise ManifestError(
            f"{safe(errors[0].path)}: {errors[0].message} ({count} not judged)", hint=errors[0].hint
        )
    if files.allow_empty:
        what = "no image is named" if files.changed_since is None else "no image has changed"
        output.say(f"nothing to judge: {what}, which --allow-empty allows")
        return False
    if files.changed_since is not None:
        message, hint = "no image has changed: nothing was judged", "--allow-empty makes that no error"
    elif files.share is not None:
        message = f"there is no image in the share {safe(files.share)}: nothing was judged"
        hint = "take far fewer shares than there are images; --allow-empty makes that no error"
    elif files.from_cluster:
        message = "the cluster runs no image: nothing was judged"
        hint = "--allow-empty makes that no error"
    else:
        message = "no image is named there: nothing was judged"
        hint = (
            "is it the right path, and did what is piped in print anything? --allow-empty makes that no error"
        )
    raise ManifestError(message, hint=hint)


def _kinds(paths: Sequence[Path]) -> Kinds:
    from verifier.workload.kinds import known_kinds, read_kinds
    from verifier.workload.source import Source

    kinds = known_kinds()
    for path in paths:
        try:
            raw = read_bounded(path, POLICY_BYTES)
        except OSError as error:
            raise UsageError(f"--kinds: cannot read {safe(path)}: {error.strerror}") from None
        if len(raw) > POLICY_BYTES:
            raise UsageError(f"--kinds: {safe(path)} is larger than {POLICY_BYTES} bytes")
        kinds = kinds.with_(read_kinds(Source.decode(str(path), raw)))
    return kinds


def _variable(text: str, environment: Mapping[str, str]) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name:
        raise UsageError(f"--env: {safe(text, limit=100)!r} is not NAME or NAME=VALUE")
    if not equals and name not in environment:
        raise UsageError(f"--env: there is no {safe(name, limit=100)} in the environment")
    return name, value if equals else environment[name]


def _argument(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise UsageError(f"--build-arg: {safe(text, limit=100)!r} is not NAME=VALUE")
    return name, value
