"""The trail over the rights that each role's group holds at a place."""

from django.db import migrations

from audit.triggers import Track


class Migration(migrations.Migration):
    dependencies = [("trials", "0002_access"), ("audit", "0003_names_then")]

    operations = [
        Track(
            "SiteGroupObjectPermission",
            scope={
                "trial_id": "(select s.trial_id from trials_site s where s.id = new.content_object_id)",
                "site_id": "new.content_object_id",
            },
            deletable=True,
        ),
        Track("TrialGroupObjectPermission", scope={"trial_id": "new.content_object_id"}, deletable=True),
    ]
