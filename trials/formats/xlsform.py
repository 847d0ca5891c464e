"""XLSForm: a spreadsheet whose rows are questions, as ODK and KoBo have them."""

import re
from typing import Any

from trials.formats.foreign import QUOTED, Pending
from trials.formats.oids import with_source
from trials.formats.parts import Alert, Parts
from trials.formats.places import IMPLIED_VISIT
from trials.formats.spreadsheet import sheets_of
from trials.formats.study import Counts, FileRefused, Found, StudyFile
from trials.formats.texts import Text, main_language, text_of

TYPES = {
    **dict.fromkeys(("text", "string", "barcode", "hidden"), "TEXT"),
    **dict.fromkeys(("integer", "int"), "INTEGER"),
    **dict.fromkeys(("decimal", "calculate"), "DECIMAL"),
    "note": "DESCRIPTIVE",
    "date": "DATE",
    "time": "TIME",
    "datetime": "DATE_TIME",
    "acknowledge": "CHOICE",
    "trigger": "CHOICE",
}
# What a device notes by itself.
NOTED = {"start", "end", "today", "deviceid", "subscriberid", "simserial", "phonenumber", "username", "email", "audit"}
FILES = {"image", "audio", "video", "file", "background-audio"}
ONE = re.compile(r"(select[_ ]one(?: from)?|select1)\s+(\S+)(\s+or_other)?", re.IGNORECASE)
MANY = re.compile(r"(select[_ ]multiple(?: from)?|select all that apply from)\s+(\S+)(\s+or_other)?", re.IGNORECASE)
BEGIN = re.compile(r"begin[_ ](group|repeat)", re.IGNORECASE)
END = re.compile(r"end[_ ](group|repeat)", re.IGNORECASE)
REFERENCE = re.compile(r"\$\{\s*([^{}\s]+)\s*\}")
SELECTED = re.compile(r"selected\s*\(\s*(\$\{[^{}]+\}|\.)\s*,\s*(?:'([^'()\[\]]*)'|\"([^\"()\[\]]*)\")\s*\)")
ITSELF = re.compile(r"(?<![\w.\])}'\"])\.(?![\w.])")
CODES = {"english": "en", "french": "fr", "german": "de", "spanish": "es", "portuguese": "pt", "russian": "ru"}
CODES |= {"chinese": "zh", "arabic": "ar", "swahili": "sw", "hindi": "hi", "italian": "it"}
# Columns that ask for something which is not done here.
ASKING = {"choice_filter": "choices that depend on an answer", "repeat_count": "a number of rows"}

Row = dict[str, str]


def read_xlsform(data: bytes, name: str) -> StudyFile:
    """Return the study version of one form, whose questions are in the sheet `survey`."""
    sheets = sheets_of(data)
    if "survey" not in sheets:
        raise FileRefused("the spreadsheet", "its sheets", "An XLSForm has a sheet that is called survey.")
    reader = _Reader(sheets)
    settings = next(iter(_rows(sheets.get("settings", []))), (0, {}))[1]
    title = settings.get("form_title") or settings.get("form_id") or name or "A form"
    form = {"oid": "FORM", "name": title[:200], "sections": reader.sections()}
    with_source(form, settings.get("form_id") or settings.get("id_string") or "FORM")
    reader.add_logic()
    visit = {"oid": IMPLIED_VISIT, "name": "All forms", "forms": ["FORM"]}
    document = reader.parts.document({"name": title[:200], "language": reader.language}, [form], [visit])
    found, counts = reader.parts.found, reader.counts
    counts.forms, counts.groups, counts.items = 1, len(form["sections"]), len(document["items"])
    counts.code_lists = len(document["code_lists"])
    counts.choices = sum(len(row["choices"]) for row in document["code_lists"])
    return StudyFile("XLSForm", document, found.refused, found.all_unsupported(), counts)


def _rows(rows: list[list[str]]) -> list[tuple[int, Row]]:
    """Return the rows below the heads, each with its number."""
    heads = [head.strip().lower().replace("list name", "list_name") for head in rows[0]] if rows else []
    made = [(number, dict(zip(heads, row, strict=False))) for number, row in enumerate(rows[1:], 2)]
    return [(number, {head: cell for head, cell in row.items() if cell and head}) for number, row in made]


def _language(head: str) -> str | None:
    """Return the language of a column such as `label::English (en)`."""
    _, _, tail = head.replace("#", "::").partition("::")
    if not tail:
        return None
    code = re.search(r"\(([a-z]{2,3}(?:-[\w-]+)?)\)", tail)
    return code.group(1) if code else CODES.get(tail.strip(), re.sub(r"[^a-z-]", "", tail)[:20] or None)


class _Reader:
    def __init__(self, sheets: dict[str, list[list[str]]]) -> None:
        self.parts, self.counts = Parts(Found()), Counts()
        self.survey, self.choices = _rows(sheets["survey"]), _rows(sheets.get("choices", []))
        self.language = main_language(_language(head) for head in sheets["survey"][0]) if sheets["survey"] else "en"
        self._asked: list[tuple[dict[str, Any], str, Row, str]] = []

    def _texts(self, row: Row, column: str) -> Text:
        found = [(_language(head), cell) for head, cell in row.items() if re.split(r"::|#", head)[0] == column]
        return text_of(found, self.language)

    def sections(self) -> list[dict[str, Any]]:
        """Return the sections: a group or repeat is one, and what stands between them."""
        made: list[dict[str, Any]] = []
        around: list[tuple[Row, bool]] = []
        fresh = True
        for number, row in self.survey:
            kind, where = row.get("type", "").strip(), f"survey, row {number}"
            if BEGIN.fullmatch(kind):
                around.append((row, "repeat" in kind.lower()))
                fresh = True
                continue
            if END.fullmatch(kind):
                if around:
                    around.pop()
                fresh = True
                continue
            item = self._item(row, kind, where) if kind else None
            if item is None:
                continue
            if fresh:
                made.append(self._section(around, len(made) + 1, where))
                fresh = False
            made[-1]["items"].append(item["oid"])
        if not made:
            raise FileRefused("survey", "the form", "There is no question in it.")
        return made

    def _section(self, around: list[tuple[Row, bool]], number: int, where: str) -> dict[str, Any]:
        section: dict[str, Any] = {"oid": f"SECTION.{number}", "items": []}
        if around:
            with_source(section, around[-1][0].get("name") or section["oid"])
            if name := self._texts(around[-1][0], "label"):
                section["name"] = name
        if any(repeats for _, repeats in around):
            section["repeating"] = True
        asked = [row["relevant"] for row, _ in around if "relevant" in row]
        if asked:
            relevant = asked[0] if len(asked) == 1 else " and ".join(f"({one})" for one in asked)
            self._asked.append((section, "", {"relevant": relevant}, where))
        return section

    def _item(self, row: Row, kind: str, where: str) -> dict[str, Any] | None:
        found, source = self.parts.found, row.get("name", "")
        if kind.lower().removeprefix("uri:") in NOTED:
            found.cannot_often(where, f"question type {kind}", "What a device notes by itself is not asked here.")
            return None
        if not source and kind.lower() != "note":
            found.refuse(where, f"a question of type {kind}", "It has no name.")
            return None
        source = source or f"note_{where.rpartition(' ')[2]}"
        if source in self.parts.item_oids.by_source:
            found.refuse(where, f"question {source}", "There is a question of this name already.")
            return None
        item: dict[str, Any] = {"oid": self.parts.item_oids.of(source), "name": source[:200]}
        with_source(item, source)
        item["type"] = self._type(kind, item, where)
        texts = {"question": self._texts(row, "label"), "hint": self._texts(row, "hint")}
        item |= {member: text for member, text in texts.items() if text}
        if row.get("required", "").lower() in {"yes", "true", "true()", "1"} and item["type"] != "DESCRIPTIVE":
            item["required"] = True
        if (default := row.get("default", "")) and not re.search(r"[(${]", default):
            item["default"] = default
        for column, what in ASKING.items():
            if column in row:
                found.cannot(where, f"{what}: {row[column]}", "There is nothing here that does this.")
        self.parts.items[item["oid"]] = item
        self._asked.append((item, source, row, where))
        return item

    def _type(self, kind: str, item: dict[str, Any], where: str) -> str:
        one, many = ONE.fullmatch(kind), MANY.fullmatch(kind)
        match = one or many
        if match:
            choices = self._choices(match.group(2), other=bool(match.group(3)))
            if choices:
                item["code_list"] = self.parts.add_code_list(match.group(2), choices, shared=True)
                return "CHOICE" if one else "MULTIPLE"
            self.parts.found.refuse(where, f"choices {match.group(2)}", "There are none: it is taken over as a text.")
            return "TEXT"
        if kind.lower() in FILES:
            self.parts.found.cannot(where, "a file", "It is taken over as a text with the file's name.")
            return "TEXT"
        if kind.lower() in {"acknowledge", "trigger"}:
            item["code_list"] = self.parts.add_code_list("Seen", [{"code": "OK", "label": "OK"}], shared=True)
        if kind.lower() not in TYPES:
            self.parts.found.cannot(where, f"question type {kind}", "It is taken over as a text.")
        return TYPES.get(kind.lower(), "TEXT")

    def _choices(self, name: str, *, other: bool) -> list[dict[str, Any]]:
        made: dict[str, dict[str, Any]] = {}
        for _, row in self.choices:
            code = row.get("name") or row.get("value", "")
            if row.get("list_name") == name and code and len(code) <= 100:
                made.setdefault(code, {"code": code, "label": self._texts(row, "label") or code})
        if other:
            made.setdefault("other", {"code": "other", "label": "Other"})
        return list(made.values())

    def add_logic(self) -> None:
        """Let conditions, calculations and constraints wait, with the questions by their OIDs."""
        for holder, source, row, where in self._asked:
            for member, column in (("condition", "relevant"), ("calculation", "calculation")):
                if text := row.get(column):
                    self.counts.conditions += member == "condition"
                    self.counts.methods += member == "calculation"
                    place = f"{where}, {source or 'group'}"
                    said = self._said(text, source)
                    oid = holder["oid"] if source else None
                    self.parts.pending.append(Pending(holder, member, said, place, column, oid, text))
            if text := row.get("constraint"):
                self.counts.checks += 1
                alert = Alert(f"{where}, {source}", "SOFT", self._message(row))
                self.parts.check(holder, f"not ({self._said(text, source)})", alert, text)

    def _message(self, row: Row) -> Text:
        return self._texts(row, "constraint_message") or self._texts(row, "bind:jr:constraintmsg")

    def _said(self, text: str, source: str) -> str:
        """Return an XPath expression of ODK's in our language, as far as it is alike."""
        oids = self.parts.item_oids.by_source

        def selected(match: re.Match[str]) -> str:
            named = match.group(1).strip("${} ")
            oid = oids.get(source if named == "." else named, named)
            code = match.group(2) if match.group(2) is not None else match.group(3)
            many = self.parts.items.get(oid, {}).get("type") == "MULTIPLE"
            return f"[{oid}({code})]" if many else f"[{oid}] = '{code}'"

        text = SELECTED.sub(selected, text)
        parts, start = [], 0
        for quoted in QUOTED.finditer(text):
            parts += [self._plain(text[start : quoted.start()], source), quoted.group()]
            start = quoted.end()
        return "".join([*parts, self._plain(text[start:], source)]).strip()

    def _plain(self, text: str, source: str) -> str:
        oids = self.parts.item_oids.by_source
        text = ITSELF.sub(f"[{oids.get(source, source)}]", text)
        text = REFERENCE.sub(lambda match: f"[{oids.get(match.group(1), match.group(1))}]", text)
        text = re.sub(r"\bdiv\b", "/", text)
        return re.sub(r"\b(true|false)\(\)", r"\1", text)
