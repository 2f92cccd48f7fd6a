"""What was not judged in the files of a run, for its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from verifier.errors import ManifestError
from verifier.model.report import FileOutcome, FileReport
from verifier.workload.interface import Note

_STRICT = "--exclude leaves the file out on purpose; without --strict-files this is reported, and is no error"


def file_reports(notes: Sequence[Note], *, strict: bool) -> tuple[FileReport, ...]:
    """The notes, errors and what looks like an image first.

    ``strict``: what may deploy something is an error. What was left out on purpose, and files in which there
    is nothing like an image and that no program is known to deploy, are none.
    """
    reports = (_report(note, is_error=strict and note.may_deploy) for note in notes)
    return tuple(
        sorted(reports, key=lambda each: (each.outcome is not FileOutcome.ERROR, not each.image_like))
    )


def _report(note: Note, *, is_error: bool) -> FileReport:
    told = FileReport(
        path=note.path,
        outcome=FileOutcome.READ if note.was_read else FileOutcome.PASSED_OVER,
        message=note.message,
        line=note.line,
        hint=note.hint,
        image_like=note.image_like,
    )
    if not is_error:
        return told
    return replace(told, outcome=FileOutcome.ERROR, code=ManifestError.code, hint=note.hint or _STRICT)
