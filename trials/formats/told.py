"""What the portal's own ODM files note beside a part, where ODM has no place for it: an alias of our own."""

import json
from typing import Any

from trials.definition import SCHEMA, ItemType
from trials.formats.odm_walk import Element


def told(element: Element) -> dict[str, Any]:
    """Return the members of a part that its alias holds; nothing for a file by another system."""
    for alias in element.iterfind("{*}Alias"):
        if alias.get("Context") == SCHEMA:
            try:
                members = json.loads(alias.get("Name") or "{}")
            except (ValueError, RecursionError):
                return {}
            return members if isinstance(members, dict) else {}
    return {}


def wanted_oid(element: Element) -> str:
    """Return what a part is called here, where the file calls it otherwise."""
    oid = told(element).get("oid")
    return oid if isinstance(oid, str) else ""


def complete(member: dict[str, Any], members: dict[str, Any]) -> dict[str, Any]:
    """Add to a part what its alias says of it."""
    own = {name: value for name, value in members.items() if name not in {"oid", "source", "item", "of"}}
    if "type" in own:
        # A text is not long because its length is given.
        member.pop("max_length", None)
        if own["type"] not in ItemType.__members__:
            del own["type"]
    return {**member, **own}


def box_of(choice: Element) -> dict[str, str]:
    """Return the name under which a choice is an item of its own in the file, if it is one."""
    source = told(choice).get("source")
    return {"source": source} if isinstance(source, str) else {}
