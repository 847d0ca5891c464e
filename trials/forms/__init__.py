"""Forms of trials, sites, memberships and study versions: they check the shape of input, the services its sense."""

from trials.forms.members import EndMembership, GrantMembership
from trials.forms.moves import DecideTrial, MoveForm
from trials.forms.publishing import CommentForm, PublishStudyVersion
from trials.forms.sites import ChangeSite, NewSite
from trials.forms.trials import EditTrial, NewTrial

__all__ = [
    "ChangeSite",
    "CommentForm",
    "DecideTrial",
    "EditTrial",
    "EndMembership",
    "GrantMembership",
    "MoveForm",
    "NewSite",
    "NewTrial",
    "PublishStudyVersion",
]
