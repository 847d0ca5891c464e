"""Conditions, methods and formal checks of an ODM 1.3 file."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from trials.expressions import ExpressionError
from trials.formats.foreign import Pending, from_plain_names, from_redcap, negated
from trials.formats.odm_metadata import Version
from trials.formats.odm_records import text as text_in
from trials.formats.odm_walk import Element, place
from trials.formats.parts import Alert, Parts

# Our own exports say so; REDCap and OpenEDC differ from ours in little.
OURS, REDCAP, OPENEDC = "edc-study/1", "redcap", "openedc"


@dataclass
class Logic:
    """Says in our language what formal expressions say, once all items are known."""

    parts: Parts
    version: Version
    visits: dict[str, str] = field(default_factory=dict)
    groups: dict[tuple[str, str], str] = field(default_factory=dict)
    checks: list[tuple[dict[str, Any], Element, Alert]] = field(default_factory=list)

    def ours(self, element: Element, where: str, what: str) -> str | None:
        """Return the first formal expression that can be said in ours, or None and a note of what there was."""
        found = self.parts.found
        expressions = [(one.get("Context") or "", _code(one)) for one in element.iterfind("{*}FormalExpression")]
        for context, text in expressions:
            if not text:
                continue
            try:
                return self._said(context.strip().lower(), text)
            except ExpressionError as error:
                found.cannot(where, f"{what} {text!r}", str(error))
                return None
            except LookupError:
                continue
        if expressions:
            context, text = expressions[0]
            found.cannot(where, f"{what} {text!r}", f"Expressions of the kind {context!r} are not known here.")
        else:
            words = text_in(element, "Description") or "".join(element.itertext()).strip()
            found.cannot(where, f"{what} {words[:200]!r}", "It is told in words alone.")
        return None

    def _said(self, context: str, text: str) -> str:
        items = self.parts.item_oids.by_source
        if context in {OURS, REDCAP}:
            return from_redcap(text, items, self.visits)
        if context in {OPENEDC, ""}:
            return from_plain_names(text, items, self.groups)
        raise LookupError(context)

    def condition(self, oid: str, user: Element) -> str | None:
        """Return when something is asked; ODM's condition says when it is not."""
        element = self.version.conditions.get(oid)
        if element is None:
            self.parts.found.refuse(place(user, key="ItemOID"), f"condition {oid}", "There is no such condition.")
            return None
        said = self.ours(element, place(element), "condition")
        return None if said is None else negated(said)

    def calculation(self, oid: str, user: Element) -> str | None:
        """Return what a method computes."""
        element = self.version.methods.get(oid)
        if element is None:
            self.parts.found.refuse(place(user, key="ItemOID"), f"method {oid}", "There is no such method.")
            return None
        if (element.get("Type") or "Computation") != "Computation":
            what = f"method {oid} of type {element.get('Type')}"
            self.parts.found.cannot(place(element), what, "Only computations are run here.")
            return None
        return self.ours(element, place(element), "method")

    def add_checks(self) -> None:
        """Add the range checks that are written as expressions, which say what must hold."""
        for item, check, alert in self.checks:
            said = self.ours(check, alert.where, "check")
            if said is not None:
                self.parts.check(item, negated(said), alert, said)


def _code(element: Element) -> str:
    """Return the text of a formal expression, also where it is in a Code as in ODM 2.0."""
    return "".join(element.itertext()).strip()


@dataclass
class Uses:
    """What the references to one item ask for, each at its place; what all agree on becomes the item's own."""

    members: list[tuple[dict[str, Any], Element]] = field(default_factory=list)

    def settle(self, item: dict[str, Any], logic: Logic) -> None:
        """Put required, condition and calculation on the item, or on the places that differ."""
        asked = [
            (ref.get("Mandatory") == "Yes", ref.get("CollectionExceptionConditionOID"), ref.get("MethodOID"))
            for _, ref in self.members
        ]
        if not asked:
            return
        if len(set(asked)) == 1:
            self._put(item, item, self.members[0][1], asked[0], logic)
            return
        for (place_of_item, ref), wanted in zip(self.members, asked, strict=True):
            self._put(place_of_item, item, ref, wanted, logic)

    @staticmethod
    def _put(
        holder: dict[str, Any],
        item: dict[str, Any],
        ref: Element,
        wanted: tuple[bool, str | None, str | None],
        logic: Logic,
    ) -> None:
        required, condition, method = wanted
        if required and item["type"] != "DESCRIPTIVE":
            holder["required"] = True
        for member, oid, say in (
            ("condition", condition, logic.condition),
            ("calculation", method, logic.calculation),
        ):
            said = say(oid, ref) if oid else None
            if said is not None:
                where = place(ref, key="ItemOID")
                logic.parts.pending.append(Pending(holder, member, said, where, f"{member} {oid}", item["oid"]))


def slim(sections: Iterable[dict[str, Any]]) -> None:
    """Write places of items that ask for nothing of their own as their OIDs."""
    for section in sections:
        section["items"] = [row if len(row) > 1 else row["oid"] for row in section["items"]]
