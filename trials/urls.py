"""Pages and endpoints."""

from django.urls import URLPattern, path

from trials.api import memberships, sites, study_versions, trials

pages: list[URLPattern] = []
endpoints: list[URLPattern] = [
    path("trials/", trials.Trials.as_view(), name="trials"),
    path("trials/<uuid:pk>/", trials.Trial.as_view(), name="trial"),
    path("trials/<uuid:pk>/move/", trials.TrialMove.as_view(), name="move_trial"),
    path("trials/<uuid:pk>/approve/", trials.TrialApproval.as_view(), name="approve_trial"),
    path("sites/", sites.Sites.as_view(), name="sites"),
    path("sites/<uuid:pk>/", sites.Site.as_view(), name="site"),
    path("study-versions/", study_versions.StudyVersions.as_view(), name="study_versions"),
    path("study-versions/<uuid:pk>/", study_versions.StudyVersion.as_view(), name="study_version"),
    path("study-versions/<uuid:pk>/move/", study_versions.StudyVersionMove.as_view(), name="move_study_version"),
    path("memberships/", memberships.Memberships.as_view(), name="memberships"),
    path("memberships/<uuid:pk>/", memberships.Membership.as_view(), name="membership"),
    path("memberships/<uuid:pk>/end/", memberships.MembershipEnd.as_view(), name="end_membership"),
]
