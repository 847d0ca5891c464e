"""The functions and triggers of the audit trail, and the account tables under it."""

from django.db import migrations

from audit.triggers import DROP_FUNCTIONS, FUNCTIONS, Track


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
        ("accounts", "0002_deletions"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        Track("User", app="accounts", quiet=["password"]),
        Track("ResearcherProfile", app="accounts"),
        Track("ApiToken", app="accounts", quiet=["digest", "last_used_at"]),
        Track("SignIn", app="accounts", quiet=["email_digest", "client_digest"]),
    ]
