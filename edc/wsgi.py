"""Django's WSGI handler, which `edc.asgi` runs on threads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edc.settings")

application = get_wsgi_application()
