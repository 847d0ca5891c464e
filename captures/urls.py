"""Pages and endpoints."""

from django.urls import URLPattern, path

from captures.api import acts, captures, history, moves
from captures.api import exports as export_endpoints
from captures.api import files as file_endpoints
from captures.api import queries as query_endpoints
from captures.views import (
    casebook,
    dry_run,
    entry,
    exports,
    fields,
    files,
    grid,
    importing,
    moving,
    not_done,
    participant,
    preview,
    progress,
    queries,
    reading,
    site,
)

FORM = "subjects/<uuid:pk>/forms/<str:visit>/<int:visit_repeat>/<str:form>/<int:form_repeat>/"

OWN_FORM = "my-forms/<uuid:pk>/<str:visit>/<int:visit_repeat>/<str:form>/<int:form_repeat>/"

pages: list[URLPattern] = [
    path("today/", participant.today, name="today"),
    path("my-data/", participant.my_data, name="my_data"),
    path("my-data/<uuid:pk>/", participant.my_capture, name="my_capture"),
    path("my-trials/", participant.my_trials, name="my_trials"),
    path(OWN_FORM, participant.my_form, name="my_form"),
    path("sites/<uuid:pk>/", site.site_home, name="site_home"),
    path("sites/<uuid:pk>/work/", site.work, name="work"),
    path("subjects/", grid.grid, name="grid"),
    path("subjects/export/", grid.export, name="export_grid"),
    path("subjects/<uuid:pk>/", casebook.casebook, name="casebook"),
    path("subjects/<uuid:pk>/disposition/", casebook.disposition, name="disposition"),
    path(FORM, entry.new, name="new"),
    path(f"{FORM}not-done/", not_done.not_done, name="not_done"),
    path("trials/<uuid:pk>/exports/", exports.exports, name="exports"),
    path("exports/<uuid:pk>/file/", exports.export_file, name="export_file"),
    path("trials/<uuid:pk>/progress/", progress.progress, name="progress"),
    path("trials/<uuid:pk>/bring-in/", importing.bring_in, name="bring_in"),
    path("study-files/<uuid:pk>/", importing.study_file, name="study_file"),
    path("study-versions/<uuid:pk>/impact/", moving.impact, name="impact"),
    path("study-versions/<uuid:pk>/impact/<uuid:site>/<int:number>/", moving.move, name="move"),
    path("capture-moves/<uuid:pk>/", moving.moved, name="moved"),
    path("captures/<uuid:pk>/", reading.capture, name="capture"),
    path("captures/<uuid:pk>/edit/", entry.edit, name="edit"),
    path("captures/<uuid:pk>/fields/<path:place>/", fields.field, name="field"),
    path("captures/<uuid:pk>/finalise/", reading.finalise, name="finalise"),
    path("captures/<uuid:pk>/reopen/", reading.reopen, name="reopen"),
    path("captures/<uuid:pk>/restore/", not_done.restore, name="restore"),
    path("captures/<uuid:pk>/file/", files.attach, name="attach"),
    path("captures/files/<uuid:pk>/", files.fetch, name="file"),
    path("captures/<uuid:pk>/queries/new/", queries.raise_query, name="raise_query"),
    path("queries/", queries.inbox, name="queries"),
    path("queries/answer/", queries.answer_all, name="answer_queries"),
    path("queries/<uuid:pk>/", queries.query, name="query"),
    path("captures/<uuid:pk>/history/", reading.history, name="history"),
    path("captures/<uuid:pk>/compare/", reading.compare, name="compare"),
    path("study-versions/<uuid:pk>/preview/", preview.preview, name="preview"),
    path("study-versions/<uuid:pk>/preview/item/", preview.preview_item, name="preview_item"),
    path("study-versions/<uuid:pk>/dry-run/", dry_run.dry_run, name="dry_run"),
]
endpoints: list[URLPattern] = [
    path("exports/", export_endpoints.Exports.as_view(), name="exports"),
    path("exports/<uuid:pk>/", export_endpoints.Export.as_view(), name="export"),
    path("exports/<uuid:pk>/file/", export_endpoints.ExportFile.as_view(), name="export_file"),
    path("study-versions/<uuid:pk>/impact/", moves.StudyVersionImpact.as_view(), name="study_version_impact"),
    path("capture-moves/", moves.CaptureMoves.as_view(), name="capture_moves"),
    path("capture-moves/<uuid:pk>/", moves.CaptureMove.as_view(), name="capture_move"),
    path("capture-moves/<uuid:pk>/undo/", moves.CaptureMoveUndo.as_view(), name="undo_capture_move"),
    path("captures/", captures.Captures.as_view(), name="captures"),
    path("captures/<uuid:pk>/", captures.Capture.as_view(), name="capture"),
    path("captures/<uuid:pk>/finalize/", captures.CaptureFinalise.as_view(), name="finalise_capture"),
    path("captures/<uuid:pk>/reopen/", captures.CaptureReopen.as_view(), name="reopen_capture"),
    path("captures/<uuid:pk>/not-done/", acts.CaptureNotDone.as_view(), name="mark_not_done"),
    path("captures/<uuid:pk>/restore/", acts.CaptureRestore.as_view(), name="restore_capture"),
    path("captures/<uuid:pk>/comments/", acts.CaptureComments.as_view(), name="capture_comments"),
    path("queries/", query_endpoints.Queries.as_view(), name="queries"),
    path("queries/<uuid:pk>/", query_endpoints.Query.as_view(), name="query"),
    path("queries/<uuid:pk>/answer/", query_endpoints.QueryAnswer.as_view(), name="answer_query"),
    path("queries/<uuid:pk>/requery/", query_endpoints.QueryRequery.as_view(), name="requery"),
    path("queries/<uuid:pk>/close/", query_endpoints.QueryClose.as_view(), name="close_query"),
    path("queries/<uuid:pk>/cancel/", query_endpoints.QueryCancel.as_view(), name="cancel_query"),
    path("captures/<uuid:pk>/files/", file_endpoints.CaptureFiles.as_view(), name="attach_file"),
    path("captures/files/<uuid:pk>/", file_endpoints.CaptureFile.as_view(), name="file"),
    path("captures/<uuid:pk>/history/", history.CaptureHistory.as_view(), name="capture_history"),
]
