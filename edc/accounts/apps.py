"""Users, sign-up, sign-in, MFA, API tokens, researcher profiles."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "edc.accounts"
    label = "accounts"
    verbose_name = "Accounts"
