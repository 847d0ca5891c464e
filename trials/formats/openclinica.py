"""What OpenClinica adds to ODM: multiple choice, items that show only for an answer, and rules."""

import re
from typing import Any

from trials.formats.foreign import Pending
from trials.formats.odm_items import Items
from trials.formats.odm_metadata import Version
from trials.formats.odm_walk import Element, place
from trials.formats.parts import Alert, Parts

OWN = "{http://www.openclinica.org/ns/odm_ext_v130/v3.1}"
RULES = "{http://www.openclinica.org/ns/rules/v3.1}"
MOST_ROWS = 1_000
SIGNS = {"eq": "=", "ne": "<>", "lt": "<", "gt": ">", "lte": "<=", "gte": ">="}
TOKEN = re.compile(r"\"[^\"]*\"|'[^']*'|[A-Za-z_][\w.\[\]\-]*|[^\sA-Za-z_\"']+|\s+")


class OpenClinica:
    """Reads OpenClinica's elements; in a file by another system it finds none."""

    def __init__(self, parts: Parts, version: Version, items: Items) -> None:
        self.parts, self.version, self.items = parts, version, items
        self.lists: dict[str, Element] = {}
        self._added: dict[str, str | None] = {}
        if version.element is not None:
            for one in version.element.iterfind(f"{OWN}MultiSelectList"):
                self.lists[one.get("ID") or ""] = one

    def most_rows(self, group: Element) -> int:
        """Return how many rows a repeating group may have."""
        most = [one.get("RepeatMax") or "" for one in group.iter(f"{OWN}ItemGroupRepeat")]
        return max((min(int(one), MOST_ROWS) for one in most if one.isdecimal() and int(one) > 0), default=MOST_ROWS)

    def complete(self, element: Element, item: dict[str, Any]) -> None:
        """Add to an item what OpenClinica says of it."""
        reference = element.find(f"{OWN}MultiSelectListRef")
        listed = None if reference is None else self._list(reference.get("MultiSelectListID") or "")
        if listed:
            for member in ("max_length", "partial", "digits", "ranges"):
                item.pop(member, None)
            item |= {"type": "MULTIPLE", "code_list": listed}
        responses = {one.get("ResponseType") for one in element.iter(f"{OWN}ItemResponse")}
        if responses == {"textarea"} and item["type"] == "TEXT":
            item["type"] = "LONG_TEXT"
        if any(one.get("PHI") == "Yes" for one in element.iter(f"{OWN}ItemPresentInForm")):
            item["identifying"] = True

    def _list(self, oid: str) -> str | None:
        if oid not in self._added:
            element = self.lists.get(oid)
            choices: dict[str, dict[str, Any]] = {}
            for one in () if element is None else element.iterfind(f"{OWN}MultiSelectListItem"):
                code = (one.get("CodedOptionValue") or "").strip()
                if code:
                    choices.setdefault(code, {"code": code, "label": self.items.text(one.find("{*}Decode")) or code})
            self._added[oid] = self.parts.add_code_list(oid, choices.values()) if choices else None
        return self._added[oid]

    def add_logic(self, forms: list[dict[str, Any]]) -> None:
        """Let conditions and rules wait with the others."""
        names = {element.get("Name"): oid for oid, element in self.version.items.items()}
        for oid, element in self.version.items.items():
            for one in element.iter(f"{OWN}SimpleConditionalDisplay"):
                self._show_for_answer(oid, one, names)
        if self.version.element is not None:
            rules = self.version.element.find(f"{RULES}Rules")
            if rules is not None:
                self._add_rules(rules, forms)

    def _show_for_answer(self, oid: str, one: Element, names: dict[str, str]) -> None:
        """Show an item for an answer to another of its group."""
        control = (one.findtext(f"{OWN}ControlItemName") or "").strip()
        value = (one.findtext(f"{OWN}OptionValue") or "").strip()
        prefix = oid.rpartition("_")[0]
        near = [name for name in self.version.items if self.version.items[name].get("Name") == control]
        near.sort(key=lambda name: -len(_common(name, prefix)))
        where, what = place(one), f"condition {control} = {value!r}"
        if not near or oid not in self.parts.item_oids.by_source:
            self.parts.found.cannot(where, what, f"There is no item {control}.")
            return
        item = self.parts.items[self.parts.item_oids.by_source[oid]]
        self._show(item, f"{self._reference(near[0], value)}", where, what)

    def _reference(self, source: str, value: str) -> str:
        oid = self.parts.item_oids.by_source.get(source, source)
        if self.parts.items.get(oid, {}).get("type") == "MULTIPLE":
            return f"[{oid}({value})]"
        return f"[{oid}] = '{value}'"

    def _show(self, holder: dict[str, Any], text: str, where: str, what: str) -> None:
        """Add a condition, beside those that wait already."""
        for one in self.parts.pending:
            if one.holder is holder and one.member == "condition":
                one.text = f"({one.text}) or ({text})"
                return
        self.parts.pending.append(Pending(holder, "condition", text, where, what, holder.get("oid")))

    def _add_rules(self, rules: Element, forms: list[dict[str, Any]]) -> None:
        texts = {
            one.get("OID"): " ".join((one.findtext(f"{RULES}Expression") or "").split())
            for one in rules.iterfind(f"{RULES}RuleDef")
        }
        for assignment in rules.iterfind(f"{RULES}RuleAssignment"):
            target = (assignment.findtext(f"{RULES}Target") or "").strip()
            for ref in assignment.iterfind(f"{RULES}RuleRef"):
                self._add_rule(ref, target, texts.get(ref.get("OID"), ""), forms)

    def _add_rule(self, ref: Element, target: str, text: str, forms: list[dict[str, Any]]) -> None:
        found, where = self.parts.found, place(ref)
        for action in ref:
            kind = action.tag.rpartition("}")[2]
            said = self._said(text)
            if kind == "DiscrepancyNoteAction":
                item = self.parts.items.get(self._item(target) or "")
                if item is None or not said:
                    found.cannot(where, f"rule {text!r} on {target}", "There is no such item.")
                    continue
                fails = said if action.get("IfExpressionEvaluates") == "true" else f"not ({said})"
                message = " ".join((action.findtext(f"{RULES}Message") or "").split())
                self.parts.check(item, fails, Alert(where, "SOFT", message), f"not {text}")
            elif kind == "ShowAction":
                for one in action.iterfind(f"{RULES}DestinationProperty"):
                    self._show_destination(one.get("OID") or "", said, where, f"rule {text!r}", forms)
            elif kind != "HideAction":
                found.cannot(where, f"{kind} of rule {text!r}", "Rules only check and show here.")

    def _show_destination(self, target: str, said: str, where: str, what: str, forms: list[dict[str, Any]]) -> None:
        item = self._item(target)
        if item is not None:
            self._show(self.parts.items[item], said, where, what)
            return
        sections = [one for form in forms for one in form["sections"] if one["source"] == target]
        if not sections:
            self.parts.found.cannot(where, f"{what} showing {target}", "There is no such item or group.")
        for section in sections:
            self._show(section, said, where, what)

    def _item(self, path: str) -> str | None:
        """Return our OID of the item at the end of a path such as VISIT.FORM.GROUP.ITEM."""
        return self.parts.item_oids.by_source.get(path.rpartition(".")[2])

    def _said(self, text: str) -> str:
        """Return a rule in our language: words for signs, and items in brackets."""
        tokens = TOKEN.findall(text)
        words = [one for one in tokens if one.strip()]
        said: list[str] = []
        skip = 0
        for number, word in enumerate(words):
            if skip:
                skip -= 1
            elif number + 2 < len(words) and words[number + 1] in {"ct", "nct"}:
                said.append(self._contains(word, words[number + 1], words[number + 2]))
                skip = 2
            elif word in SIGNS:
                said.append(SIGNS[word])
            elif "." in word and not word[0].isdigit():
                visit, item = word.split(".")[0], self._item(word)
                known = self.version.visits.get(re.sub(r"\[.*", "", visit))
                if known is None and item:
                    reason = "It is not defined: the item is read in the visit of the form."
                    self.parts.found.cannot_often("the rules", f"visit {visit}", reason)
                said.append(f"[{visit}][{item}]" if known is not None and item else f"[{item or word}]")
            else:
                item = self._item(word)
                said.append(f"[{item}]" if item else word)
        return " ".join(said)

    def _contains(self, word: str, sign: str, value: str) -> str:
        taken = f"[{self._item(word) or word}({value.strip(chr(34) + chr(39))})]"
        return taken if sign == "ct" else f"not {taken}"


def _common(one: str, other: str) -> str:
    length = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[:length]
