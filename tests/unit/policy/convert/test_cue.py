"""The idioms of CUE that are read, and all else that is not."""

from __future__ import annotations

from typing import Any

import pytest

from verifier.policy.convert.cue import NotReadError, read

A = {"const": "x"}


def struct(required: list[str] | None = None, **properties: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    return {**schema, "required": required} if required else schema


@pytest.mark.parametrize(
    ("source", "kind", "schema"),
    [
        ("", None, None),
        ("// nothing\n\n", None, None),
        ('predicateType: "https://x/y"', "https://x/y", None),
        ('"predicateType": "https://x/y"\n', "https://x/y", None),
        ('predicateType: "https://x/y" // why\npredicate: a: "x"', "https://x/y", struct(a=A)),
        ('predicate: {a: "x", b: true}', None, struct(a=A, b={"const": True})),
        ('predicate: {\n\ta: {\n\t\tb: false\n\t}\n}\n', None, struct(a=struct(b={"const": False}))),
        ('predicate: a: "x"\npredicate: b: c: "x"\n', None, struct(a=A, b=struct(c=A))),
        ('predicate: a: b: "x"\npredicate: a: c: "x"\n', None, struct(a=struct(b=A, c=A))),
        (
            'predicate: a: b: =~"^x"\n',
            None,
            struct(["a"], a=struct(["b"], b={"type": "string", "pattern": "^x"})),
        ),
        ("predicate: {}\n", None, struct()),
        ('predicate: a: "\\u0078"\n', None, struct(a=A)),
    ],
)  # fmt: skip
def test_what_is_read(source: str, kind: str | None, schema: dict[str, Any] | None) -> None:
    asked = read(source)
    assert asked.predicate_type == kind
    assert asked.schema == schema


@pytest.mark.parametrize(
    "source",
    [
        'import "list"',
        "package sigstore",
        "predicate: a: 1",
        "predicate: a: >1",
        "predicate: a: string",
        "predicate: a: null",
        'predicate: a: "x" | "y"',
        'predicate: a: "x" & "x"',
        'predicate: a: !="x"',
        'predicate: a: !~"x"',
        'predicate: a: =~"("',
        'predicate: a: =~"x" & =~"y"',
        'predicate: a?: "x"',
        'predicate: [string]: "x"',
        'predicate: a: ["x"]',
        'predicate: a: "x\\(y)"',
        'predicate: a: "\\q"',
        'predicate: a: """\n\tx\n\t"""',
        "predicate: a: 'x'",
        'predicate: a: #"x"#',
        'predicate: a: "x"\npredicate: a: "x"\n',
        'predicate: a: "x"\npredicate: a: b: "x"\n',
        'predicate: _a: "x"',
        'predicate: #A: "x"',
        'predicate: Data: a: "x"',
        'predicate: "x"',
        "predicate: {",
        'predicate: a: "x"}',
        "predicateType: =~\"x\"",
        'subject: a: "x"',
        'let x = "y"',
        'if true { predicate: a: "x" }',
        "predicate: " + "a: " * 40 + '"x"',
        "{" * 1000,
        'a: "x" b: "y"',
        "predicate: a:",
    ],
)  # fmt: skip
def test_what_is_not_read(source: str) -> None:
    with pytest.raises(NotReadError):
        read(source)
