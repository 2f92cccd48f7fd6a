"""The rules on images judge any configuration, whatever it holds."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.property.json_values import texts, values
from tests.unit.policy.configured import configured, found
from verifier.model.finding import Outcome

RULES: dict[str, dict[str, Any]] = {
    "image-age": {"max": "30d"},
    "image-base": {"allow": ["debian"]},
    "image-entrypoint": {"shell": False},
    "image-environment": {"deny": ["X"]},
    "image-labels": {"require": {"a": {"pattern": "b+"}}},
    "image-ports": {"allow": [80]},
    "image-user": {},
}
FIELDS = ("User", "Entrypoint", "Cmd", "ExposedPorts", "Env", "Labels", "env", "USER")
executions = st.dictionaries(st.sampled_from(FIELDS), values, max_size=4) | values
configs = st.fixed_dictionaries(
    {}, optional={"config": executions, "created": values, "history": values, "container_config": executions}
)


@given(configs)
def test_any_configuration_is_judged(config: dict[str, Any]) -> None:
    for rule, options in RULES.items():
        findings = found(rule, options, configured(config=config))
        assert findings
        passed = [finding for finding in findings if finding.outcome is Outcome.PASS]
        assert not passed or findings == passed
        assert all("\x1b" not in finding.message for finding in findings)


users = st.from_regex(r"[+-]?[0-9]{1,12}(:[0-9]{1,3})?", fullmatch=True) | texts


@given(users)
def test_no_user_that_runtimes_take_for_root_passes(user: str) -> None:
    (finding,) = found("image-user", {}, configured({"User": user}))
    try:
        number = int(user.partition(":")[0])
    except ValueError:
        number = 0
    assert finding.outcome is Outcome.FAIL or 0 < number < 2**31
