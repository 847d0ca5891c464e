"""Every route of the URL configuration, with the methods it answers and the object it is about."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

# The kind of object (tests.permissions.world) that a route's parameters name, where its own name does not say so.
KINDS = {
    "go": "go",
    "accounts:revoke_token": "token",
    "accounts:approve": "person",
    "accounts:disable": "person",
    "accounts:enable": "person",
    "audit:event": "event",
    "audit:sealed": "event",
    "patients:enrol": "site",
    "patients:patient": "patient",
    "patients:change_patient": "patient",
    "patients:invite": "patient",
    "patients:withdraw_invitation": "invitation",
    "captures:site_home": "site",
    "captures:work": "site",
    "captures:casebook": "subject",
    "captures:query": "query",
    "captures:disposition": "subject",
    "captures:new": "form",
    "captures:field": "field",
    "captures:not_done": "form",
    "captures:my_form": "diary",
    "captures:progress": "trial",
    "captures:exports": "trial",
    "captures:export_file": "export",
    "captures:bring_in": "trial",
    "captures:study_file": "study_import",
    "captures:impact": "study_version",
    "captures:move": "version_at_site",
    "captures:moved": "capture_move",
    "api:study_version_impact": "study_version",
    "api:undo_capture_move": "capture_move",
    "trials:change_site": "site",
    "trials:end_membership": "membership",
    "trials:study_version": "study_version",
    "trials:move_study_version": "study_version",
    "trials:copy_study_version": "study_version",
    "trials:build": "study_version",
    "trials:publish": "study_version",
    "trials:differences": "study_version",
    "trials:comment": "study_version",
    "trials:resolve_comment": "comment",
    "captures:preview": "study_version",
    "captures:preview_item": "study_version",
    "captures:dry_run": "study_version",
    "api:patient_preferences": "patient",
    "api:patient_invitations": "patient",
    "api:withdraw_invitation": "invitation",
    "api:subject_disposition": "subject",
    "api:move_trial": "trial",
    "api:approve_trial": "trial",
    "api:move_study_version": "study_version",
    "api:publish_study_version": "study_version",
    "api:study_version_differences": "study_version",
    "api:study_version_comments": "study_version",
    "api:review_comment": "comment",
    "api:resolve_comment": "comment",
    "api:end_membership": "membership",
    "api:finalise_capture": "capture",
    "captures:file": "file",
    "api:reopen_capture": "capture",
    "api:capture_history": "capture",
    "api:export_file": "export",
    "api:capture_comments": "capture",
    "api:attach_file": "capture",
    "api:file": "file",
    "api:mark_not_done": "capture",
    "api:restore_capture": "capture",
    **dict.fromkeys(("api:answer_query", "api:requery", "api:close_query", "api:cancel_query"), "query"),
    "api:conversation_messages": "conversation",
    "api:read_conversation": "conversation",
    "api:cancel_appointment": "appointment",
    "api:close_appointment": "appointment",
    "api:audit_event": "event",
    "api:token": "token",
    "accounts:end_session": "session",
}
PREFIXES = {
    "patients:": "appointment",
    "captures:": "capture",
    "messaging:": "conversation",
    "trials:": "trial",
}
# What the packages that we mount bring along proves itself in tests of its own (tests/accounts, tests/admin).
FOREIGN = ("accounts/", "admin/")
WRITES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Route:
    """A named address: `kind` is empty where it is about no single object."""

    name: str
    kind: str
    methods: tuple[str, ...]


def routes() -> Iterator[Route]:
    """Yield the routes of ours in the order of the URL configuration."""
    for prefix, name, pattern in _walk(get_resolver().url_patterns):
        if prefix.startswith(FOREIGN) or not name:
            continue
        parameters = pattern.pattern.converters
        yield Route(name, _kind(name) if set(parameters) - {"rest"} else "", _methods(name, pattern.callback))


def _walk(patterns: list[Any], prefix: str = "", space: str = "") -> Iterator[tuple[str, str, URLPattern]]:
    for entry in patterns:
        here = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, here, space + (f"{entry.namespace}:" if entry.namespace else ""))
        else:
            yield here, f"{space}{entry.name}" if entry.name else "", entry


def _kind(name: str) -> str:
    if name in KINDS:
        return KINDS[name]
    if name.startswith("trials:build_"):
        return KINDS["trials:build"]
    if name.startswith("api:"):
        return name.removeprefix("api:")
    return next(kind for prefix, kind in PREFIXES.items() if name.startswith(prefix))


def _methods(name: str, view: Any) -> tuple[str, ...]:
    """Return what the view answers: an endpoint says so itself; a page is asked to show and to act."""
    handlers = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if handlers is None:
        return ("GET", "POST")
    return tuple(method for method in ("GET", *WRITES) if hasattr(handlers, method.lower()))
