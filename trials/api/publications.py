"""Where study versions hold and from when, how two of them differ, and what reviewers say about one."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from edc.accounts.http import user_of
from edc.base.api.endpoints import ActionEndpoint, Endpoint, ListEndpoint, RowEndpoint
from edc.base.api.fields import Day, Input, Key, Moment, Output, Text
from edc.base.api.paging import Filter
from edc.base.api.problems import WrongParameter
from trials import selectors, services
from trials.api.study_versions import StudyVersionOutput
from trials.models import ReviewComment as ReviewCommentRow
from trials.models import SitePublication
from trials.services.reviewing import LONGEST_COMMENT, LONGEST_PATH

VERSION, TRIAL = "01998a12-4b1d-7a6c-b7d1-9f0e8d7c6b5a", "01998a10-7e1b-7c3a-9d2f-5a1f0c9e7b42"
SITE, PERSON = "01998a11-0c52-7d0e-8f1a-33b0a4b1c2d3", "01998a0f-11aa-7b2c-8c3d-4e5f60718293"


class PublishInput(Input):
    """Where an approved version shall hold, from which day, and why."""

    sites = serializers.ListField(
        child=Key(), allow_null=True, required=False, max_length=1000, help_text="Left out: all, and later ones."
    )
    effective_from = Day(required=False, allow_null=True, help_text="A day at each site; left out: at once.")
    ethics_reference = Text(max_length=120, allow_blank=True, required=False)
    ethics_approved_on = Day(required=False, allow_null=True)
    reason = Text(max_length=500)
    example: ClassVar = {
        "sites": [SITE],
        "effective_from": "2027-02-01",
        "ethics_reference": "EC 2026/118",
        "ethics_approved_on": "2026-11-12",
        "reason": "Amendment 2 was approved for this site",
    }


class StudyVersionPublish(ActionEndpoint):
    """Publish a study version."""

    input = PublishInput
    output = StudyVersionOutput

    def post(self, request: Request, pk: UUID) -> Response:
        """Let an approved study version hold at one site, several or all of them, from a day.

        Refused (409) where it holds already, or where a newer version does or is going to.
        """
        user = user_of(request)
        study_version = get_object_or_404(selectors.study_versions_visible_to(user), pk=pk)
        version, taken = self.seen_version(), self.taken()
        keys = taken.pop("sites", None)
        sites = None
        if keys is not None:
            known = selectors.sites_visible_to(user).filter(trial=study_version.trial_id)
            sites = [self.among(known, key, member="sites") for key in dict.fromkeys(keys)]
        made = services.publish_study_version(
            study_version=study_version, sites=sites, **taken, version=version, by=user
        )
        return self.answer(made)


class PublicationOutput(Output):
    """From which day a study version holds at a site, or (`site` is null) at all of them and those opened later."""

    id = serializers.UUIDField()
    study_version = serializers.UUIDField(source="study_version_id")
    number = serializers.IntegerField(source="study_version.number")
    trial = serializers.UUIDField(source="trial_id")
    site = serializers.UUIDField(source="site_id", allow_null=True)
    effective_from = serializers.DateField()
    ethics_reference = serializers.CharField()
    ethics_approved_on = serializers.DateField(allow_null=True)
    published_by = serializers.UUIDField(source="published_by_id")
    created_at = Moment()
    example: ClassVar = {
        "id": "01998a30-1a2b-7c3d-8e4f-5a6b7c8d9e0f",
        "study_version": VERSION,
        "number": 2,
        "trial": TRIAL,
        "site": SITE,
        "effective_from": "2027-02-01",
        "ethics_reference": "EC 2026/118",
        "ethics_approved_on": "2026-11-12",
        "published_by": PERSON,
        "created_at": "2026-11-20T09:00:00.000000Z",
    }


class Publications(ListEndpoint):
    """List where study versions hold, and from which day."""

    output = PublicationOutput
    orderings = ("-created_at", "created_at")
    filters: ClassVar = {
        "trial": Filter("trial", Key(), "In this trial."),
        "site": Filter("site", Key(), "At this site alone."),
        "study_version": Filter("study_version", Key(), "Of this version."),
    }

    def rows(self, request: Request) -> QuerySet[SitePublication]:  # type: ignore[override]
        return selectors.publications_visible_to(user_of(request))


class DifferenceChangeOutput(Output):
    """One thing that reads or counts otherwise."""

    kind = serializers.CharField(help_text="REMOVED, MEANING, RULES, ADDED or TEXT.")
    what = serializers.CharField()
    old = serializers.CharField()
    new = serializers.CharField()


class DifferenceOutput(Output):
    """A part of the study that differs, with what the gravest of its changes does to stored values."""

    kind = serializers.CharField(help_text="REMOVED, MEANING, RULES, ADDED or TEXT.")
    thing = serializers.CharField(help_text="Visit, Form, Section, Item, Code list, Check, Arm or Study.")
    oid = serializers.CharField()
    name = serializers.CharField()
    form = serializers.CharField(help_text="The form that it is in.")
    group = serializers.CharField(help_text="The table of the form that it is in.")
    changes = DifferenceChangeOutput(many=True)


class DifferencesOutput(Output):
    """How one study version differs from an earlier one."""

    old = serializers.UUIDField(allow_null=True, help_text="Null where there is no earlier one.")
    new = serializers.UUIDField()
    differences = DifferenceOutput(many=True)
    example: ClassVar = {
        "old": "01998a12-3a0c-7f5b-a6c0-8e9d7c6b5a49",
        "new": VERSION,
        "differences": [
            {
                "kind": "RULES",
                "thing": "Item",
                "oid": "SYSBP",
                "name": "Systolic blood pressure",
                "form": "VS",
                "group": "",
                "changes": [{"kind": "RULES", "what": "Upper limit (soft)", "old": "200", "new": "220"}],
            }
        ],
    }


class StudyVersionDifferences(Endpoint):
    """Compare two study versions of a trial."""

    output = DifferencesOutput
    parameters = ("from",)

    def get(self, request: Request, pk: UUID) -> Response:
        """Show how a version differs from the one before it, or from the one with the number `from`."""
        user, number = user_of(request), request.query_params.get("from", "")
        if number and not (number.isascii() and number.isdecimal() and len(number) < 10):
            raise WrongParameter("from", "Give the number of a version.")
        new = get_object_or_404(selectors.study_versions_visible_to(user), pk=pk)
        old = selectors.version_to_compare(user, new, number=int(number) if number else None)
        if old is None and number:
            raise WrongParameter("from", "There is no such version of the trial.")
        found = selectors.differences_of(old, new) if old else []
        return Response(self.shown({"old": old and old.pk, "new": new.pk, "differences": found}))


class ReviewCommentInput(Input):
    """What to say about a study version, or a place in its document."""

    text = Text(max_length=LONGEST_COMMENT)
    path = Text(max_length=LONGEST_PATH, allow_blank=True, required=False, help_text="As $.forms[2]; empty for all.")
    example: ClassVar = {"text": "Should this not be required?", "path": "$.forms[0].sections[0].items[2]"}


class ReviewCommentOutput(Output):
    """What a reviewer said about a study version."""

    id = serializers.UUIDField()
    study_version = serializers.UUIDField(source="study_version_id")
    path = serializers.CharField()
    text = serializers.CharField()
    written_by = serializers.UUIDField(source="written_by_id")
    resolved_at = Moment(allow_null=True)
    resolved_by = serializers.UUIDField(source="resolved_by_id", allow_null=True)
    version = serializers.IntegerField()
    created_at = Moment()
    example: ClassVar = {
        "id": "01998a31-2b3c-7d4e-8f5a-6b7c8d9e0f1a",
        "study_version": VERSION,
        "path": "$.forms[0].sections[0].items[2]",
        "text": "Should this not be required?",
        "written_by": PERSON,
        "resolved_at": None,
        "resolved_by": None,
        "version": 1,
        "created_at": "2026-11-20T09:00:00.000000Z",
    }


class StudyVersionComments(ListEndpoint):
    """List what reviewers say about a study version."""

    input = ReviewCommentInput
    output = ReviewCommentOutput
    versioned = True
    creates = True
    orderings = ("created_at", "-created_at")

    def rows(self, request: Request, pk: UUID) -> QuerySet[ReviewCommentRow]:  # type: ignore[override]
        study_version = get_object_or_404(selectors.study_versions_in_making(user_of(request)), pk=pk)
        return selectors.comments_on(study_version)

    def post(self, request: Request, pk: UUID) -> Response:
        """Say something about a study version that is not published yet, or about a place in its document."""
        user = user_of(request)
        study_version = get_object_or_404(selectors.study_versions_visible_to(user), pk=pk)
        made = services.comment_on_study_version(study_version=study_version, **self.taken(), by=user, key=self.key())
        return self.created(made, within="/api/v1/review-comments")


class ReviewComment(RowEndpoint):
    """Show a comment on a study version."""

    output = ReviewCommentOutput

    def row(self, request: Request, pk: UUID) -> ReviewCommentRow:  # type: ignore[override]
        return get_object_or_404(selectors.comments_visible_to(user_of(request)), pk=pk)


class ReviewCommentResolve(ActionEndpoint):
    """Resolve a comment on a study version."""

    output = ReviewCommentOutput

    def post(self, request: Request, pk: UUID) -> Response:
        """Mark a comment as dealt with; it stays to be read."""
        user = user_of(request)
        comment = get_object_or_404(selectors.comments_visible_to(user), pk=pk)
        return self.answer(services.resolve_comment(comment=comment, version=self.seen_version(), by=user))
