"""The Django admin, as the place of records: tracked rows are read-only in it, actions call services."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


class Records(AdminSite):
    """The admin site; who may open it is `User.is_staff`, which asks the memberships."""

    site_header = site_title = settings.PORTAL_NAME
    index_title = "Records"

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_authenticated and request.user.is_staff)

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take our own read-only records; what libraries bring along would write past the services."""
        from edc.base.admin import Records as ReadOnly  # noqa: PLC0415 -- needs the apps

        if admin_class is not None and issubclass(admin_class, ReadOnly):
            super().register(model_or_iterable, admin_class, **options)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Send strangers to the portal's own sign-in, with its second step and its limits, and back to what they asked.

        Whoever is signed in and may not open the records is told so: signing in again would not change it.
        """
        from django.contrib.auth.views import redirect_to_login  # noqa: PLC0415 -- needs the apps

        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        asked = request.GET.get(REDIRECT_FIELD_NAME, "")
        ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
        goal = asked if ours else reverse("admin:index", current_app=self.name)
        return redirect(goal) if self.has_permission(request) else redirect_to_login(goal)


class AdminConfig(DjangoAdminConfig):
    default_site = "edc.admin.Records"
