"""A draft and the hands of its data manager, for the tests of study building."""

import copy

from django.test import Client
from django.urls import reverse

from tests import factories
from trials import services
from trials.models import StudyVersion


class Bench:
    """A draft of a trial, and the pages on which its data manager builds it."""

    def __init__(self, document=None):
        self.trial = factories.draft_trial()
        self.manager = factories.data_manager_of(self.trial)
        document = copy.deepcopy(document or factories.DOCUMENT)
        self.row = services.create_study_version(trial=self.trial, document=document, by=self.manager)
        self.client = Client()
        self.client.force_login(self.manager)

    @property
    def now(self):
        return StudyVersion.objects.get(pk=self.row.pk)

    @property
    def document(self):
        return self.now.document

    def part(self, kind, oid):
        return next((part for part in self.document[kind] if part["oid"] == oid), None)

    def get(self, name, **asked):
        return self.client.get(reverse(f"trials:{name}", args=[self.row.pk]), asked)

    def post(self, name, given, **asked):
        """Send a page as it is filled in, with the version that is shown unless another is given."""
        given = {"version": self.now.version, **given}
        return self.client.post(reverse(f"trials:{name}", args=[self.row.pk], query=asked or None), given)

    def act(self, do, **more):
        return self.post("build_act", {"do": do, **more})


def typed(answer, **changes):
    """Return what a shown form holds, with these changes, as a browser sends it."""
    form = answer.context["form"]
    values = {field.html_name: field.value() for field in form}
    values = {name: value for name, value in values.items() if value not in (None, False, [])}
    return {name: value for name, value in (values | changes).items() if value is not None}


def text_of(answer):
    return answer.content.decode()
