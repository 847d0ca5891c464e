from django.db import migrations

# What allauth takes away again: an address or second step that was given up, sessions that ended.
GRANT = """
grant delete on account_emailaddress, account_emailconfirmation, mfa_authenticator, usersessions_usersession,
    socialaccount_socialaccount, socialaccount_socialtoken to edc_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
        ("usersessions", "0001_initial"),
    ]

    operations = [migrations.RunSQL(GRANT, migrations.RunSQL.noop)]
