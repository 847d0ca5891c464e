"""What a document's items are to an expression."""

from typing import Any

from trials.expressions import Kind, Names, Reference, Type

TYPES = {
    "TEXT": Type.TEXT,
    "LONG_TEXT": Type.TEXT,
    "INTEGER": Type.NUMBER,
    "DECIMAL": Type.NUMBER,
    "SCALE": Type.NUMBER,
    "DATE": Type.DATE,
    "TIME": Type.TIME,
    "DATE_TIME": Type.DATE_TIME,
    "CHOICE": Type.CODE,
    "MULTIPLE": Type.CODE,
    "YES_NO": Type.CODE,
}


def names_of(document: dict[str, Any]) -> Names:
    """Return the lookup that expressions of this document are compiled with."""
    codes = {row["oid"]: frozenset(choice["code"] for choice in row["choices"]) for row in document["code_lists"]}
    kinds = {item["oid"]: _kind(item, codes) for item in document["items"]}
    forms = {form["oid"]: set(items_of(form)) for form in document["forms"]}
    visits = {visit["oid"]: visit["forms"] for visit in document["visits"]}

    def names(reference: Reference) -> Kind:
        kind = kinds.get(reference.item)
        if kind is None:
            raise LookupError(f"There is no item {reference.item}.")
        if reference.visit is not None:
            if reference.visit not in visits:
                raise LookupError(f"There is no visit {reference.visit}.")
            if not any(reference.item in forms[form] for form in visits[reference.visit]):
                raise LookupError(f"Visit {reference.visit} has no item {reference.item}.")
        return kind

    return names


def items_of(form: dict[str, Any]) -> list[str]:
    """Return the OIDs of a form's items in their order."""
    places = [place for section in form["sections"] for place in section["items"]]
    return [place if isinstance(place, str) else place["oid"] for place in places]


def _kind(item: dict[str, Any], codes: dict[str, frozenset[str]]) -> Kind | None:
    if item["type"] not in TYPES:
        return None
    if item["type"] == "YES_NO":
        return Kind(Type.CODE, frozenset("YN"))
    return Kind(TYPES[item["type"]], codes.get(item.get("code_list", ""), frozenset()), item["type"] == "MULTIPLE")
