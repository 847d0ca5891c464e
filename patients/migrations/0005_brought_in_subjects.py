"""Subjects whom a study file brought in: without identity at first, and taken back with the file."""

from django.conf import settings
from django.db import migrations, models

from audit.triggers import Track


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0004_appointment_reasons'),
        ('trials', '0005_import_right'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='patientprofile',
            name='medical_record_number_is_unique',
        ),
        migrations.RemoveConstraint(
            model_name='subject',
            name='subject_number_is_unique_in_its_trial',
        ),
        migrations.AddField(
            model_name='historicalsubject',
            name='removed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='subject',
            name='removed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name='patientprofile',
            constraint=models.UniqueConstraint(condition=models.Q(('medical_record_number_index', ''), _negated=True), fields=('primary_clinic', 'medical_record_number_index'), name='medical_record_number_is_unique'),
        ),
        migrations.AddConstraint(
            model_name='subject',
            constraint=models.UniqueConstraint(condition=models.Q(('removed_at', None)), fields=('trial', 'number'), name='subject_number_is_unique_in_its_trial'),
        ),
        Track("Subject", scope={"subject_id": "new.id"}, documents=["trial_details"]),
    ]
