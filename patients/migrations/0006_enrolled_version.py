"""A subject keeps the version it was enrolled under; its forms are entered in the one in force at its site."""

from django.db import migrations

from audit.triggers import Track


class Migration(migrations.Migration):
    dependencies = [("patients", "0005_brought_in_subjects"), ("trials", "0007_publishing")]

    operations = [
        migrations.RenameField("subject", "study_version", "enrolled_version"),
        migrations.RenameField("historicalsubject", "study_version", "enrolled_version"),
        Track("Subject", scope={"subject_id": "new.id"}, documents=["trial_details"]),
    ]
