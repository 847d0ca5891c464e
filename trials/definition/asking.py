"""Which visits and forms are asked of a subject: the conditions that a version puts on them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trials.definition.classes import Form, Visit
from trials.definition.members import DefinitionError
from trials.definition.rules import compiled, kind_of
from trials.expressions import Circular, Expression, Kind, Lookup, Names, Reference, Type, in_order

if TYPE_CHECKING:
    from trials.definition.classes import Definition

# A visit and one of its forms; without the form, the visit itself.
At = tuple[str, str]


@dataclass(frozen=True)
class Asking:
    """The compiled conditions of visits and of forms at them; what has none is always asked."""

    conditions: Mapping[At, Expression]
    # For each condition, where each reference of it is read.
    reads: Mapping[At, Mapping[Reference, str]]

    def expressions_at(self, visit: str, form: str) -> list[tuple[At, Expression]]:
        """Return what must hold for the form to be asked at the visit."""
        places = ((visit, ""), (visit, form))
        return [(place, self.conditions[place]) for place in places if place in self.conditions]


def is_asked(asking: Asking, visit: str, form: str, values: Mapping[At, Lookup]) -> bool:
    """Tell whether the form is asked at the visit; `values` are what each condition reads, by its place."""
    return all(expression.holds(values.get(at, {})) for at, expression in asking.expressions_at(visit, form))


def compile_asking(definition: "Definition") -> Asking:
    """Return the conditions of the version, or raise DefinitionError at one that is wrong, or waits for itself."""
    conditions: dict[At, Expression] = {}
    for number, visit in enumerate(definition.visits):
        names = _names_at(definition, visit)
        path = f"$.visits[{number}]"
        if visit.condition:
            conditions[visit.oid, ""] = compiled(visit.condition, names, f"{path}.condition", Type.TRUTH)
        for place, form in enumerate(visit.forms):
            if form.condition:
                where = f"{path}.forms[{place}].condition"
                conditions[visit.oid, form.oid] = compiled(form.condition, names, where, Type.TRUTH)
    reads = {
        at: {one: one.visit or definition.visit_with(one.item, beside=at[0]) or at[0] for one in expression.reads}
        for at, expression in conditions.items()
    }
    _refuse_circles(definition, reads)
    return Asking(conditions, reads)


def _names_at(definition: "Definition", visit: Visit) -> Names:
    """Return what a condition at this visit may refer to: values of any visit, each once in its form."""

    def names(reference: Reference) -> Kind:
        oid = reference.item
        if oid not in definition.items:
            raise LookupError(f"There is no item {oid}.")
        if reference.visit is not None and reference.visit not in definition.visits_by_oid:
            raise LookupError(f"There is no visit {reference.visit}.")
        where = reference.visit or definition.visit_with(oid, beside=visit.oid)
        if where is None:
            raise LookupError(f"Not one visit alone has {oid}: name one, as in [visit][{oid}].")
        if not _forms_with(definition.visits_by_oid[where], oid):
            raise LookupError(f"{where} has no item {oid}.")
        return kind_of(definition.items[oid])

    return names


def _forms_with(visit: Visit, item: str) -> list[Form]:
    return [form for form in visit.forms if item in form.items]


def _refuse_circles(definition: "Definition", reads: Mapping[At, Mapping[Reference, str]]) -> None:
    """Raise DefinitionError where a form would have to be filled in to know whether it is asked."""
    needs: dict[str, set[str]] = {}
    for at, references in reads.items():
        needed = {_name(at[0], "")} if at[1] else set()
        for reference, where in references.items():
            forms = _forms_with(definition.visits_by_oid[where], reference.item)
            needed |= {_name(where, ""), *(_name(where, form.oid) for form in forms)}
        needs[_name(*at)] = needed
    try:
        in_order(needs)
    except Circular as error:
        raise DefinitionError("$.visits", f"whether it is asked waits for itself: {' → '.join(error.items)}") from None


def _name(visit: str, form: str) -> str:
    return f"{form} at {visit}" if form else visit
