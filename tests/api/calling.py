"""How tests call the API: as somebody, in their signed-in browser or with a token."""

from typing import Any
from uuid import uuid4

import orjson
from django.test import Client

from edc.accounts.models import User
from edc.accounts.services import issue_token


class Caller:
    """Somebody's client of the API."""

    def __init__(self, user: User | None) -> None:
        self.user = user
        self.client = Client()
        if user is not None:
            _, secret = issue_token(user=user, name="Test")
            self.client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"

    def __call__(self, method: str, path: str, body: Any = None, *, version: Any = None, **headers: str) -> Any:
        """Send a request; `version` becomes If-Match."""
        if version is not None:
            headers["HTTP_IF_MATCH"] = f'"{version}"'
        sent = body if isinstance(body, bytes) else orjson.dumps(body) if body is not None else b""
        return self.client.generic(method, f"/api/v1/{path}", sent, content_type="application/json", **headers)

    def get(self, path: str, **headers: str) -> Any:
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        return self("POST", path, {} if body is None else body, **more)


def by(user: User | None) -> Caller:
    return Caller(user)


def key() -> dict[str, str]:
    return {"HTTP_IDEMPOTENCY_KEY": str(uuid4())}


def faults(response: Any) -> dict[str, str]:
    """Return the faults of a problem: where each is, and its code."""
    assert response["Content-Type"] == "application/problem+json", response.content
    found = response.json().get("errors", [])
    return {fault.get("pointer", fault.get("parameter", fault.get("header"))): fault["code"] for fault in found}
