"""Conversations: the inbox, a thread with its reply, and beginning a new one."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from edc.accounts.http import user_of
from edc.accounts.models import User
from edc.base.errors import Refused, require
from edc.base.http import form_page
from edc.base.paging import page_of
from messaging import forms, permissions, selectors, services
from messaging.models import Conversation, Message
from patients.models import Subject
from patients.selectors import own_subjects, subjects_with
from patients.services import read_identity
from patients.views.subjects import choose_subject, key_in
from trials.models import Site
from trials.roles import Right
from trials.selectors import has_right_anywhere, sites_with

THREADS_ON_A_PAGE = 25
MESSAGES_ON_A_PAGE = 50
# The part of the thread page that fetches itself anew: it shows no name, so none is read for it.
LIVE_PART = "thread"


@login_required
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """List the conversations, the ones that moved last first."""
    user = user_of(request)
    threads = selectors.threads_visible_to(user)
    sites = [] if user.kind == User.Kind.PARTICIPANT else list(sites_with(user, Right.VIEW_MESSAGES))
    chosen = next((site for site in sites if str(site.pk) == request.GET.get("site")), None)
    if chosen:
        threads = threads.filter(site=chosen)
    context = {
        "page": page_of(request, threads, by="-last_message_at", size=THREADS_ON_A_PAGE),
        "sites": sites,
        "chosen": chosen,
        "may_write": user.kind == User.Kind.PARTICIPANT or has_right_anywhere(user, Right.SEND_MESSAGES),
    }
    return render(request, "messaging/inbox.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def thread(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a conversation; by POST answer in it. Looking alone changes nothing: `read` is what marks it read."""
    user = user_of(request)
    conversation = get_object_or_404(selectors.conversations_visible_to(user), pk=pk)
    form = forms.ReplyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.send_message(conversation=conversation, body=given["body"], by=user, key=given["key"])
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(f"{reverse('messaging:thread', args=[pk])}#newest")
    return _thread_page(request, user, conversation, form)


def _thread_page(request: HttpRequest, user: User, conversation: Conversation, form: forms.ReplyForm) -> HttpResponse:
    may_send = permissions.can_send(user, conversation)
    if request.method == "POST":
        require(may_send)
    page = page_of(request, selectors.messages_in(conversation), by="-sent_at", size=MESSAGES_ON_A_PAGE)
    identity = None
    if conversation.patient and request.headers.get("HX-Target") != LIVE_PART and not _is_own(user, conversation):
        identity = read_identity(patients=[conversation.patient], by=user, purpose="conversation").get(
            conversation.patient.pk
        )
    context = {
        "conversation": conversation,
        "bubbles": [_bubble(message, conversation, user) for message in selectors.with_statuses(page.rows[::-1])],
        "page": page,
        "form": form,
        "may_send": may_send,
        "identity": identity,
        "is_own": _is_own(user, conversation),
        "is_unread": may_send and selectors.unread_messages(user).filter(conversation=conversation).exists(),
    }
    return form_page(request, "messaging/thread.html", context)


@dataclass(frozen=True)
class Bubble:
    """A message as this person sees it: whom it is from, and whether it is from their own side."""

    message: Message
    sender: str
    is_mine: bool
    shows_status: bool


def _bubble(message: Message, conversation: Conversation, user: User) -> Bubble:
    """Name the team as a whole to the participant, and the participant by no name to the team."""
    from_participant = conversation.patient is not None and message.sender_id == conversation.patient.user_id
    mine = message.sender_id == user.pk
    if mine:
        sender = "You"
    elif _is_own(user, conversation):
        sender = "Study team"
    else:
        sender = message.sender.shown_as
    return Bubble(message, sender, mine, mine or not (from_participant or _is_own(user, conversation)))


def _is_own(user: User, conversation: Conversation) -> bool:
    return conversation.patient is not None and conversation.patient.user_id == user.pk


@login_required
@require_POST
def read(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Mark a conversation as read: the page asks for it when the newest message comes into sight."""
    user = user_of(request)
    conversation = get_object_or_404(selectors.conversations_visible_to(user), pk=pk)
    require(permissions.can_send(user, conversation))
    services.mark_read(conversation=conversation, by=user)
    if "HX-Request" in request.headers:
        return HttpResponse()
    return redirect("messaging:thread", pk=pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Begin a conversation: a participant with their team, staff with a participant or among themselves."""
    user = user_of(request)
    if user.kind == User.Kind.PARTICIPANT:
        subjects = list(own_subjects(user))
        require(bool(subjects), "You take part in no study yet, so there is nobody to write to.")
        asked = request.GET.get("subject")
        subject = next((one for one in subjects if str(one.pk) == asked), subjects[0])
        return _begin(request, user, subject.site, subject, subjects)
    require(has_right_anywhere(user, Right.SEND_MESSAGES))
    asked_subject, asked_site = key_in(request, "subject"), key_in(request, "site")
    if asked_subject:
        subject = get_object_or_404(subjects_with(user, Right.SEND_MESSAGES), pk=asked_subject)
        return _begin(request, user, subject.site, subject, [])
    sites = sites_with(user, Right.SEND_MESSAGES)
    if asked_site:
        return _begin(request, user, get_object_or_404(sites, pk=asked_site), None, [])
    teams = [{"label": f"The team of {site}", "url": f"?site={site.pk}"} for site in sites]
    return choose_subject(request, Right.SEND_MESSAGES, title="Write a message", others=teams)


def _begin(
    request: HttpRequest, user: User, site: Site, subject: Subject | None, subjects: list[Subject]
) -> HttpResponse:
    form = forms.ConversationForm(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            begun = services.start_conversation(
                site=site, subject=subject, topic=given["topic"], body=given["body"], by=user, key=given["key"]
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "Your message is sent.")
            return redirect("messaging:thread", pk=begun.pk)
    context = {"form": form, "site": site, "subject": subject, "subjects": subjects}
    return form_page(request, "messaging/new.html", context)
