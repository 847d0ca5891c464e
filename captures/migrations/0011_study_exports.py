"""Exports of studies, each its own place in the queue."""

import django.db.models.deletion
import edc.base.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('captures', '0010_versions_in_use'),
        ('trials', '0005_import_right'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='StudyExport',
            fields=[
                ('id', models.UUIDField(default=edc.base.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('format', models.CharField(max_length=20)),
                ('as_of', models.DateTimeField(blank=True, null=True)),
                ('identified', models.BooleanField(default=False)),
                ('status', models.CharField(choices=[('WAITING', 'Waiting'), ('RUNNING', 'Being written'), ('DONE', 'Ready'), ('FAILED', 'Failed')], default='WAITING', max_length=7)),
                ('tries', models.PositiveIntegerField(default=0)),
                ('subjects', models.PositiveIntegerField(default=0)),
                ('subjects_done', models.PositiveIntegerField(default=0)),
                ('rows', models.PositiveIntegerField(default=0)),
                ('values', models.PositiveBigIntegerField(default=0)),
                ('versions', models.JSONField(default=list)),
                ('size', models.PositiveBigIntegerField(default=0)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('file', models.CharField(blank=True, max_length=100)),
                ('error', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('beat_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('trial', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trials.clinicaltrial')),
            ],
            options={
                'ordering': ['-created_at'],
                'default_permissions': (),
                'indexes': [models.Index(fields=['asked_by', '-created_at', '-id'], name='study_export_of_person'), models.Index(condition=models.Q(('status__in', ['WAITING', 'RUNNING'])), fields=['created_at'], name='study_export_to_do')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('finished_at', None), ('status__in', ['WAITING', 'RUNNING'])), models.Q(('finished_at__isnull', False), ('status__in', ['DONE', 'FAILED'])), _connector='OR'), name='study_export_status_and_time')],
            },
        ),
    ]
