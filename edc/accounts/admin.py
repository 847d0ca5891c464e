"""Records in the Django admin: accounts and what happened at the front door, for who looks after accounts."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from edc.accounts import selectors, services
from edc.accounts.models import ApiToken, ResearcherProfile, SignIn, User
from edc.base.admin import Records, with_reason


class AccountRecords(Records):
    """Records of the accounts that somebody looks after."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user = request.user
        return isinstance(user, User) and user.may_manage_accounts

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(user__in=selectors.accounts_seen_by(user))


@admin.register(User)
class Users(AccountRecords):
    list_display = ("email", "display_name", "kind", "status", "created_at")
    list_filter = ("kind", "status")
    search_fields = ("email", "display_name")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    fields = ("email", "display_name", "kind", "status", "locale", "time_zone", "created_at")
    actions = (
        with_reason(
            "Disable these accounts",
            lambda row, reason, by: services.disable_account(user=row, reason=reason, by=by),
        ),
        with_reason(
            "Enable these accounts",
            lambda row, reason, by: services.enable_account(user=row, reason=reason, by=by),
        ),
    )

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(pk__in=selectors.accounts_seen_by(user))


@admin.register(ResearcherProfile)
class ResearcherProfiles(AccountRecords):
    list_display = ("user", "expertise", "institution", "approved_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__display_name", "institution")


@admin.register(ApiToken)
class ApiTokens(AccountRecords):
    list_display = ("name", "user", "created_at", "expires_at", "revoked_at")
    list_select_related = ("user",)
    date_hierarchy = "created_at"
    fields = ("user", "name", "prefix", "created_at", "expires_at", "last_used_at", "revoked_at")


@admin.register(SignIn)
class SignIns(AccountRecords):
    list_display = ("at", "kind", "user", "network", "user_agent")
    list_filter = ("kind",)
    list_select_related = ("user",)
    date_hierarchy = "at"
    ordering = ("-at",)
    fields = ("kind", "user", "network", "user_agent", "known_device", "at")

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(pk__in=selectors.sign_ins_seen_by(user))
