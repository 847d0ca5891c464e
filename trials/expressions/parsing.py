"""From text to a tree. The surface is REDCap's; there are no attributes, loops, patterns or powers."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, cast

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, UnexpectedToken, VisitError

LONGEST, DEEPEST, MOST_NODES = 4_000, 50, 1_000

GRAMMAR = r"""
?start: either
?either: both (_OR both)+ -> either | both
?both: inverse (_AND inverse)+ -> both | inverse
?inverse: _NOT inverse -> inverse | comparison
?comparison: sum COMPARE sum -> compare | sum
?sum: product (PLUS product)+ -> sum | product
?product: signed (TIMES signed)+ -> product | signed
?signed: PLUS signed -> signed | atom
?atom: NUMBER -> number
    | TEXT -> text
    | TRUTH -> truth
    | reference
    | WORD "(" [either ("," either)*] ")" -> call
    | "(" either ")"
reference: "[" NAME "]" -> item
    | "[" NAME "(" CODE ")" "]" -> chosen
    | "[" NAME "]" "[" NAME "]" -> item
    | "[" NAME "]" "[" NAME "(" CODE ")" "]" -> chosen

_OR.2: /or(?![A-Za-z0-9_])/i | "||"
_AND.2: /and(?![A-Za-z0-9_])/i | "&&"
_NOT.2: /not(?![A-Za-z0-9_])/i | "!"
TRUTH.2: /(true|false)(?![A-Za-z0-9_])/i
COMPARE.3: "<>" | "!=" | "<=" | ">=" | "==" | "=" | "<" | ">"
PLUS: "+" | "-"
TIMES: "*" | "/"
NUMBER: /[0-9]{1,30}(\.[0-9]{1,30})?/ | /\.[0-9]{1,30}/
TEXT: /'[^']*'/ | /"[^"]*"/
WORD.-1: /[A-Za-z_]+/
NAME: /[A-Za-z0-9_][A-Za-z0-9_.\-]*/
CODE.-1: /[^()\[\]\s][^()\[\]]*/
%ignore /[ \t\r\n\f\xa0]+/
"""


class ExpressionError(ValueError):
    """The text is not an expression, or makes no sense for these items; `start` and `end` are where, from 0."""

    def __init__(self, message: str, start: int = 0, end: int | None = None) -> None:
        super().__init__(message)
        self.start, self.end = start, start + 1 if end is None else end


@dataclass(frozen=True)
class Reference:
    """`[item]`, `[visit][item]`, and the same with `(code)`: whether this choice was taken."""

    item: str
    visit: str | None = None
    code: str | None = None

    def __str__(self) -> str:
        inner = self.item if self.code is None else f"{self.item}({self.code})"
        return f"[{inner}]" if self.visit is None else f"[{self.visit}][{inner}]"


@dataclass(frozen=True)
class Node:
    """A part of an expression: `kind` says what `value` and `parts` are; `start` and `end` where it was written."""

    kind: str
    value: Any
    parts: tuple["Node", ...]
    start: int
    end: int
    depth: int
    size: int

    def walk(self) -> Iterator["Node"]:
        """Yield this part and all within."""
        yield self
        for part in self.parts:
            yield from part.walk()


def parse(text: str) -> Node:
    """Return the tree of an expression, or raise ExpressionError with the place."""
    if len(text) > LONGEST:
        raise ExpressionError(f"An expression has at most {LONGEST:,} characters.", LONGEST, len(text))
    try:
        tree = cast("Node", _parser().parse(text))
    except VisitError as error:
        if isinstance(error.orig_exc, ExpressionError):
            raise error.orig_exc from None
        raise
    except UnexpectedInput as error:
        raise _explained(error, text) from None
    return tree


def _explained(error: UnexpectedInput, text: str) -> ExpressionError:
    """Say what is wrong in words; the parser's own name what it expected, in its own terms."""
    place = error.pos_in_stream or 0
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return ExpressionError("The expression ends too early." if text.strip() else "Write an expression.", len(text))
    if text[place] == "^":
        return ExpressionError("There is no power here: multiply instead.", place)
    if text[place] in "'\"":
        return ExpressionError("This text has no closing quote.", place, len(text))
    word = (text[place:].split(maxsplit=1) or [text[place:]])[0][:20]
    return ExpressionError(f"{word!r} does not fit here.", place, place + len(word))


@v_args(inline=True)
class _Build(Transformer[Token, Node]):
    """Make nodes while the text is read, and stop at once where it goes too far."""

    def number(self, token: Token) -> Node:
        return _leaf("number", Decimal(str(token)), token)

    def text(self, token: Token) -> Node:
        return _leaf("text", str(token)[1:-1], token)

    def truth(self, token: Token) -> Node:
        return _leaf("truth", str(token).lower() == "true", token)

    def item(self, *names: Token) -> Node:
        visit = str(names[0]) if len(names) == 2 else None
        return _leaf("reference", Reference(str(names[-1]), visit), names[0], names[-1])

    def chosen(self, *names: Token) -> Node:
        visit = str(names[0]) if len(names) == 3 else None
        reference = Reference(str(names[-2]), visit, str(names[-1]).strip())
        return _leaf("reference", reference, names[0], names[-1])

    def call(self, word: Token, *arguments: Node | None) -> Node:
        given = [part for part in arguments if part is not None]
        return _branch("call", str(word).lower(), given, start=word.start_pos or 0)

    def either(self, *parts: Node) -> Node:
        return _branch("or", None, parts)

    def both(self, *parts: Node) -> Node:
        return _branch("and", None, parts)

    def inverse(self, part: Node) -> Node:
        return _branch("not", None, [part])

    def compare(self, left: Node, sign: Token, right: Node) -> Node:
        return _branch("compare", {"!=": "<>", "==": "="}.get(str(sign), str(sign)), [left, right])

    def signed(self, sign: Token, part: Node) -> Node:
        return _branch("negate", None, [part]) if sign == "-" else part

    def sum(self, *parts: Any) -> Node:
        return _branch("sum", ("+", *map(str, parts[1::2])), parts[::2])

    def product(self, *parts: Any) -> Node:
        return _branch("product", ("*", *map(str, parts[1::2])), parts[::2])


def _leaf(kind: str, value: Any, first: Token, last: Token | None = None) -> Node:
    return Node(kind, value, (), first.start_pos or 0, (last or first).end_pos or 0, 1, 1)


def _branch(kind: str, value: Any, parts: Any, start: int | None = None) -> Node:
    parts = tuple(parts)
    first = parts[0].start if start is None else start
    end = parts[-1].end if parts else first + len(str(value))
    depth = 1 + max((part.depth for part in parts), default=0)
    size = 1 + sum(part.size for part in parts)
    if depth > DEEPEST:
        raise ExpressionError(f"An expression is nested at most {DEEPEST} deep.", first, end)
    if size > MOST_NODES:
        raise ExpressionError(f"An expression has at most {MOST_NODES:,} parts.", first, end)
    return Node(kind, value, parts, first, end, depth, size)


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="contextual", transformer=_Build(), maybe_placeholders=False)
