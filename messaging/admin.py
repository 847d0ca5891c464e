"""Records in the Django admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet

from edc.accounts.models import User
from edc.base.admin import Records
from messaging import selectors
from messaging.models import Conversation, Message, Notification, Receipt
from trials.roles import Right
from trials.selectors import trials_visible_to


@admin.register(Conversation)
class Conversations(Records):
    right = Right.VIEW_MESSAGES.value
    list_display = ("topic", "site", "subject", "last_message_at")
    list_select_related = ("site", "subject")
    date_hierarchy = "created_at"

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(pk__in=selectors.conversations_visible_to(user).values("pk"))


@admin.register(Message)
class Messages(Records):
    right = Right.VIEW_MESSAGES.value
    list_display = ("conversation", "sender", "sent_at")
    list_select_related = ("conversation", "sender")
    date_hierarchy = "sent_at"

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(pk__in=selectors.messages_visible_to(user).values("pk"))


@admin.register(Receipt)
class Receipts(Records):
    right = Right.VIEW_MESSAGES.value
    list_display = ("message", "user", "delivered_at", "read_at")
    list_select_related = ("message", "user")
    date_hierarchy = "delivered_at"

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(message__in=selectors.messages_visible_to(user).values("pk"))


@admin.register(Notification)
class Notifications(Records):
    right = Right.VIEW_DATA.value
    list_display = ("position", "kind", "entity_type", "entity_id", "created_at")
    list_filter = ("kind",)
    ordering = ("-position",)
    fields = ("position", "kind", "entity_type", "entity_id", "trial_id", "site_id", "created_at")

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(trial_id__in=trials_visible_to(user).values("pk"))
