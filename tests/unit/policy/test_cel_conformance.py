"""What expressions mean, by the CEL specification (cel-spec, doc/langdef.md) and its string extensions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from verifier.policy.cel import EvaluationError, activation, compile_expression

ERROR = "error"
DATA: dict[str, Any] = {
    "int": 7,
    "zero": 0,
    "max": 2**63 - 1,
    "min": -(2**63),
    "double": 1.5,
    "text": "héllo✓",
    "empty": "",
    "yes": True,
    "nothing": None,
    "list": [1, 2, 3],
    "map": {"a": 1, "b": {"c": "d"}},
    "date": "2026-11-01T12:30:00Z",
    "untrusted": '") || true || ("',
    "number": "1",
}

CASES = [
    # logic
    ("d.yes && !false", True),
    ("d.yes && false", False),
    ("d.int == 7 ? d.yes : false", True),
    ("d.missing == 1 || d.yes", True),
    ("d.yes || d.missing == 1", True),
    ("d.missing == 1 || false", ERROR),
    ("d.missing == 1 && false", False),
    ("false && d.missing == 1", False),
    ("d.missing == 1 && true", ERROR),
    ("d.zero == 1 ? d.missing : d.yes", True),
    ("!d.missing", ERROR),
    ("d.text && true", ERROR),
    # equality and order
    ("d.int == 7.0", True),
    ("d.int == 7u", True),
    ("d.int != 8", True),
    ("d.number == 1", False),
    ("d.yes == 1", False),
    ("d.nothing == null", True),
    ("d.text == null", False),
    ("d.list == [1, 2, 3]", True),
    ("d.list == [3, 2, 1]", False),
    ("d.map == {'b': {'c': 'd'}, 'a': 1}", True),
    ("d.int < 7.5", True),
    ("d.int < 'a'", ERROR),
    ("d.text < 'i'", True),
    ("dyn(1) < 2u", True),
    # arithmetic
    ("d.int + 1 == 8", True),
    ("d.int / 2 == 3", True),
    ("d.int % 2 == 1", True),
    ("-d.int == -7", True),
    ("d.double * 2.0 == 3.0", True),
    ("d.int / d.zero == 1", ERROR),
    ("d.int % d.zero == 1", ERROR),
    ("d.double / 0.0 > 1.0", True),
    ("d.max + 1 > 0", ERROR),
    ("d.min - 1 < 0", ERROR),
    ("-d.min > 0", ERROR),
    ("d.int + d.double == 8.5", ERROR),
    ("d.int + d.text == ''", ERROR),
    # fields
    ("d.map.b.c == 'd'", True),
    ("d.map['b']['c'] == 'd'", True),
    ("d.map.missing == 1", ERROR),
    ("has(d.map.a)", True),
    ("has(d.map.missing)", False),
    ("has(d.missing.deeper)", ERROR),
    ("has(d.nothing)", True),
    ("has(d.nothing.a)", ERROR),
    ("has(d.text.a)", ERROR),
    ("'a' in d.map", True),
    ("'z' in d.map", False),
    ("2 in d.list", True),
    ("'2' in d.list", False),
    ("'h' in d.text", ERROR),
    ("d.list[0] == 1", True),
    ("d.list[3] == 1", ERROR),
    ("d.list[-1] == 3", ERROR),
    # optional values
    ("d.?missing.orValue(5) == 5", True),
    ("d.?missing.?deeper.orValue('x') == 'x'", True),
    ("d.?int.orValue(5) == 7", True),
    ("d.?missing.hasValue()", False),
    ("d.list[?9].orValue(0) == 0", True),
    ("d.?missing.value() == 1", ERROR),
    # text
    ("size(d.text) == 6 && d.text.size() == 6", True),
    ("d.text + '!' == 'héllo✓!'", True),
    ("d.text.startsWith('hé') && d.text.endsWith('✓') && d.text.contains('ll')", True),
    ("d.text.matches('ll')", True),
    ("d.text.matches('^ll$')", False),
    ("d.text.matches('(')", ERROR),
    ("d.text.matches('^(h+)+$')", False),
    ("'a,b'.split(',') == ['a', 'b']", True),
    ("['a', 'b'].join('-') == 'a-b'", True),
    ("'AbC'.lowerAscii() == 'abc'", True),
    ("'abc'.upperAscii() == 'ABC'", True),
    ("' a '.trim() == 'a'", True),
    ("'abc'.replace('b', 'x') == 'axc'", True),
    ("'abc'.substring(1, 2) == 'b'", True),
    ("'abc'.substring(4) == ''", ERROR),
    ("'abc'.charAt(1) == 'b'", True),
    ("'abc'.indexOf('c') == 2", True),
    ("d.untrusted == '\") || true || (\"'", True),
    ("d.untrusted == 'x'", False),
    # conversions
    ("int('42') == 42", True),
    ("int(d.text) == 1", ERROR),
    ("string(d.int) == '7'", True),
    ("double('1.5') == 1.5", True),
    ("int(d.double) == 1", True),
    ("type(d.int) == int && type(d.text) == string", True),
    # lists
    ("d.list.all(x, x > 0)", True),
    ("d.list.exists(x, x == 2)", True),
    ("d.list.exists_one(x, x > 2)", True),
    ("[].all(x, false)", True),
    ("[].exists(x, true)", False),
    ("d.list.all(x, x.missing == 1)", ERROR),
    ("d.list.exists(x, x == 1 || x.missing)", True),
    ("d.list.filter(x, x > 1) == [2, 3]", True),
    ("d.list.map(x, x * 2) == [2, 4, 6]", True),
    ("d.list.map(x, x > 1, x * 2) == [4, 6]", True),
    ("d.map.all(key, key in ['a', 'b'])", True),
    ("d.list + [4] == [1, 2, 3, 4]", True),
    ("cel.bind(x, d.int + 1, x * x == 64)", True),
    # time
    ("now == timestamp('2026-11-24T00:00:00Z')", True),
    ("timestamp(d.date) < now - duration('24h')", True),
    ("now - timestamp(d.date) > duration('720h')", False),
    ("timestamp(d.text) < now", ERROR),
    ("timestamp(d.date).getFullYear() == 2026", True),
    ("timestamp(d.date).getHours('America/New_York') == 7", True),
    ("timestamp(d.date).getHours('/etc/passwd') == 8", ERROR),
    ("now + duration('1h') > now", True),
    # what is neither true nor false
    ("d.text", ERROR),
    ("d.int", ERROR),
    ("d.nothing", ERROR),
    ("d.list", ERROR),
    ("d.number", ERROR),
    ("d.yes", True),
]


@pytest.mark.parametrize(("expression", "expected"), CASES)
def test_an_expression_means_what_the_specification_says(expression: str, expected: object) -> None:
    program = compile_expression(expression.replace("d.", "image."), None, "bool")
    facts = activation({"image": DATA, "now": datetime(2026, 11, 24, tzinfo=UTC)}, None)
    if expected is ERROR:
        with pytest.raises(EvaluationError):
            program.holds(facts)
    else:
        assert program.holds(facts) is expected
