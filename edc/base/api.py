"""What every endpoint shares: JSON in and out, problems (RFC 9457)."""

from typing import Any

import orjson
from rest_framework.parsers import JSONParser
from rest_framework.renderers import BaseRenderer
from drf_spectacular.openapi import AutoSchema


class OrjsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else orjson.dumps(data)


class StrictJSONParser(JSONParser):
    pass


class Schema(AutoSchema):
    pass


def exception_handler(exc: Exception, context: dict[str, Any]) -> Any:
    from rest_framework.views import exception_handler as default

    return default(exc, context)
