"""Moves of captures between study versions, and the values that they set aside."""

import django.db.models.deletion
import edc.base.ids
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('captures', '0012_files'),
        ('patients', '0006_enrolled_version'),
        ('trials', '0007_publishing'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CaptureMove',
            fields=[
                ('id', models.UUIDField(default=edc.base.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('finalised', models.CharField(choices=[('LEAVE', 'Leave them in their version, finalised'), ('REOPEN', 'Move them and open them again, for a new look by the investigator')], default='LEAVE', max_length=6)),
                ('state', models.CharField(choices=[('DONE', 'Done'), ('UNDONE', 'Undone')], default='DONE', max_length=6)),
                ('reason', models.TextField()),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('moved', models.PositiveIntegerField(default=0)),
                ('reopened', models.PositiveIntegerField(default=0)),
                ('left_behind', models.PositiveIntegerField(default=0)),
                ('values_set_aside', models.PositiveIntegerField(default=0)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='HistoricalCaptureMove',
            fields=[
                ('id', models.UUIDField(db_index=True, default=edc.base.ids.uuid7, editable=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(blank=True, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('finalised', models.CharField(choices=[('LEAVE', 'Leave them in their version, finalised'), ('REOPEN', 'Move them and open them again, for a new look by the investigator')], default='LEAVE', max_length=6)),
                ('state', models.CharField(choices=[('DONE', 'Done'), ('UNDONE', 'Undone')], default='DONE', max_length=6)),
                ('reason', models.TextField()),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('moved', models.PositiveIntegerField(default=0)),
                ('reopened', models.PositiveIntegerField(default=0)),
                ('left_behind', models.PositiveIntegerField(default=0)),
                ('values_set_aside', models.PositiveIntegerField(default=0)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical capture move',
                'verbose_name_plural': 'historical capture moves',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='MovedCapture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('capture_version', models.PositiveIntegerField()),
                ('finalised_at', models.DateTimeField(blank=True, null=True)),
                ('values_set_aside', models.PositiveIntegerField(default=0)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='datacapture',
            name='set_aside',
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='historicaldatacapture',
            name='set_aside',
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='datacapture',
            index=models.Index(fields=['site', 'study_version', 'id'], name='capture_by_version'),
        ),
        migrations.AddField(
            model_name='capturemove',
            name='from_version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trials.studyversion'),
        ),
        migrations.AddField(
            model_name='capturemove',
            name='moved_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='capturemove',
            name='site',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trials.site'),
        ),
        migrations.AddField(
            model_name='capturemove',
            name='to_version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trials.studyversion'),
        ),
        migrations.AddField(
            model_name='capturemove',
            name='trial',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trials.clinicaltrial'),
        ),
        migrations.AddField(
            model_name='capturemove',
            name='undone_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalcapturemove',
            name='from_version',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='trials.studyversion'),
        ),
        migrations.AddField(
            model_name='historicalcapturemove',
            name='history_user',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalcapturemove',
            name='moved_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalcapturemove',
            name='site',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='trials.site'),
        ),
        migrations.AddField(
            model_name='historicalcapturemove',
            name='to_version',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='trials.studyversion'),
        ),
        migrations.AddField(
            model_name='historicalcapturemove',
            name='trial',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='trials.clinicaltrial'),
        ),
        migrations.AddField(
            model_name='historicalcapturemove',
            name='undone_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='movedcapture',
            name='capture',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='captures.datacapture'),
        ),
        migrations.AddField(
            model_name='movedcapture',
            name='finalised_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='movedcapture',
            name='move',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='captures', to='captures.capturemove'),
        ),
        migrations.AddIndex(
            model_name='capturemove',
            index=models.Index(fields=['trial', '-created_at', '-id'], name='capture_move_by_trial'),
        ),
        migrations.AddIndex(
            model_name='capturemove',
            index=models.Index(fields=['site', '-created_at', '-id'], name='capture_move_by_site'),
        ),
        migrations.AddConstraint(
            model_name='capturemove',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'DONE'), ('undone_at', None), ('undone_by', None)), models.Q(('state', 'UNDONE'), ('undone_at__isnull', False), ('undone_by__isnull', False)), _connector='OR'), name='capture_move_state_and_times'),
        ),
        migrations.AddConstraint(
            model_name='movedcapture',
            constraint=models.UniqueConstraint(fields=('move', 'capture'), name='capture_is_in_a_move_once'),
        ),
    ]
