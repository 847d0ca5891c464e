"""Reading the members of a document's objects; whatever is wrong is refused with its path."""

import re
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

DEFAULT_LANGUAGE = "en"
NUMBER = re.compile(r"[+-]?([0-9]{1,18}([.][0-9]{1,12})?|[.][0-9]{1,12})")
UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass
class Languages:
    """Which languages are wanted for texts, the best first, and which ones the document turned out to have."""

    wanted: tuple[str, ...]
    found: set[str] = field(default_factory=set)


class DefinitionError(ValueError):
    """The document breaks its own rules; `path` is where, as in `$.forms[2].sections[0].items[1]`."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


class Members:
    """One object of the document; each getter refuses a missing or wrong member and names its path."""

    def __init__(self, value: Any, path: str, known: AbstractSet[str], languages: Languages) -> None:
        if not isinstance(value, dict):
            raise DefinitionError(path, "must be an object")
        if unknown := sorted(set(map(str, value)) - known):
            raise DefinitionError(f"{path}.{unknown[0]}", "is not known here")
        self.value, self.path, self.languages = value, path, languages

    def refuse(self, name: str, message: str) -> DefinitionError:
        return DefinitionError(f"{self.path}.{name}", message)

    def text(self, name: str, default: str | None = None, *, longest: int = 10_000) -> str:
        value = self.value.get(name, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.refuse(name, "must be a text" + ("" if default is not None else " and given"))
        if len(value) > longest:
            raise self.refuse(name, f"must have at most {longest} characters")
        if UNFIT.search(value):
            raise self.refuse(name, "has characters that cannot be stored")
        return value

    def words(self, name: str, default: str | None = None) -> str:
        """Return a text for people in the first of the wanted languages that it has, or in whatever it has."""
        value = self.value.get(name, default)
        if not isinstance(value, dict):
            return self.text(name, default)
        texts = Members(value, f"{self.path}.{name}", frozenset(map(str, value)), self.languages)
        for language in texts.value:
            texts.text(language)
        if not value:
            raise self.refuse(name, "has no language")
        self.languages.found.update(value)
        chosen = next((language for language in self.languages.wanted if language in value), next(iter(value)))
        return str(value[chosen])

    def flag(self, name: str, default: bool = False) -> bool:  # noqa: FBT001, FBT002 -- the value of a member
        value = self.value.get(name, default)
        if not isinstance(value, bool):
            raise self.refuse(name, "must be true or false")
        return value

    def whole(self, name: str, default: int | None, *, least: int, most: int) -> Any:
        value = self.value.get(name, default)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.refuse(name, f"must be a whole number from {least} to {most}")
        return value

    def rows(self, name: str) -> Iterator[tuple[str, Any]]:
        rows = self.value.get(name, [])
        if not isinstance(rows, list):
            raise self.refuse(name, "must be a list")
        for number, row in enumerate(rows):
            yield f"{self.path}.{name}[{number}]", row

    def member(self, name: str, kinds: type[StrEnum], default: str | None = None) -> Any:
        value = self.text(name, default)
        if value not in {kind.value for kind in kinds}:
            raise self.refuse(name, "must be one of " + ", ".join(kind.value for kind in kinds))
        return kinds(value)

    def limit(self, name: str, words: str, is_one: Callable[[str], object]) -> str | None:
        """Return a text that `is_one`, or None where there is none; `words` say what it must be."""
        if name not in self.value:
            return None
        text = self.text(name)
        try:
            known = is_one(text)
        except ValueError:
            known = False
        if not known:
            raise self.refuse(name, f"must be {words} in a text")
        return text

    def number(self, name: str) -> str | None:
        return self.limit(name, "a number", NUMBER.fullmatch)
