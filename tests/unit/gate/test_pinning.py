"""Digests written behind tags: nothing else changes, and either all files change or none."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.workload import found_in, readers, references
from verifier.errors import ManifestError
from verifier.gate.patch import unified
from verifier.gate.pinning import FileChangedError, pin, without_place, write
from verifier.model.digest import Digest
from verifier.workload.reading import Readers

DIGEST = Digest("0" * 63 + "1")
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [%s]}\n"


@pytest.fixture
def manifests(tmp_path: Path, testdata: Path) -> Path:
    folder = tmp_path / "manifests"
    shutil.copytree(testdata / "manifests", folder)
    return folder


def using(manifests: Path) -> Readers:
    return readers(manifests, kinds=(manifests / "kinds.yaml").read_text(encoding="utf-8"))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_file_of_the_test_data_can_be_pinned_and_undone(manifests: Path) -> None:
    read = using(manifests)
    found = found_in(manifests, read, exclude=["expected.json"])
    tags = [image for image in found.images if "@" not in image.reference]
    before = contents(manifests)
    write(pin(((image, DIGEST) for image in tags), read))
    after = contents(manifests)
    assert before.keys() == after.keys()
    suffix = f"@{DIGEST}".encode()
    assert {name: raw.replace(suffix, b"") for name, raw in after.items()} == before
    pinned = [image for image in tags if image.span is not None]
    places = {(image.location.file, image.location.line, image.location.column) for image in pinned}
    assert sum(raw.count(suffix) for raw in after.values()) == len(places)
    again = found_in(manifests, read, exclude=["expected.json"])
    expected = [
        f"{image.reference}@{DIGEST}" if "@" not in image.reference and image.span else image.reference
        for image in found.images
    ]
    assert references(again) == expected


def test_images_that_are_not_written_in_full_are_left_alone(manifests: Path) -> None:
    found = found_in(manifests, using(manifests), exclude=["expected.json"])
    left = {image.reference for image in without_place(found.images)}
    assert "registry.example/build/go:1.23" in left
    assert "registry.example/escaped:1" in left
    assert "registry.example/shop/web:2.4.1" not in left


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ("{image: a}", "{image: a@D}"),
        ("{image: a:1}", "{image: a:1@D}"),
        ("{image: 'a:1' }", "{image: 'a:1@D' }"),
        ('{"image":"a:1"}', '{"image":"a:1@D"}'),
        ("{image: &x a:1}, {image: *x}", "{image: &x a:1@D}, {image: *x}"),
        ("{image: !!str a:1, name: é}", "{image: !!str a:1@D, name: é}"),
        ("{image: a:1, name: a:1}, {image: a:1}", "{image: a:1@D, name: a:1}, {image: a:1@D}"),
    ],
)
def test_what_is_added_stands_behind_the_tag(tmp_path: Path, container: str, expected: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(POD % container)
    found = found_in(tmp_path)
    assert references(found)
    write(pin(((image, DIGEST) for image in found.images), readers(tmp_path)))
    assert file.read_text() == POD % expected.replace("D", str(DIGEST))


def test_modes_and_links_stay(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text(POD % "{image: a}")
    (tmp_path / "real.yaml").chmod(0o640)
    (tmp_path / "link.yaml").symlink_to("real.yaml")
    found = found_in(tmp_path / "link.yaml", readers(tmp_path))
    write(pin(((image, DIGEST) for image in found.images), readers(tmp_path)))
    assert (tmp_path / "link.yaml").is_symlink()
    assert (tmp_path / "real.yaml").stat().st_mode & 0o777 == 0o640
    assert f"a@{DIGEST}" in (tmp_path / "real.yaml").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.yaml", "real.yaml"]


def test_a_file_that_was_changed_meanwhile_keeps_all_others_as_they_are(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml", "c.yaml"):
        (tmp_path / name).write_text(POD % "{image: a}")
    files = pin(((image, DIGEST) for image in found_in(tmp_path).images), readers(tmp_path))
    (tmp_path / "b.yaml").write_text(POD % "{image: somebody-elses}")
    before = contents(tmp_path)
    with pytest.raises(FileChangedError, match=r"b\.yaml was changed meanwhile"):
        write(files)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("shift", [-1, 1])
def test_a_change_that_would_name_another_image_is_refused(tmp_path: Path, shift: int) -> None:
    (tmp_path / "a.yaml").write_text(POD % "{image: abc} , {image: b}")
    image, _ = found_in(tmp_path).images
    assert image.span is not None
    wrong = replace(image, span=replace(image.span, end=image.span.end + shift))
    with pytest.raises(ManifestError):
        pin([(wrong, DIGEST)], readers(tmp_path))


def test_a_name_that_is_also_written_otherwise_is_no_obstacle(tmp_path: Path) -> None:
    text = POD % '{image: a:1}, {image: "\\x61:1"}'
    (tmp_path / "a.yaml").write_text(text)
    write(pin(((image, DIGEST) for image in found_in(tmp_path).images), readers(tmp_path)))
    assert (tmp_path / "a.yaml").read_text() == text.replace("{image: a:1}", f"{{image: a:1@{DIGEST}}}")


@pytest.mark.parametrize(
    "name", ["a.yaml", "with space.yaml", "é.yaml", 'quo"te.yaml', "tab\t.yaml", "folder/back\\slash.yaml"]
)
def test_git_applies_the_patch_whatever_the_file_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    lines = [f"# {number}" for number in range(40)]
    lines[5:5] = (POD % "{image: a}").splitlines()
    text = "\r\n".join(lines) + "\r\n---\r\n" + (POD % "{image: b}").rstrip("\n")
    file.write_bytes(text.encode())
    subprocess.run(["git", "init", "-q"], check=True)
    files = pin(((image, DIGEST) for image in found_in(file).images), readers(tmp_path))
    patch = unified(files)
    assert patch.count("@@ -") == 2
    assert "\\ No newline at end of file" in patch
    subprocess.run(["git", "apply", "-"], input=patch.encode(), check=True)
    assert (
        file.read_bytes()
        == text.replace("image: a}", f"image: a@{DIGEST}}}")
        .replace("image: b}", f"image: b@{DIGEST}}}")
        .encode()
    )
