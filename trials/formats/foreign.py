"""Expressions of other systems written in ours; what cannot be is left out and listed."""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from trials.expressions import LONGEST, ExpressionError

REFERENCE = re.compile(r"\[([^\[\]]*)\](?:\s*\[([^\[\]]*)\])?")
INNER = re.compile(r"\s*([^()\s]+)\s*(?:\(\s*([^()]*?)\s*\))?\s*")
POWER = re.compile(r"\s*\^\s*(?:\(\s*([2-4])\s*\)|([2-4])(?![0-9.]))")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
COMMENT = re.compile(r"^\s*(//|#).*$", re.MULTILINE)
INSTANCE = re.compile(r"\s*([0-9]+|[a-z]+-instance)\s*")
WORD = re.compile(r"(?<![A-Za-z0-9_.'\"\[])[^\W\d][\w.\-]*(?![\w(])")


@dataclass
class Pending:
    """An expression that waits until the document's items are known."""

    holder: dict[str, Any]
    member: str
    text: str
    place: str
    what: str
    item: str | None = None
    shown: str = ""


def from_redcap(text: str, items: Mapping[str, str], visits: Mapping[str, str]) -> str:
    """Return REDCap's logic with our names: comments and powers spelled out, fields and events by their OIDs.

    It is refused where it reads another row of a repeat, which has no name here.
    """
    if len(text) > LONGEST:
        return text

    def renamed(match: re.Match[str]) -> str:
        first, second = match.groups()
        if second is not None and INSTANCE.fullmatch(second):
            raise ExpressionError("A certain row of a repeat has no name here.", match.start(), match.end())
        visit = None if second is None else visits.get(first.strip(), first.strip())
        inner = INNER.fullmatch(first if second is None else second)
        if inner is None:
            return match.group()
        name, code = inner.groups()
        item = items.get(name) or items.get(name.lower()) or name
        reference = f"[{item}]" if code is None else f"[{item}({code})]"
        return reference if visit is None else f"[{visit}]{reference}"

    return REFERENCE.sub(renamed, without_powers(COMMENT.sub("", text)).strip())


def from_plain_names(text: str, items: Mapping[str, str], groups: Mapping[tuple[str, str], str]) -> str:
    """Return logic that names items without brackets, alone or as `group-item`, in our notation."""

    def named(match: re.Match[str]) -> str:
        word = match.group()
        if word in items:
            return f"[{items[word]}]"
        for place in (spot.start() for spot in re.finditer("-", word)):
            if (pair := (word[:place], word[place + 1 :])) in groups:
                return f"[{groups[pair]}]"
        return word

    parts, start = [], 0
    for quoted in QUOTED.finditer(text):
        parts += [WORD.sub(named, text[start : quoted.start()]), quoted.group()]
        start = quoted.end()
    return without_powers("".join([*parts, WORD.sub(named, text[start:])]).strip())


def without_powers(text: str) -> str:
    """Return the text with small whole powers as products, for there is no power here."""
    start = 0
    # Past its longest an expression is refused anyway, and powers of powers grow fast.
    while len(text) <= LONGEST and (match := POWER.search(text, start)):
        atom = _atom_before(text, match.start())
        if atom is None:
            start = match.end()
            continue
        base = text[atom : match.start()].strip()
        product = "(" + " * ".join([base] * int(match[1] or match[2])) + ")"
        text = text[:atom] + product + text[match.end() :]
        start = atom
    return text


def _atom_before(text: str, end: int) -> int | None:
    """Return where the bracket, item or number starts that ends here."""
    end = len(text[:end].rstrip())
    if end and text[end - 1] == ")":
        depth = 0
        for place in range(end - 1, -1, -1):
            depth += {")": 1, "(": -1}.get(text[place], 0)
            if depth == 0:
                word = re.search(r"[A-Za-z_]*$", text[:place])
                return word.start() if word else place
        return None
    found = re.search(r"(\[[^\[\]]*\]\s*)?\[[^\[\]]*\]$|[0-9.]+$", text[:end])
    return found.start() if found else None


def as_numbers(text: str, texts: AbstractSet[str]) -> str:
    """Return the logic with each of these items, which are texts, told to be a number."""

    def told(match: re.Match[str]) -> str:
        first, second = match.groups()
        return f"number({match.group()})" if (first if second is None else second) in texts else match.group()

    return REFERENCE.sub(told, text)


def negated(text: str) -> str:
    """Return the opposite; of a negation what it negates."""
    inner = re.fullmatch(r"(?:!|not\b)\s*\((.*)\)", text.strip(), re.DOTALL)
    if inner and _balanced(inner.group(1)):
        return inner.group(1).strip()
    return f"not ({text.strip()})"


def _balanced(text: str) -> bool:
    depth = 0
    for sign in QUOTED.sub("", text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth < 0:
            return False
    return depth == 0
