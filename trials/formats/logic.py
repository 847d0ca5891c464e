"""The logic of a file, put into a document as far as it makes sense there; the rest is listed with its reason."""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Any

from trials.definition import DefinitionError, read_definition
from trials.expressions import Circular, ExpressionError, Type, compile_expression
from trials.formats.foreign import Pending, as_numbers
from trials.formats.names import items_of, names_of
from trials.formats.study import FileRefused, Found

# What an item's value has to be, for the calculation that fills it.
WANTED = {"DATE": Type.DATE, "DATE_TIME": Type.DATE_TIME, "TIME": Type.TIME, "TEXT": Type.TEXT, "LONG_TEXT": Type.TEXT}
# Each costs a reading of the document.
MOST_MISFITS = 200


def settle(
    pending: Iterable[Pending], document: dict[str, Any], found: Found, no_numbers: AbstractSet[str] = frozenset()
) -> None:
    """Put every expression that compiles into its place in the document.

    Other systems compare a text with a number where ours wants to be told: such texts, save `no_numbers`, are told.
    """
    names = names_of(document)
    types = {item["oid"]: item["type"] for item in document["items"]}
    texts = {oid for oid, kind in types.items() if kind in {"TEXT", "LONG_TEXT"}} - no_numbers
    for one in pending:
        want, reason = Type.TRUTH, ""
        if one.member == "calculation":
            want = WANTED.get(types.get(one.item or "", ""), Type.NUMBER)
        for text in (one.text, as_numbers(one.text, texts)):
            try:
                compile_expression(text, names, want=want)
            except ExpressionError as error:
                reason = reason or str(error)
            else:
                one.text = one.holder[one.member] = text
                break
        else:
            found.cannot(one.place, f"{one.what} {(one.shown or one.text)!r}", reason)


def read_back(document: dict[str, Any], pending: Iterable[Pending], found: Found) -> None:
    """Read the document as the portal does, and take out what makes no sense in the form where it stands."""
    known = {(id(one.holder), one.member): one for one in pending}
    items = {item["oid"]: item for item in document["items"]}
    for _ in range(MOST_MISFITS):
        try:
            read_definition(document)
        except DefinitionError as error:
            holder, member = _culprit(document, items, error)
            one, text = known.get((id(holder), member)), holder.pop(member)
            shown = one.shown or one.text if one else text
            reason = str(error).removeprefix(f"{error.path}: ")
            found.cannot(one.place if one else error.path, f"{one.what if one else member} {shown!r}", reason)
            if "checks" in document:
                document["checks"] = [check for check in document["checks"] if "fails_when" in check]
        else:
            return
    raise FileRefused("the study", "its logic", f"More than {MOST_MISFITS} expressions make no sense.")


def _culprit(document: dict[str, Any], items: dict[str, Any], error: DefinitionError) -> tuple[dict[str, Any], str]:
    """Return the object and the member of it that hold the expression which the error is about."""
    steps = [int(step) if step.isdigit() else step for step in re.findall(r"[A-Za-z_]+|[0-9]+", error.path)]
    holder: Any = document
    for step in steps if isinstance(error.__context__, Circular) else steps[:-1]:
        holder = holder[step]
    if isinstance(error.__context__, Circular):
        return _in_circle(error.__context__.items, holder, items)
    member = str(steps[-1]) if steps else ""
    if isinstance(holder, str) or (isinstance(holder, dict) and steps[-3:-2] == ["items"] and member not in holder):
        holder = items[holder if isinstance(holder, str) else holder["oid"]]
    if member not in {"condition", "calculation", "fails_when"} or member not in holder:
        raise FileRefused(error.path, "the study", str(error).removeprefix(f"{error.path}: "))
    return holder, member


def _in_circle(circle: list[str], holder: dict[str, Any], items: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Return an expression of those that wait for each other, a calculation rather than a condition."""
    sections = holder.get("sections", [holder])
    places = [place for section in sections for place in section["items"] if isinstance(place, dict)]
    within = [one for one in [*places, *sections] if one.get("oid") in circle]
    within += [items[oid] for oid in circle if oid in items]
    for member in ("calculation", "condition"):
        for one in within:
            if member in one:
                return one, member
    raise FileRefused("the study", ", ".join(items_of({"sections": sections})[:3]), "Its logic goes round in a circle.")
