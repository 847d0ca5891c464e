"""Why an appointment changed stands beside what it is for."""

from django.db import migrations, models

from audit.triggers import Track


class Migration(migrations.Migration):
    dependencies = [("patients", "0003_accounts_seen")]

    operations = [
        migrations.AddField("appointment", "change_reason", models.CharField(blank=True, max_length=300)),
        migrations.AddField("historicalappointment", "change_reason", models.CharField(blank=True, max_length=300)),
        Track("Appointment"),
    ]
