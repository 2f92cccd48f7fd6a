"""CEL: expressions over facts. The only module that touches the library.

Common Expression Language, https://github.com/cel-expr/cel-spec, with optional values, `cel.bind` and the
string functions. It has no function that reads a file, the network, the environment or the clock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

from verifier.errors import InputError, RejectedError

if TYPE_CHECKING:
    import cel_expr_python.cel as library

    Activation = library.Activation
else:
    Activation = object

FACTS: Final = (
    "image",
    "platform",
    "config",
    "signatures",
    "attestations",
    "provenance",
    "sbom",
    "now",
)
"""The variables that every expression may use."""

ELEMENTS: Final = ("pkg", "attestation", "signature")
"""Those that stand for one of many, of which an expression may use one."""

EVIDENCE: Final = frozenset({"signatures", "attestations", "provenance", "sbom"})
"""The variables that somebody signed."""

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PROBLEM = re.compile(r"ERROR: <input>:(-?[0-9]+):(-?[0-9]+): (.*)")
_STATUS = re.compile(r"[A-Z_]+: (.*?)(?: \[[A-Z_]+\])?", re.DOTALL)
_INSTALL: Final = (
    "install cel-expr-python 0.1.3, which has wheels for Linux with glibc, macOS and Windows, or write the"
    " rule without CEL"
)

Kind = Literal["bool", "string"]


class ExpressionError(InputError):
    """An expression is wrong, or cannot be checked."""


class EvaluationError(RejectedError):
    """An expression has no value for these facts, or not one that decides anything."""

    code = "PolicyError"


def uses(expression: str, element: str | None) -> frozenset[str]:
    """The variables that ``expression``, which compiles, uses: exactly, of those in `EVIDENCE`.

    Of the others it gives perhaps one more, whose name stands in a text or after a dot.
    """
    words = frozenset(_WORD.findall(expression)).intersection((*FACTS, *ELEMENTS))
    return frozenset(
        word for word in words if word not in EVIDENCE or not _compiles_without(expression, element, word)
    )


@dataclass(frozen=True, slots=True)
class Program:
    """A checked expression."""

    _expression: library.Expression

    def holds(self, facts: Activation) -> bool:
        """Whether it is true. Raises `EvaluationError` unless it is clearly true or false."""
        value, kind = self._value(facts)
        if type(value) is bool:
            return value
        raise EvaluationError(f"it gives {kind} where true or false is wanted")

    def text(self, facts: Activation) -> str:
        """The text that it gives. Raises `EvaluationError` where that is none."""
        value, kind = self._value(facts)
        if type(value) is str:
            return value
        raise EvaluationError(f"it gives {kind} where a text is wanted")

    def _value(self, facts: Activation) -> tuple[object, str]:
        """The value, and what CEL calls its type."""
        from cel_expr_python.cel import Type

        try:
            value = self._expression.eval(facts)
            if value.type() == Type.ERROR:
                raise EvaluationError(_reason(str(value.value())))
            return value.plain_value(), value.type().name().lower()[:100]
        # The library raises the first for its bounds and for text with half of a character, the others
        # for values that it cannot take or give.
        except (RuntimeError, TypeError, ValueError, OverflowError) as error:
            if isinstance(error, EvaluationError):
                raise
            raise EvaluationError(_reason(str(error))) from None


@lru_cache(maxsize=256)
def compile_expression(text: str, element: str | None, kind: Kind) -> Program:
    """Check ``text``, which may use `FACTS` and ``element``, and must give a value of ``kind``.

    Raises `ExpressionError`, also where the library is not there.
    """
    environment = _environment(element)
    try:
        text.encode()
        expression = environment.compile(text)
    except UnicodeEncodeError:
        raise ExpressionError("it holds half of a character") from None
    except (RuntimeError, TypeError, ValueError) as error:
        raise _explained(str(error), text, element) from None
    from cel_expr_python.cel import Type

    given = expression.return_type()
    if given not in (Type.BOOL if kind == "bool" else Type.STRING, Type.DYN):
        wanted = "true or false" if kind == "bool" else "a text"
        raise ExpressionError(f"it must give {wanted}, and gives {given.name().lower()[:100]}")
    return Program(expression)


def _compiles_without(text: str, element: str | None, name: str) -> bool:
    try:
        _environment(element, name).compile(text)
    except RuntimeError:
        return False
    return True


def activation(facts: Mapping[str, Any], element: str | None) -> Activation:
    """``facts`` for expressions that were compiled with ``element``."""
    return _environment(element).Activation(facts)


@cache
def _environment(element: str | None, without: str | None = None) -> library.Env:
    try:
        import cel_expr_python.cel as library
        from cel_expr_python.ext import ext_bindings, ext_optional, ext_strings
    except ImportError as error:
        raise ExpressionError(f"there is no CEL engine here: {error}", hint=_INSTALL) from error
    kind = library.Type
    fields = kind.Map(kind.STRING, kind.DYN)
    types = {name: kind.List(fields) if name in EVIDENCE - {"sbom"} else fields for name in FACTS}
    types["now"] = kind.TIMESTAMP
    if element is not None:
        types[element] = fields
    types.pop(without or "", None)
    return library.NewEnv(
        variables=types,
        extensions=[ext_strings.ExtStrings(), ext_optional.ExtOptional(), ext_bindings.ExtBindings()],
    )


def _explained(message: str, expression: str, element: str | None) -> ExpressionError:
    """What is wrong, where in the expression, and what to do about the usual slips."""
    match = _PROBLEM.search(message)
    if match is None:
        return ExpressionError(_reason(message))
    line, column, text = int(match[1]), int(match[2]), match[3].replace(" (in container '')", "")
    text = text.removeprefix("Syntax error: ").removesuffix(" [INVALID_ARGUMENT]")[:300]
    place = f" (line {line}, column {column} of the expression)" if line > 0 else ""
    return ExpressionError(f"{text}{place}", hint=_hint(text, expression, element))


def _hint(problem: str, expression: str, element: str | None) -> str | None:
    if problem == "reserved identifier: package":
        return "'package' is a reserved word of CEL: the package is called pkg"
    name = re.fullmatch(r"undeclared reference to '(\w+)(\..*)?'", problem)
    each = {"pkg": "package", "attestation": "attestation", "signature": "signature"}
    if name and name[1] in each:
        return f"{name[1]} is there with 'each: {each[name[1]]}'"
    if name is None:
        return "look for a bracket, a quote or an operator there" if "input" in problem else None
    if re.search(rf"\b{name[1]}\(", expression):
        return (
            f"{name[1]} is no function of CEL; of a text there are contains, startsWith, endsWith and matches"
        )
    return f"known are {', '.join([*([element] if element else []), *FACTS])}"


def _reason(message: str) -> str:
    """The library's words without its status codes, and better ones for half of a character."""
    if "construction from null" in message:
        return "a text among the facts holds half of a character"
    match = _STATUS.fullmatch(message)
    return (match[1] if match else message)[:300]
