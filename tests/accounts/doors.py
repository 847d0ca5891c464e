"""How people of these tests come in."""

import re

from django.core import mail
from django.test import Client

from edc.accounts import services
from edc.accounts.models import User

PASSWORD = "a quiet river in spring"


def make_person(email: str, **fields) -> User:
    fields = {"kind": User.Kind.STAFF, "display_name": "Ines", "by": None} | fields
    return services.create_account(email=email, password=PASSWORD, **fields)


def sign_in(client: Client, email: str, password: str = PASSWORD, **headers):
    return client.post("/accounts/login/", {"login": email, "password": password}, **headers)


def is_signed_in(client: Client) -> bool:
    return client.post("/account/stay/").status_code == 200


def link_in_mail(index: int = -1) -> str:
    found = re.search(r"https?://[^/\s]+(/\S+)", mail.outbox[index].body)
    assert found, mail.outbox[index].body
    return found.group(1)
