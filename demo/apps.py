from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demo studies and the commands that load them; it holds no models."""

    name = "demo"
