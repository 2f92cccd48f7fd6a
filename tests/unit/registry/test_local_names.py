"""A layout on disk that was typed as if it were an image in a registry."""

from __future__ import annotations

from pathlib import Path

import pytest

from verifier.errors import AuthError, InputError, LayoutError, ManifestError, RegistryError, VerifierError
from verifier.registry.local_names import explained

DIGEST = f"sha256:{'a' * 64}"


def fail(text: str, error: VerifierError) -> VerifierError:
    with pytest.raises(type(error)) as caught, explained(text):
        raise error
    assert type(caught.value) is type(error)
    assert caught.value.message == error.message
    return caught.value


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A layout as a directory and one as a file, and what is neither."""
    (tmp_path / "layout").mkdir()
    (tmp_path / "layout" / "oci-layout").touch()
    (tmp_path / "folder").mkdir()
    for name in ("file", "file.tar", "layout.tar.gz"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("layout", "oci:layout"),
        ("./layout", "oci:./layout"),
        ("layout/", "oci:layout/"),
        ("layout:1.2", "oci:layout:1.2"),
        (f"layout@{DIGEST}", f"oci:layout@{DIGEST}"),
        ("folder/../layout", "oci:folder/../layout"),
        ("file.tar", "oci-archive:file.tar"),
        ("file.tar:1.2", "oci-archive:file.tar:1.2"),
    ],
)
def test_the_hint_says_how_to_name_it(text: str, meant: str) -> None:
    hint = fail(text, ManifestError("no")).hint
    assert hint is not None
    assert hint.startswith("for the OCI layout ")
    assert hint.endswith(f" on disk write {meant}")


@pytest.mark.parametrize(
    "text",
    [
        *("folder", "file", "layout.tar.gz", "absent", "absent.tar", "layout/oci-layout", "Layout", "", ":"),
        *("layout\n", "layout\0", "layout/" * 40, "a" * 300, "a" * 100_000, f"layout@{DIGEST}@{DIGEST}"),
        *("oci:layout", "oci-archive:layout", "https://layout"),
    ],
)
def test_nothing_is_added_where_no_layout_has_the_name(text: str) -> None:
    for hint in ("look again", None):
        assert fail(text, ManifestError("no", hint=hint)).hint == hint


def test_the_scheme_is_not_taken_for_a_layout_of_that_name(here: Path) -> None:
    (here / "layout").rename("oci")
    assert fail("oci:layout", ManifestError("no")).hint is None
    assert fail("oci", ManifestError("no")).hint == "for the OCI layout on disk write oci:oci"


def test_the_hint_that_was_there_comes_second_and_the_error_stays_as_it_was() -> None:
    error = AuthError("no", hint="log in")
    assert fail("layout", error).hint == "for the OCI layout on disk write oci:layout; otherwise: log in"
    assert error.hint == "log in"


def test_only_errors_about_a_name_are_explained() -> None:
    """The twin of each is a `RegistryError`."""
    assert fail("layout", RegistryError("no")).hint is not None
    for error in (LayoutError("no"), InputError("no")):
        assert fail("layout", error).hint is None


def test_a_layout_that_may_not_be_looked_at_is_none(here: Path) -> None:
    (here / "layout" / "oci-layout").unlink()
    (here / "layout").rmdir()
    (here / "layout").symlink_to("layout")
    assert fail("layout", ManifestError("no")).hint is None
