"""Forms of the pages on which a study is built."""

from trials.forms.build.checks import CheckForm
from trials.forms.build.code_lists import CodeListForm
from trials.forms.build.items import ItemForm, PasteItems, QuickItem
from trials.forms.build.parts import BuildForm, read_choices
from trials.forms.build.places import FormForm, SectionForm, StudyForm, VisitForm
from trials.forms.build.starting import NewDraft

__all__ = [
    "BuildForm",
    "CheckForm",
    "CodeListForm",
    "FormForm",
    "ItemForm",
    "NewDraft",
    "PasteItems",
    "QuickItem",
    "SectionForm",
    "StudyForm",
    "VisitForm",
    "read_choices",
]
