"""Files of any size."""

from __future__ import annotations

from pathlib import Path

import pytest

from verifier.local_files import read_bounded


def test_a_file_of_the_limit_is_read_whole_and_a_larger_one_up_to_one_byte_more(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"12345")
    assert read_bounded(file, 5) == b"12345"
    file.write_bytes(b"123456789")
    assert read_bounded(file, 5) == b"123456"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no endless file here")
def test_an_endless_file_ends() -> None:
    assert len(read_bounded(Path("/dev/zero"), 1000)) == 1001
