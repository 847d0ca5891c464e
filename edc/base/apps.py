from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "edc.base"
    label = "base"
