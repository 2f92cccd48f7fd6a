"""The outputs that the pages show are real; ``make docs`` writes them anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.documented import GENERATED, PAGES, examples, printed, shown

_NOW = re.compile(r"(judged at +)\S+")
EXAMPLES = {command: block for page in PAGES for command, block in examples(page)}


@pytest.mark.parametrize("page", GENERATED, ids=lambda page: page.name)
def test_a_page_that_is_made_from_the_code_is_up_to_date(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == GENERATED[page](), "run 'make docs'"


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 15


@pytest.mark.parametrize("command", EXAMPLES)
def test_an_example_prints_what_is_shown(tmp_path: Path, command: str) -> None:
    block = EXAMPLES[command]
    actual = shown(block, printed(command, tmp_path))
    assert [_NOW.sub(r"\1…", line) for line in actual] == [
        _NOW.sub(r"\1…", line) for line in block["shown"].splitlines()
    ]
