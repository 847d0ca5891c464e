"""Reading a study file of whatever format that is known."""

from pathlib import Path

from trials.definition import DefinitionError, read_definition
from trials.formats.odm import read_odm
from trials.formats.opening import opened
from trials.formats.own import read_own
from trials.formats.recognise import Kind, decoded, recognise
from trials.formats.redcap import read_dictionary
from trials.formats.spreadsheet import LARGEST
from trials.formats.study import FileRefused, StudyFile
from trials.formats.xlsform import read_xlsform

LARGEST_DICTIONARY = 64 * 1024**2


def read_study(path: Path, name: str = "") -> StudyFile:
    """Return the study in a file, or raise FileRefused; `name` is for formats that do not name their study.

    The document that it comes to is one that `trials.definition.read_definition` takes.
    """
    study = read_own(path) or _read_foreign(path, name)
    if study.document is not None:
        try:
            read_definition(study.document)
        except DefinitionError as error:
            raise FileRefused(error.path, "the study", str(error).removeprefix(f"{error.path}: ")) from None
    return study


def _read_foreign(path: Path, name: str) -> StudyFile:
    kind = recognise(path)
    if kind is Kind.REDCAP_DICTIONARY:
        with opened(path) as stream:
            text = decoded(stream.read_all(LARGEST_DICTIONARY))
        return read_dictionary(text, name or "A study")
    if kind is Kind.XLSFORM:
        with opened(path) as stream:
            return read_xlsform(stream.read_all(LARGEST), name)
    return read_odm(path, kind.value)
