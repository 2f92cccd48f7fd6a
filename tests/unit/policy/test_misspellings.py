"""No key of a policy can be wrong unnoticed: a generated test over the shipped sample (PFL-01)."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from verifier.errors import PolicyError
from verifier.policy.document import load_policy


def mutations(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[str, Any]]:
    """The same document with one key misspelt, in another case, or one level up; every one of them."""
    document = copy.deepcopy(SAMPLE)
    if isinstance(node, dict):
        for key in node:
            if path[:1] != ("signers",) or len(path) != 1:  # the names of signers are free
                for changed in (key[:-1] or "x", key.capitalize(), f"{key}s"):
                    yield f"{path} {key} {changed}", _renamed(document, path, key, changed)
            if path:
                yield f"{path} {key} up", _moved(document, path, key)
        for key, value in node.items():
            yield from mutations(value, (*path, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from mutations(value, (*path, number))


def _at(document: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        document = document[step]
    return document


def _renamed(document: Any, path: tuple[Any, ...], key: str, changed: str) -> Any:
    document = copy.deepcopy(document)
    node = _at(document, path)
    node[changed] = node.pop(key)
    return document


def _moved(document: Any, path: tuple[Any, ...], key: str) -> Any:
    document = copy.deepcopy(document)
    value = _at(document, path).pop(key)
    above = _at(document, path[:-1])
    if isinstance(above, list):
        above.append(value)
    else:
        above[key] = value
    return document


# BaseLoader keeps every scalar as text: to YAML 1.1 the key "on" is true.
SAMPLE = yaml.load((ROOT / "policies" / "sample.yaml").read_text(), yaml.BaseLoader) | {"version": 1}
MUTATIONS = dict(mutations(SAMPLE))


@pytest.mark.parametrize("name", MUTATIONS)
def test_no_key_of_the_sample_policy_can_be_wrong_unnoticed(name: str) -> None:
    with pytest.raises(PolicyError):
        load_policy(yaml.safe_dump(MUTATIONS[name]).encode(), source="policy.yaml")


def test_the_mutations_are_many() -> None:
    assert len(MUTATIONS) > 60
    load_policy(yaml.safe_dump(SAMPLE).encode(), source="policy.yaml")
