"""What reviewers say about a study version before it is published."""

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from audit.services import locked, once
from edc.accounts.models import User
from edc.base.errors import Invalid, Refused, require
from edc.base.texts import is_blank
from trials import permissions
from trials.models import ReviewComment, StudyVersion

Status = StudyVersion.Status
LONGEST_COMMENT, LONGEST_PATH = 2000, 300
IN_MAKING = frozenset({Status.DRAFT, Status.IN_REVIEW, Status.APPROVED})


class CommentRefused(Refused): ...


def comment_on_study_version(
    *, study_version: StudyVersion, text: str, path: str = "", by: User, key: str = ""
) -> ReviewComment:
    """Say something about a version, or a place in its document, until it is published."""

    def make() -> ReviewComment:
        if is_blank(text) or len(text) > LONGEST_COMMENT:
            raise Invalid({"text": [f"Write a comment of at most {LONGEST_COMMENT:,} characters."]})
        if len(path) > LONGEST_PATH or (path and not path.startswith("$")):
            raise Invalid({"path": ["This is no place in the document."]})
        if locked(study_version).status not in IN_MAKING:
            raise CommentRefused("This version was published: nothing in it changes any more.")
        comment = ReviewComment(
            study_version=study_version, trial_id=study_version.trial_id, path=path, text=text.strip(), written_by=by
        )
        audit.save(comment, by=by, action="trials.comment_made")
        return comment

    asked = [study_version.pk, text, path]
    allow = lambda: require(permissions.can_review_study(by, study_version))  # noqa: E731 -- a short name for once()
    return once(ReviewComment, make, allow=allow, by=by, key=key, action="trials.comment_made", asked=asked)


@transaction.atomic
def resolve_comment(*, comment: ReviewComment, version: int | None = None, by: User) -> ReviewComment:
    """Mark a comment as dealt with; it stays to be read."""
    comment = locked(comment, version=version)
    require(permissions.can_review_study(by, comment.study_version))
    if comment.resolved_at is not None:
        raise CommentRefused("This comment is resolved already.")
    comment.resolved_at, comment.resolved_by = timezone.now(), by
    audit.save(comment, by=by, action="trials.comment_resolved")
    return comment
