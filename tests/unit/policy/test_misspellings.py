"""No key of a policy can be wrong unnoticed: a generated test over the shipped sample (PFL-01)."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from verifier.errors import PolicyError
from verifier.policy.catalogue import RULES
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


def example(name: str) -> Any:
    """A policy around the example of the rule ``name``."""
    rules = yaml.load(RULES[name].example, yaml.BaseLoader)
    named = re.findall(r"signers: \[([^\]]+)\]", RULES[name].example)
    signers = {signer.strip() for group in named for signer in group.split(",")} | {"release"}
    known = {
        signer: {"issuer": "https://i.example", "subject": f"https://s.example/{signer}"}
        for signer in signers
    }
    wanted = {"signature": {"id": "all", "signers": sorted(signers)}}
    require = [*rules] if name == "signature" else [*rules, wanted]
    return {"version": 1, "name": "x", "images": ["ghcr.io/org/app"], "signers": known, "require": require}


def as_text(document: Any) -> bytes:
    """YAML in which text that looks like something else is quoted, and numbers and truths are not."""
    return yaml.dump(_typed(document), Dumper=yaml.SafeDumper).encode()


def _typed(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _typed(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_typed(item) for item in node]
    return (
        yaml.safe_load(node) if isinstance(node, str) and re.fullmatch(r"true|false|[0-9]+", node) else node
    )


def _options(name: str) -> Iterator[tuple[str, str]]:
    options = example(name)["require"][0][name]
    for key in options:
        for changed in (f"{key}x", key.capitalize(), key.replace("-", "_") + "_"):
            yield key, changed


@pytest.mark.parametrize("name", RULES)
def test_no_option_of_a_rule_can_be_misspelt_unnoticed(name: str) -> None:
    assert load_policy(as_text(example(name)), source="policy.yaml").rules
    for key, changed in _options(name):
        document = example(name)
        options = document["require"][0][name]
        options[changed] = options.pop(key)
        with pytest.raises(PolicyError) as caught:
            load_policy(as_text(document), source="policy.yaml")
        assert changed in caught.value.message or repr(key) in caught.value.message


def test_the_name_of_a_rule_is_suggested() -> None:
    document = example("licenses")
    document["require"][0] = {"licences": document["require"][0]["licenses"]}
    with pytest.raises(PolicyError, match="unknown key 'licences'") as caught:
        load_policy(as_text(document), source="policy.yaml")
    assert caught.value.hint == "did you mean 'licenses'?"
