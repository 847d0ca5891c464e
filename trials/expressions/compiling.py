"""From a tree to a function: types are settled once, so that an evaluation only computes.

Logic has three values (Kleene): what is missing is unknown, a comparison with it is unknown, and `unknown and no` is
no.
"""

import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from trials.expressions.functions import (
    EXACT,
    OF_MANY,
    ROUNDING,
    SECONDS,
    compare_moments,
    difference,
    finite,
    rounded,
)
from trials.expressions.kinds import Kind, Names, Type, Value, number
from trials.expressions.parsing import ExpressionError, Node, Reference, parse
from trials.expressions.running import (
    ORDERED,
    Key,
    Lookup,
    Part,
    Run,
    code_meant,
    compared,
    decided,
    stored_number,
    stored_text,
    taken,
    wrong,
)

MOST_PLACES = 12
MOMENTS = {
    Type.DATE: re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?"),
    Type.TIME: re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?"),
    Type.DATE_TIME: re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?)?)?"),
}


@dataclass(frozen=True)
class Expression:
    """A compiled expression: `run` gives its value for stored values, never raising whatever they are."""

    text: str
    type: Type
    reads: frozenset[Reference]
    run: Callable[[Lookup], Value]

    def holds(self, values: Lookup) -> bool:
        """Tell whether it is true; what is unknown is not."""
        return self.run(values) is True


def compile_expression(text: str, names: Names, *, want: Type | None = None) -> Expression:
    """Return the expression over the items that `names` knows; raise ExpressionError with place and words.

    `want` is the type that it must have: a check and a condition are yes or no, a calculation usually a number.
    """
    tree = parse(text)
    compiler = _Compiler(names)
    if want is Type.NUMBER:
        part = Part(Kind(Type.NUMBER), compiler.number(tree))
    elif want is Type.TRUTH:
        part = Part(Kind(Type.TRUTH), compiler.truth(tree))
    else:
        part = compiler.part(tree)
        if want is not None and part.kind.type is not want:
            raise wrong(tree, f"This is {part.kind.type.words}, and {want.words} is needed.")
    reads = {node.value for node in tree.walk() if node.kind == "reference"}
    return Expression(text, part.kind.type, frozenset(reads), part.run)


class _Compiler:
    """Makes the function of each part; a method for each kind of node."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def part(self, node: Node) -> Part:
        made: Part = getattr(self, f"_{node.kind}")(node)
        return made

    def number(self, node: Node) -> Run:
        """Return the part as a number: also a number in quotes, and a choice whose codes are numbers."""
        if node.kind == "text":
            value = number(node.value)
            if value is None and node.value:
                raise wrong(node, "A number is needed here, and this is a text.")
            return lambda _values: value
        if node.kind == "call" and node.value == "if":
            return self._if_of(node, self.number)
        part = self.part(node)
        if part.kind.type is Type.NUMBER:
            return part.run
        if part.kind.is_score and not part.kind.multiple:
            inner = part.run
            return lambda values: None if (text := inner(values)) is None else number(text)
        raise wrong(node, f"A number is needed here, and this is {self._words(part.kind)}.")

    def truth(self, node: Node) -> Run:
        part = self.part(node)
        if part.kind.type is not Type.TRUTH:
            raise wrong(node, f"Yes or no is needed here, and this is {self._words(part.kind)}: compare it.")
        return part.run

    @staticmethod
    def _words(kind: Kind) -> str:
        return "a choice of several; name one, as in [item(code)]" if kind.multiple else kind.type.words

    def _number(self, node: Node) -> Part:
        value = node.value
        return Part(Kind(Type.NUMBER), lambda _values: value)

    def _text(self, node: Node) -> Part:
        value = node.value or None
        return Part(Kind(Type.TEXT), lambda _values: value)

    def _truth(self, node: Node) -> Part:
        value = node.value
        return Part(Kind(Type.TRUTH), lambda _values: value)

    def _reference(self, node: Node) -> Part:
        reference: Reference = node.value
        try:
            kind = self.names(reference)
        except LookupError as error:
            raise wrong(node, str(error.args[0])) from None
        key: Key = (reference.visit, reference.item)
        if reference.code is not None:
            return Part(Kind(Type.TRUTH), taken(node, kind, key, reference.code))
        if kind.type is Type.NUMBER:
            return Part(kind, stored_number(key))
        if kind.multiple:
            return Part(kind, lambda values: values.get(key) or None)
        return Part(kind, stored_text(key))

    def _not(self, node: Node) -> Part:
        inner = self.truth(node.parts[0])
        return Part(Kind(Type.TRUTH), lambda values: None if (value := inner(values)) is None else not value)

    def _and(self, node: Node) -> Part:
        return Part(Kind(Type.TRUTH), decided([self.truth(part) for part in node.parts], by=False))

    def _or(self, node: Node) -> Part:
        return Part(Kind(Type.TRUTH), decided([self.truth(part) for part in node.parts], by=True))

    def _negate(self, node: Node) -> Part:
        inner = self.number(node.parts[0])
        return Part(Kind(Type.NUMBER), lambda values: None if (value := inner(values)) is None else value.copy_negate())

    def _sum(self, node: Node) -> Part:
        return self._arithmetic(node, {"+": EXACT.add, "-": EXACT.subtract})

    def _product(self, node: Node) -> Part:
        return self._arithmetic(node, {"*": EXACT.multiply, "/": EXACT.divide})

    def _arithmetic(self, node: Node, ways: Mapping[str, Callable[[Decimal, Decimal], Decimal]]) -> Part:
        first, *others = (self.number(part) for part in node.parts)
        steps = [(ways[sign], run) for sign, run in zip(node.value[1:], others, strict=True)]

        def run(values: Lookup) -> Decimal | None:
            result: Decimal | None = first(values)
            for way, step in steps:
                other = step(values)
                if result is None or other is None:
                    return None
                result = finite(way(result, other))
            return result

        return Part(Kind(Type.NUMBER), run)

    def _compare(self, node: Node) -> Part:
        left, right = node.parts
        if left.kind == "text":
            mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(node.value, node.value)
            left, right, sign = right, left, mirrored
        else:
            sign = node.value
        if right.kind == "text" and not right.value:
            return Part(Kind(Type.TRUTH), self._blank_test(node, left, sign))
        return Part(Kind(Type.TRUTH), self._comparison(node, left, right, sign))

    def _blank_test(self, node: Node, asked: Node, sign: str) -> Run:
        if sign not in {"=", "<>"}:
            raise wrong(node, "Only = and <> compare with an empty text.")
        inner, blank = self.part(asked).run, sign == "="
        return lambda values: (inner(values) is None) is blank

    def _comparison(self, node: Node, left: Node, right: Node, sign: str) -> Run:
        one = self.part(left)
        kind = one.kind.type
        if kind is Type.TRUTH:
            return self._same_truth(node, one, right, sign)
        if kind is Type.CODE:
            return self._compare_choice(node, left, right, sign)
        if kind is Type.NUMBER:
            return compared(one.run, self.number(right), ORDERED[sign])
        if kind is Type.TEXT:
            return self._compare_text(node, one, right, sign)
        return self._compare_moments(node, one, right, sign)

    def _same_truth(self, node: Node, one: Part, right: Node, sign: str) -> Run:
        """Allow `[item(code)] = '1'`, as REDCap writes it."""
        if sign not in {"=", "<>"}:
            raise wrong(node, "Yes or no has no order: use = or <>.")
        if right.kind in {"text", "number"}:
            if str(right.value) not in {"0", "1"}:
                raise wrong(right, "Yes is 1 and no is 0 here.")
            answer = str(right.value) == "1"
            return compared(one.run, lambda _values: answer, ORDERED[sign])
        return compared(one.run, self.truth(right), ORDERED[sign])

    def _compare_choice(self, node: Node, left: Node, right: Node, sign: str) -> Run:
        one = self.part(left)
        if one.kind.multiple:
            raise wrong(left, "Several choices may be taken: name one, as in [item(code)].")
        if right.kind in {"text", "number"} and sign in {"=", "<>"}:
            code = code_meant(one.kind, str(right.value))
            if code is None:
                raise wrong(right, f"There is no choice {str(right.value)!r}.")
            return compared(one.run, lambda _values: code, ORDERED[sign])
        other = None if right.kind == "text" else self.part(right)
        if other and other.kind.type is Type.CODE and sign in {"=", "<>"} and not other.kind.multiple:
            return compared(one.run, other.run, ORDERED[sign])
        if not one.kind.is_score:
            raise wrong(node, "Choices whose codes are no numbers have no order: use = or <>.")
        return compared(self.number(left), self.number(right), ORDERED[sign])

    def _compare_text(self, node: Node, one: Part, right: Node, sign: str) -> Run:
        other = self.part(right)
        if other.kind.type is not Type.TEXT:
            raise wrong(node, f"A text cannot be compared with {self._words(other.kind)}.")
        if sign not in {"=", "<>"}:
            raise wrong(node, "Texts have no order: use = or <>.")
        return compared(one.run, other.run, ORDERED[sign])

    def _compare_moments(self, node: Node, one: Part, right: Node, sign: str) -> Run:
        kind = one.kind.type
        if right.kind == "text":
            written = right.value.strip()
            if not MOMENTS[kind].fullmatch(written):
                raise wrong(right, f"Write {kind.words} as year-month-day, or hours:minutes, not {right.value!r}.")
            literal = written.replace(" ", "T")
            other, length = Part(one.kind, lambda _values: literal), len(literal)
        else:
            other, length = self.part(right), 0
            dates = {Type.DATE, Type.DATE_TIME}
            if other.kind.type is not kind and not {other.kind.type, kind} <= dates:
                raise wrong(node, f"{kind.words.capitalize()} cannot be compared with {self._words(other.kind)}.")
        cut = 10 if Type.DATE in {kind, other.kind.type} or length == 10 else 19
        test = ORDERED[sign]

        def run(values: Lookup) -> bool | None:
            first, second = one.run(values), other.run(values)
            if first is None or second is None:
                return None
            order = compare_moments(first[:cut], second[:cut])
            return None if order is None else test(order, 0)

        return run

    def _call(self, node: Node) -> Part:
        name = node.value
        if name == "if":
            return self._if(node)
        if name == "isblank":
            (asked,) = self._arguments(node, 1, 1)
            inner = self.part(asked).run
            return Part(Kind(Type.TRUTH), lambda values: inner(values) is None)
        if name in OF_MANY:
            return Part(Kind(Type.NUMBER), self._of_many(node))
        if name in ROUNDING:
            return Part(Kind(Type.NUMBER), self._rounding(node))
        if name == "abs":
            (asked,) = self._arguments(node, 1, 1)
            inner = self.number(asked)
            return Part(
                Kind(Type.NUMBER), lambda values: None if (value := inner(values)) is None else value.copy_abs()
            )
        if name == "datediff":
            return Part(Kind(Type.NUMBER), self._difference(node))
        if name == "number":
            (asked,) = self._arguments(node, 1, 1)
            return Part(Kind(Type.NUMBER), self._number_in(asked))
        raise ExpressionError(f"There is no function {name}().", node.start, node.start + len(name))

    def _number_in(self, asked: Node) -> Run:
        """Return the number that a text spells; of any other part what counts as a number anyway."""
        part = self.part(asked)
        if part.kind.type is not Type.TEXT:
            return self.number(asked)
        inner = part.run
        return lambda values: None if (text := inner(values)) is None else number(text)

    @staticmethod
    def _arguments(node: Node, least: int, most: int) -> tuple[Node, ...]:
        if not least <= len(node.parts) <= most:
            count = str(least) if least == most else f"{least} to {most}"
            raise wrong(node, f"{node.value}() takes {count} values.")
        return node.parts

    def _if(self, node: Node) -> Part:
        _, yes, no = self._arguments(node, 3, 3)
        blank = [part.kind == "text" and not part.value for part in (yes, no)]
        shown = self.part(no if blank[0] else yes).kind
        other = self.part(yes if blank[1] else no).kind
        if shown.type is other.type and not shown.multiple and not other.multiple:
            kind = Kind(shown.type, shown.codes | other.codes)
            return Part(kind, self._if_of(node, lambda part: self.part(part).run))
        return Part(Kind(Type.NUMBER), self._if_of(node, self.number))

    def _if_of(self, node: Node, make: Callable[[Node], Run]) -> Run:
        condition, yes, no = self._arguments(node, 3, 3)
        test, then, otherwise = self.truth(condition), make(yes), make(no)

        def run(values: Lookup) -> Any:
            answer = test(values)
            return None if answer is None else then(values) if answer else otherwise(values)

        return run

    def _of_many(self, node: Node) -> Run:
        runs = [self.number(part) for part in self._arguments(node, 1, 1_000)]
        way = OF_MANY[node.value]

        def run(values: Lookup) -> Decimal | None:
            found = [value for one in runs if (value := one(values)) is not None]
            return way(found) if found else None

        return run

    def _rounding(self, node: Node) -> Run:
        asked, *more = self._arguments(node, 1, 2)
        places = self._literal(more[0], {str(n) for n in range(MOST_PLACES + 1)}) if more else "0"
        inner, digits, how = self.number(asked), int(places), node.value
        return lambda values: None if (value := inner(values)) is None else rounded(value, digits, how)

    def _difference(self, node: Node) -> Run:
        first, second, unit_node, *more = self._arguments(node, 3, 5)
        unit, signed = self._literal(unit_node, set(SECONDS)), False
        for option in more:
            if option.kind == "truth":
                signed = option.value
            else:
                # The order of day and month on the screen; what is stored is ISO 8601 whatever it was.
                self._literal(option, {"ymd", "mdy", "dmy"})
        start, end = self._moment(first), self._moment(second)

        def run(values: Lookup) -> Decimal | None:
            begun, ended = start(values), end(values)
            return None if begun is None or ended is None else difference(begun, ended, unit, signed=signed)

        return run

    def _moment(self, node: Node) -> Run:
        if node.kind == "text":
            written = node.value.strip().replace(" ", "T")
            if not MOMENTS[Type.DATE_TIME].fullmatch(written):
                raise wrong(node, f"Write a date as year-month-day, not {node.value!r}.")
            return lambda _values: written
        part = self.part(node)
        if part.kind.type not in {Type.DATE, Type.DATE_TIME}:
            raise wrong(node, f"A date is needed here, and this is {self._words(part.kind)}.")
        return part.run

    @staticmethod
    def _literal(node: Node, allowed: AbstractSet[str]) -> str:
        if node.kind not in {"text", "number"} or str(node.value) not in allowed:
            raise wrong(node, "Write one of " + ", ".join(sorted(allowed, key=lambda word: (len(word), word))) + ".")
        return str(node.value)
