"""How many layers an image may have."""

from __future__ import annotations

import pytest

from tests.unit.policy.configured import asked, configured, passes, refused
from tests.unit.policy.judging import SIGNATURE, policy
from verifier.errors import PolicyError

RULE = "image-layers"


def test_the_bounds_belong_to_the_range() -> None:
    options = {"min": 2, "max": 4}
    for layers in (2, 3, 4):
        assert passes(RULE, options, configured(layers=layers)) == f"the image has {layers} layers"
    assert refused(RULE, options, configured(layers=5)) == [
        "the image has 5 layers, and at most 4 are wanted"
    ]
    assert refused(RULE, options, configured(layers=1)) == [
        "the image has 1 layer, and at least 2 are wanted"
    ]


def test_one_bound_will_do() -> None:
    assert passes(RULE, {"max": 1}, configured(layers=1))
    assert refused(RULE, {"max": 1}, configured(layers=2))
    assert refused(RULE, {"min": 1}, configured(layers=0))


@pytest.mark.parametrize(
    "options", ["{}", "{min: 3, max: 2}", "{max: 0}", "{min: 0}", "{max: 1.5}", '{max: "3"}']
)
def test_wrong_options_are_errors_at_load(options: str) -> None:
    with pytest.raises(PolicyError, match=r"^policy\.yaml:8:"):
        policy(SIGNATURE, f"  - {RULE}: {options}\n")


def test_it_says_what_it_asks() -> None:
    assert asked(RULE, {"min": 1, "max": 20}) == "the image has at least 1 and at most 20 layers"
