"""Addresses of accounts: `pages` in the namespace `accounts`; `sign_in` has allauth's names."""

import allauth.urls
from django.urls import path

from edc.accounts import http, views

pages = [
    path("account/", views.overview, name="overview"),
    path("account/profile/", views.profile, name="profile"),
    path("account/stay/", views.stay, name="stay"),
    path("account/waiting/", views.waiting, name="waiting"),
    path("account/sign-out-everywhere/", views.sign_out_everywhere, name="sign_out_everywhere"),
    path("account/tokens/new/", views.new_token, name="new_token"),
    path("account/tokens/<uuid:pk>/revoke/", views.revoke_token, name="revoke_token"),
    path("people/", views.people, name="people"),
    path("people/<uuid:pk>/approve/", views.approve, name="approve"),
    path("people/<uuid:pk>/disable/", views.disable, name="disable"),
    path("people/<uuid:pk>/enable/", views.enable, name="enable"),
]

sign_in = http.acting(
    [path("signup/researcher/", views.researcher_signup, name="researcher_signup"), *allauth.urls.urlpatterns]
)
