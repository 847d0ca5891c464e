"""Pages and endpoints."""

from django.urls import URLPattern, path

from messaging import views
from messaging.api import conversations, notifications

pages: list[URLPattern] = [
    path("messages/", views.inbox, name="inbox"),
    path("messages/new/", views.new, name="new"),
    path("messages/<uuid:pk>/", views.thread, name="thread"),
    path("messages/<uuid:pk>/read/", views.read, name="read"),
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/seen/", views.seen, name="seen"),
]
endpoints: list[URLPattern] = [
    path("conversations/", conversations.Conversations.as_view(), name="conversations"),
    path("conversations/<uuid:pk>/", conversations.Conversation.as_view(), name="conversation"),
    path(
        "conversations/<uuid:pk>/messages/", conversations.ConversationMessages.as_view(), name="conversation_messages"
    ),
    path("conversations/<uuid:pk>/read/", conversations.ConversationRead.as_view(), name="read_conversation"),
    path("messages/", conversations.Messages.as_view(), name="messages"),
    path("messages/<uuid:pk>/", conversations.Message.as_view(), name="message"),
    path("notifications/", notifications.Notifications.as_view(), name="notifications"),
    path("notifications/seen/", notifications.NotificationsSeen.as_view(), name="notifications_seen"),
]
