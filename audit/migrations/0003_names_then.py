"""An event keeps what its actor was called when it happened, under its hash."""

from django.db import migrations, models
from django.db.models import Q

from audit.triggers import APPEND


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_trail")]

    operations = [
        migrations.AddField("auditlog", "actor_name", models.TextField(null=True)),
        migrations.AddIndex(
            "auditlog",
            models.Index(
                fields=["entity_id"], name="audit_renamed", condition=Q(entity_type="User", field="display_name")
            ),
        ),
        # The function of before could not write to this table: there is no way back.
        migrations.RunSQL(APPEND),
    ]
