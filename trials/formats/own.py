"""The portal's own document of a study version, as a JSON file."""

import json
from pathlib import Path

from trials.definition import SCHEMA
from trials.formats.opening import opened
from trials.formats.study import FileRefused, StudyFile

LARGEST = 64 * 1024**2


def read_own(path: Path) -> StudyFile | None:
    """Return the study of a JSON file, or None where the file is none; refuse JSON that is no study version."""
    with opened(path) as stream:
        head = stream.read(1_024)
        if not head.lstrip().startswith(b"{"):
            return None
        text = head + stream.read_all(LARGEST)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileRefused("the file", "JSON", f"It is damaged: {error}.") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise FileRefused("$.schema", "JSON", f"This is no study version: its schema must be {SCHEMA}.")
    return StudyFile(kind="Study version", document=document)
