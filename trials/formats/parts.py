"""The parts of a document while a file is read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from audit.triggers import COLUMNS_OF_CAPTURES
from trials.definition import SCHEMA, ItemType
from trials.definition.classes import NUMERIC
from trials.definition.reading import LIMITS
from trials.expressions import ExpressionError
from trials.formats.fields import Field, item_of
from trials.formats.foreign import Pending, from_redcap
from trials.formats.logic import read_back, settle
from trials.formats.names import items_of
from trials.formats.oids import Oids, with_source
from trials.formats.study import Found
from trials.formats.texts import Text


def is_limit(kind: ItemType, value: str) -> bool:
    """Tell whether values of such items can be compared with this one."""
    try:
        return bool(LIMITS[kind][1](value))
    except ValueError:
        return False


@dataclass(frozen=True)
class Alert:
    """How a check speaks up: where the file has it, whether it only prompts, and its words."""

    where: str
    severity: str = "SOFT"
    message: Text = ""


class Parts:
    """Items, code lists and checks, each with an OID of its own; expressions wait until all items are there."""

    def __init__(self, found: Found) -> None:
        self.found = found
        self.items: dict[str, dict[str, Any]] = {}
        self.code_lists: list[dict[str, Any]] = []
        self.missing_codes: list[dict[str, Any]] = []
        self.checks: list[dict[str, Any]] = []
        self.pending: list[Pending] = []
        self.item_oids = Oids(COLUMNS_OF_CAPTURES)
        self.list_oids, self.check_oids = Oids(), Oids()
        self._fields: list[tuple[Field, dict[str, Any]]] = []
        self._alike: dict[tuple[Any, ...], str] = {}
        # Texts that hold numbers which are not written as ours are.
        self.no_numbers: set[str] = set()

    def add_code_list(self, name: str, choices: Iterable[dict[str, Any]], *, shared: bool = False) -> str:
        """Add a code list and return its OID; a shared one is added once."""
        rows = list(choices)
        alike = tuple((row["code"], str(row["label"])) for row in rows)
        if shared and alike in self._alike:
            return self._alike[alike]
        oid = self.list_oids.new(name)
        self._alike[alike] = oid
        self.code_lists.append({"oid": oid, "name": name, "choices": rows})
        return oid

    def add_field(self, field: Field) -> str:
        """Add the item of a REDCap field, with its choices, limits, logic and calculation; return its OID."""
        oid = self.item_oids.of(field.name)
        item, choices = item_of(field, oid, self.found)
        with_source(item, field.name)
        if item["type"] in {"CHOICE", "MULTIPLE"}:
            rows: list[dict[str, Any]] = [{"code": code, "label": label or code} for code, label in choices]
            for row, source in zip(rows, field.sources, strict=False):
                row["source"] = source
            shared = field.type in {"yesno", "truefalse"} or field.name.endswith("_complete")
            names = {"yesno": "Yes or no", "truefalse": "True or false"}
            name = names.get(field.type, "Form status" if shared else field.name)
            item["code_list"] = self.add_code_list(name, rows, shared=shared)
        if field.validation.endswith("comma_decimal"):
            self.no_numbers.add(oid)
        if item["type"] != "SCALE":
            for sign, limit in ((">=", field.least), ("<=", field.most)):
                self.limit(item, sign, limit.strip(), Alert(field.where))
        self.items[oid] = item
        self._fields.append((field, item))
        return oid

    def limit(self, item: dict[str, Any], sign: str, value: str, alert: Alert) -> None:
        """Let an item be at least, at most, above or below a value: by a range if that can say it, else a check."""
        if not value:
            return
        kind, shown = ItemType(item["type"]), f"{sign} {value}"
        opposite = {">=": "<", "<=": ">", ">": "<=", "<": ">="}[sign]
        if kind in {"TEXT", "LONG_TEXT"} and is_limit(ItemType.DECIMAL, value) and item["oid"] not in self.no_numbers:
            self.check(item, f"number([{item['oid']}]) {opposite} {value}", alert, shown)
        elif kind == "CHOICE" and is_limit(ItemType.DECIMAL, value):
            self.check(item, f"[{item['oid']}] {opposite} {value}", alert, shown)
        elif kind not in LIMITS:
            self.found.cannot(alert.where, f"limit {shown}", f"An item of type {kind} has no limits.")
        elif is_limit(kind, value) and sign in {">=", "<="}:
            self._add_range(item, "min" if sign == ">=" else "max", value, alert)
        elif is_limit(kind, value):
            self.check(item, f"[{item['oid']}] {opposite} '{value}'", alert, shown)
        elif "[" in value:
            self.check(item, f"[{item['oid']}] {opposite} {value}", alert, shown)
        else:
            reason = f"It must be {LIMITS[kind][0]}, or another item."
            self.found.cannot(alert.where, f"limit {shown}", reason)

    @staticmethod
    def _add_range(item: dict[str, Any], end: str, value: str, alert: Alert) -> None:
        """Add one end of a range, to the range of the other end where it has none yet and both can be met."""
        ranges, kind = item.setdefault("ranges", []), ItemType(item["type"])
        for one in ranges:
            same = one["severity"] == alert.severity and one.get("message", "") == alert.message
            if same and end not in one:
                both = {**one, end: value}
                low, high = (Decimal(both[side]) if kind in NUMERIC else both[side] for side in ("min", "max"))
                if low <= high:
                    one[end] = value
                    return
        ranges.append({end: value, "severity": alert.severity} | ({"message": alert.message} if alert.message else {}))

    def check(self, item: dict[str, Any], fails_when: str, alert: Alert, shown: str) -> None:
        """Add a check that shows at an item, in every form that has it; `shown` says what it expects."""
        self.checks.append(
            {
                "item": item["oid"],
                "name": f"{item['name']}: {shown}"[:200],
                "fails_when": fails_when,
                "message": alert.message or f"Expected: {shown}.",
                "severity": alert.severity,
                "where": alert.where,
            }
        )

    def add_logic(self, items: Mapping[str, str], visits: Mapping[str, str]) -> None:
        """Let the branching and the calculations of all fields wait, with fields and events by their OIDs."""
        for field, item in self._fields:
            for member, text, what in (
                ("condition", field.branching, "branching"),
                ("calculation", field.calculation, "calculation"),
            ):
                shown = text.strip()
                if not shown:
                    continue
                try:
                    ours = from_redcap(shown, items, visits)
                except ExpressionError as error:
                    self.found.cannot(field.where, f"{what} {shown!r}", str(error))
                    continue
                self.pending.append(Pending(item, member, ours, field.where, what, item["oid"], shown))

    def document(self, head: dict[str, Any], forms: list[Any], visits: list[Any]) -> dict[str, Any]:
        """Return the whole document; what does not compile is listed and left out."""
        document = {
            "schema": SCHEMA,
            **head,
            "arms": head.get("arms", []),
            "visits": visits,
            "forms": forms,
            "items": list(self.items.values()),
            "code_lists": self.code_lists,
        }
        if self.missing_codes:
            document["missing_codes"] = self.missing_codes
        checks = [row for form in forms for row in self._checks_of(form)]
        settle(self.pending, document, self.found, self.no_numbers)
        if kept := [check for check in checks if "fails_when" in check]:
            document["checks"] = kept
        read_back(document, self.pending, self.found)
        return document

    def _checks_of(self, form: dict[str, Any]) -> list[dict[str, Any]]:
        inside, made = set(items_of(form)), []
        for check in self.checks:
            if check["item"] in inside:
                row = {
                    "oid": self.check_oids.new(f"{form['oid']}.{check['item']}"),
                    "form": form["oid"],
                    **{name: check[name] for name in ("name", "item", "message", "severity")},
                }
                self.pending.append(Pending(row, "fails_when", check["fails_when"], check["where"], "check"))
                made.append(row)
        return made
