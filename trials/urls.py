"""Pages and endpoints."""

from django.urls import URLPattern, path

from trials.api import memberships, publications, sites, study_versions, trials
from trials.views import members as member_pages
from trials.views import sites as site_pages
from trials.views import study as study_pages
from trials.views import trials as trial_pages
from trials.views import versions as version_pages
from trials.views.build import acts, checks, code_lists, forms, library, overview, starting

BUILD = "study-versions/<uuid:pk>/build/"

pages: list[URLPattern] = [
    path("trials/", trial_pages.trials, name="list"),
    path("trials/new/", trial_pages.new, name="new"),
    path("trials/<uuid:pk>/", trial_pages.detail, name="detail"),
    path("trials/<uuid:pk>/edit/", trial_pages.edit, name="edit"),
    path("trials/<uuid:pk>/move/", trial_pages.move, name="move"),
    path("trials/<uuid:pk>/approve/", trial_pages.approve, name="approve"),
    path("trials/<uuid:pk>/sites/new/", site_pages.add_site, name="add_site"),
    path("sites/<uuid:pk>/change/", site_pages.change_site, name="change_site"),
    path("trials/<uuid:pk>/members/new/", member_pages.grant, name="grant"),
    path("memberships/<uuid:pk>/end/", member_pages.end_membership, name="end_membership"),
    path("study-versions/<uuid:pk>/", study_pages.study_version, name="study_version"),
    path("study-versions/<uuid:pk>/move/", study_pages.move_study_version, name="move_study_version"),
    path("trials/<uuid:pk>/study-versions/empty/", starting.new_draft, name="new_draft"),
    path("study-versions/<uuid:pk>/copy/", starting.copy_study_version, name="copy_study_version"),
    path(f"{BUILD}", overview.overview, name="build"),
    path(f"{BUILD}act/", acts.act, name="build_act"),
    path(f"{BUILD}study/", overview.study, name="build_study"),
    path(f"{BUILD}visit/", overview.visit, name="build_visit"),
    path(f"{BUILD}form/", forms.form_editor, name="build_form"),
    path(f"{BUILD}form/about/", overview.form_properties, name="build_form_properties"),
    path(f"{BUILD}form/section/", overview.section, name="build_section"),
    path(f"{BUILD}form/item/", forms.item, name="build_item"),
    path(f"{BUILD}form/paste/", forms.paste, name="build_paste"),
    path(f"{BUILD}form/library/", library.library, name="build_library"),
    path(f"{BUILD}code-lists/", code_lists.lists, name="build_code_lists"),
    path(f"{BUILD}code-lists/one/", code_lists.code_list, name="build_code_list"),
    path(f"{BUILD}checks/", checks.checks, name="build_checks"),
    path(f"{BUILD}checks/one/", checks.check, name="build_check"),
    path(f"{BUILD}expression/", checks.expression, name="build_expression"),
    path("study-versions/<uuid:pk>/publish/", version_pages.publish, name="publish"),
    path("study-versions/<uuid:pk>/differences/", version_pages.differences, name="differences"),
    path("study-versions/<uuid:pk>/comment/", version_pages.comment, name="comment"),
    path("review-comments/<uuid:pk>/resolve/", version_pages.resolve_comment, name="resolve_comment"),
]
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
    path("study-versions/<uuid:pk>/publish/", publications.StudyVersionPublish.as_view(), name="publish_study_version"),
    path(
        "study-versions/<uuid:pk>/differences/",
        publications.StudyVersionDifferences.as_view(),
        name="study_version_differences",
    ),
    path(
        "study-versions/<uuid:pk>/comments/", publications.StudyVersionComments.as_view(), name="study_version_comments"
    ),
    path("publications/", publications.Publications.as_view(), name="publications"),
    path("review-comments/<uuid:pk>/", publications.ReviewComment.as_view(), name="review_comment"),
    path("review-comments/<uuid:pk>/resolve/", publications.ReviewCommentResolve.as_view(), name="resolve_comment"),
    path("memberships/", memberships.Memberships.as_view(), name="memberships"),
    path("memberships/<uuid:pk>/", memberships.Membership.as_view(), name="membership"),
    path("memberships/<uuid:pk>/end/", memberships.MembershipEnd.as_view(), name="end_membership"),
]
