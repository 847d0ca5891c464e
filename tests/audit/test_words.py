"""Every act that the portal names has its words in the trail."""

import ast
import re
from pathlib import Path

import pytest

from edc import trail
from edc.accounts.models import SignIn
from patients.models import Appointment, Subject
from trials.models import ClinicalTrial, StudyVersion

PROJECT = Path(__file__).parents[2]
APPS = ("accounts", "audit", "captures", "messaging", "patients", "trials")
NAMED = re.compile(rf"({'|'.join(APPS)})\.[a-z_]+")
# What an act that is put together ends with, by how it begins.
ENDS = {
    "accounts.": SignIn.Kind.values,
    "patients.appointment_": {"COMPLETED", "NO_SHOW", "CANCELLED"} & set(Appointment.Status.values),
    "patients.subject_": Subject.Disposition.values,
    "trials.moved_to_": ClinicalTrial.Status.values,
    "trials.study_version_": StudyVersion.Status.values,
}
# Keys of stored secrets, and what the live feed alone says.
NO_ACTS = {"accounts.email", "patients.disposition_changed", "trials.status_changed"}


def literals(tree):
    """Yield the texts that stand alone, and the beginnings of those that are put together."""
    inside = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            yield node.values[0].value, True
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in inside:
            yield node.value, False


def acts():
    """Yield every act that a service, or a door of the accounts, names."""
    for app in ("edc/accounts", *APPS[1:]):
        root = PROJECT / app
        for path in [
            *root.glob("services*"),
            *root.glob("services/*.py"),
            *root.glob("http.py"),
            *root.glob("models.py"),
        ]:
            if path.is_dir():
                continue
            for text, is_beginning in literals(ast.parse(path.read_text())):
                if is_beginning and text in ENDS:
                    yield from (text + end.lower() for end in ENDS[text])
                elif not is_beginning and NAMED.fullmatch(text) and text not in NO_ACTS:
                    yield text


def test_acts_are_found():
    assert {"captures.saved", "accounts.sign_in_failed", "patients.subject_withdrawn"} <= set(acts())


@pytest.mark.parametrize("act", sorted(set(acts())))
def test_the_act_has_words_and_can_be_filtered_by(act):
    assert trail.ACTIONS[act]
