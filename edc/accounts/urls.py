"""Addresses of accounts: `pages` in the namespace `accounts`, `endpoints` of the API; `sign_in` has allauth's names."""

import allauth.urls
from django.urls import path

from edc.accounts import api, http, views

pages = [
    path("account/", views.overview, name="overview"),
    path("account/profile/", views.profile, name="profile"),
    path("account/stay/", views.stay, name="stay"),
    path("account/waiting/", views.waiting, name="waiting"),
    path("account/sign-out-everywhere/", views.sign_out_everywhere, name="sign_out_everywhere"),
    path("account/sessions/<int:pk>/end/", views.end_session, name="end_session"),
    path("account/tokens/new/", views.new_token, name="new_token"),
    path("account/tokens/<uuid:pk>/revoke/", views.revoke_token, name="revoke_token"),
    path("people/", views.people, name="people"),
    path("people/<uuid:pk>/approve/", views.approve, name="approve"),
    path("people/<uuid:pk>/disable/", views.disable, name="disable"),
    path("people/<uuid:pk>/enable/", views.enable, name="enable"),
]

endpoints = [
    path("auth/token/", api.NewToken.as_view(), name="new_token"),
    path("auth/tokens/", api.Tokens.as_view(), name="tokens"),
    path("auth/tokens/<uuid:pk>/", api.Token.as_view(), name="token"),
]

sign_in = http.acting(
    [
        path("signup/", views.participant_signup, name="account_signup"),
        path("signup/researcher/", views.researcher_signup, name="researcher_signup"),
        path("sessions/", views.where_signed_in, name="usersessions_list"),
        *allauth.urls.urlpatterns,
    ]
)
