"""What the expressions of a form come to: what is asked, what is calculated, which checks fire."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trials.definition.classes import NUMERIC, WITH_CODES, Check, Form, Item, ItemType, Section
from trials.definition.members import DefinitionError
from trials.expressions import (
    Circular,
    Expression,
    ExpressionError,
    Kind,
    Names,
    Reference,
    Type,
    compile_expression,
    in_order,
)

if TYPE_CHECKING:
    from trials.definition.classes import Definition

TYPES = {
    ItemType.TEXT: Type.TEXT,
    ItemType.LONG_TEXT: Type.TEXT,
    ItemType.FILE: Type.TEXT,
    ItemType.DATE: Type.DATE,
    ItemType.TIME: Type.TIME,
    ItemType.DATE_TIME: Type.DATE_TIME,
} | dict.fromkeys(NUMERIC, Type.NUMBER)


@dataclass(frozen=True)
class Step:
    """One thing to settle: whether `items` are asked (one, or those of a section), and the value of `item`."""

    oid: str
    items: tuple[str, ...]
    item: Item | None
    condition: Expression | None
    calculation: Expression | None


@dataclass(frozen=True)
class Rules:
    """The compiled expressions of a form. Steps come in the order in which each finds what it reads."""

    steps: tuple[Step, ...] = ()
    row_steps: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    checks: tuple[tuple[Check, Expression], ...] = ()
    # What is read from other forms.
    outside: frozenset[Reference] = frozenset()


def kind_of(item: Item) -> Kind:
    """Return what an item is to an expression; raise LookupError for one that holds no value."""
    if item.type in WITH_CODES and item.code_list:
        return Kind(Type.CODE, frozenset(item.code_list.labels), multiple=item.type == ItemType.MULTIPLE)
    if item.type not in TYPES:
        raise LookupError(f"{item.oid} only shows a text and holds no value.")
    return Kind(TYPES[item.type])


def names_in(definition: "Definition", form: Form, section: Section | None = None) -> Names:
    """Return what an expression in this form, or in this section of it that repeats, may refer to."""

    def names(reference: Reference) -> Kind:
        oid = reference.item
        if reference.visit is not None:
            visit = definition.visits_by_oid.get(reference.visit)
            if visit is None:
                raise LookupError(f"There is no visit {reference.visit}.")
            if not any(oid in there.items for there in visit.forms):
                raise LookupError(f"{visit.oid} has no item {oid}.")
            return kind_of(definition.items[oid])
        item = definition.items.get(oid)
        if item is None:
            raise LookupError(f"There is no item {oid}.")
        repeats = next((group for group in form.groups.values() if item.oid in {one.oid for one in group.items}), None)
        if repeats is not None and (section is None or repeats.oid != section.oid):
            raise LookupError(f"{oid} is in a table, with a value in each row: only its own rows can refer to it.")
        return kind_of(form.every_item.get(oid, item))

    return names


def compile_rules(definition: "Definition") -> dict[str, Rules]:
    """Return the rules of each form that has any, or raise DefinitionError at the expression that is wrong."""
    found = {form.oid: _rules_of(definition, number, form) for number, form in enumerate(definition.forms)}
    return {oid: rules for oid, rules in found.items() if rules != Rules()}


def _rules_of(definition: "Definition", number: int, form: Form) -> Rules:
    flat: list[Step] = []
    rows: dict[str, tuple[Step, ...]] = {}
    inside: dict[str, str] = {}
    for place, section in enumerate(form.sections):
        path = f"$.forms[{number}].sections[{place}]"
        own = names_in(definition, form, section if section.repeating else None)
        if section.condition:
            key, oids = section.oid or f"section {place + 1}", tuple(item.oid for item in section.items)
            inside |= dict.fromkeys(oids, key)
            condition = compiled(section.condition, names_in(definition, form), f"{path}.condition", Type.TRUTH)
            flat.append(Step(key, (key,) if section.repeating else oids, None, condition, None))
        steps = [step for n, item in enumerate(section.items) if (step := _step(item, own, f"{path}.items[{n}]"))]
        if section.repeating:
            rows[section.oid] = tuple(_ordered(steps, {}, path))
        else:
            flat += steps
    checks = tuple(
        (check, _check(definition, form, check, f"$.checks[{n}]"))
        for n, check in enumerate(definition.checks)
        if check.form == form.oid
    )
    return Rules(
        steps=tuple(_ordered(flat, inside, f"$.forms[{number}]")),
        row_steps={oid: steps for oid, steps in rows.items() if steps},
        checks=checks,
        outside=_outside(form, [*flat, *(step for steps in rows.values() for step in steps)], checks),
    )


def _step(item: Item, names: Names, path: str) -> Step | None:
    if not (item.condition or item.calculation):
        return None
    condition = compiled(item.condition, names, f"{path}.condition", Type.TRUTH) if item.condition else None
    want = Type.NUMBER if item.type in NUMERIC else None
    calculation = compiled(item.calculation, names, f"{path}.calculation", want) if item.calculation else None
    return Step(item.oid, (item.oid,), item, condition, calculation)


def _check(definition: "Definition", form: Form, check: Check, path: str) -> Expression:
    group = next((one for one in form.groups.values() if check.item in {item.oid for item in one.items}), None)
    return compiled(check.fails_when, names_in(definition, form, group), f"{path}.fails_when", Type.TRUTH)


def compiled(text: str, names: Names, path: str, want: Type | None) -> Expression:
    """Return the expression at this path of a document, or raise DefinitionError with path and place."""
    try:
        return compile_expression(text, names, want=want)
    except ExpressionError as error:
        raise DefinitionError(path, f"{error} (at character {error.start + 1})") from None


def _ordered(steps: list[Step], inside: Mapping[str, str], path: str) -> list[Step]:
    """Order steps so that each comes after what it reads; items of a section that is asked or not come after it."""
    by_oid = {step.oid: step for step in steps}
    reads = {
        step.oid: {
            *(reference.item for one in (step.condition, step.calculation) if one for reference in one.reads),
            *filter(None, [inside.get(step.oid)]),
        }
        for step in steps
    }
    try:
        return [by_oid[oid] for oid in in_order(reads)]
    except Circular as error:
        raise DefinitionError(path, str(error)) from None


def _outside(form: Form, steps: list[Step], checks: tuple[tuple[Check, Expression], ...]) -> frozenset[Reference]:
    expressions = [one for step in steps for one in (step.condition, step.calculation) if one]
    expressions += [expression for _, expression in checks]
    reads = {reference for one in expressions for reference in one.reads}
    return frozenset(one for one in reads if one.visit is not None or one.item not in form.every_item)
