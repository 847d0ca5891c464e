"""Data queries with their threads; each capture counts the open and the answered ones."""

import django.db.models.deletion
import edc.base.ids
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('captures', '0004_reasons_seen'),
        ('patients', '0004_appointment_reasons'),
        ('trials', '0004_query_rights'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DataQuery',
            fields=[
                ('id', models.UUIDField(default=edc.base.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('place', models.CharField(blank=True, max_length=200)),
                ('source', models.CharField(choices=[('SYSTEM', 'Edit check'), ('DATA_MANAGEMENT', 'Data management'), ('SITE_MONITOR', 'Site monitor')], max_length=20)),
                ('check_oid', models.CharField(blank=True, max_length=200)),
                ('state', models.CharField(choices=[('CANDIDATE', 'Candidate'), ('OPEN', 'Open'), ('ANSWERED', 'Answered'), ('CLOSED', 'Closed'), ('CANCELLED', 'Cancelled'), ('RESOLVED', 'Resolved')], default='OPEN', max_length=9)),
                ('resolution', models.CharField(blank=True, choices=[('CORRECTED', 'Corrected'), ('CONFIRMED', 'Confirmed correct'), ('SELF_EVIDENT', 'Self-evident correction'), ('UNRESOLVABLE', 'Cannot be resolved: data not available')], max_length=12)),
                ('message', models.TextField()),
                ('value', models.JSONField(blank=True, null=True)),
                ('last_value', models.JSONField(blank=True, null=True)),
                ('due_date', models.DateField(blank=True, null=True)),
                ('opener_role', models.CharField(blank=True, max_length=100)),
                ('opened_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'data query',
                'verbose_name_plural': 'data queries',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='DataQueryEntry',
            fields=[
                ('id', models.UUIDField(default=edc.base.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('OPENED', 'Submitted as it is'), ('ANSWERED', 'Answered'), ('REQUERIED', 'Asked again'), ('CLOSED', 'Closed'), ('CANCELLED', 'Cancelled'), ('RESOLVED', 'Resolved by the data')], max_length=9)),
                ('text', models.TextField(blank=True)),
                ('resolution', models.CharField(blank=True, choices=[('CORRECTED', 'Corrected'), ('CONFIRMED', 'Confirmed correct'), ('SELF_EVIDENT', 'Self-evident correction'), ('UNRESOLVABLE', 'Cannot be resolved: data not available')], max_length=12)),
                ('value', models.JSONField(blank=True, null=True)),
                ('capture_version', models.PositiveIntegerField()),
                ('author_role', models.CharField(blank=True, max_length=100)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'entry of a data query',
                'verbose_name_plural': 'entries of data queries',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='HistoricalDataQuery',
            fields=[
                ('id', models.UUIDField(db_index=True, default=edc.base.ids.uuid7, editable=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(blank=True, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('place', models.CharField(blank=True, max_length=200)),
                ('source', models.CharField(choices=[('SYSTEM', 'Edit check'), ('DATA_MANAGEMENT', 'Data management'), ('SITE_MONITOR', 'Site monitor')], max_length=20)),
                ('check_oid', models.CharField(blank=True, max_length=200)),
                ('state', models.CharField(choices=[('CANDIDATE', 'Candidate'), ('OPEN', 'Open'), ('ANSWERED', 'Answered'), ('CLOSED', 'Closed'), ('CANCELLED', 'Cancelled'), ('RESOLVED', 'Resolved')], default='OPEN', max_length=9)),
                ('resolution', models.CharField(blank=True, choices=[('CORRECTED', 'Corrected'), ('CONFIRMED', 'Confirmed correct'), ('SELF_EVIDENT', 'Self-evident correction'), ('UNRESOLVABLE', 'Cannot be resolved: data not available')], max_length=12)),
                ('message', models.TextField()),
                ('value', models.JSONField(blank=True, null=True)),
                ('last_value', models.JSONField(blank=True, null=True)),
                ('due_date', models.DateField(blank=True, null=True)),
                ('opener_role', models.CharField(blank=True, max_length=100)),
                ('opened_at', models.DateTimeField(blank=True, null=True)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical data query',
                'verbose_name_plural': 'historical data queries',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.AddField(
            model_name='datacapture',
            name='answered_queries',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='datacapture',
            name='open_queries',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='historicaldatacapture',
            name='answered_queries',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='historicaldatacapture',
            name='open_queries',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddIndex(
            model_name='datacapture',
            index=models.Index(condition=models.Q(('open_queries__gt', 0)), fields=['site', '-timestamp', '-id'], name='capture_with_open_queries'),
        ),
        migrations.AddIndex(
            model_name='datacapture',
            index=models.Index(condition=models.Q(('answered_queries__gt', 0)), fields=['site', '-timestamp', '-id'], name='capture_with_answers'),
        ),
        migrations.AddConstraint(
            model_name='datacapture',
            constraint=models.UniqueConstraint(fields=('id', 'subject'), name='capture_key_with_subject'),
        ),
        migrations.AddField(
            model_name='dataquery',
            name='capture',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='queries', to='captures.datacapture'),
        ),
        migrations.AddField(
            model_name='dataquery',
            name='opened_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='dataquery',
            name='patient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patientprofile'),
        ),
        migrations.AddField(
            model_name='dataquery',
            name='previous',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='following', to='captures.dataquery'),
        ),
        migrations.AddField(
            model_name='dataquery',
            name='site',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trials.site'),
        ),
        migrations.AddField(
            model_name='dataquery',
            name='subject',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.subject'),
        ),
        migrations.AddField(
            model_name='dataquery',
            name='trial',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trials.clinicaltrial'),
        ),
        migrations.AddField(
            model_name='dataqueryentry',
            name='author',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='dataqueryentry',
            name='query',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='captures.dataquery'),
        ),
        migrations.AddField(
            model_name='historicaldataquery',
            name='capture',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='captures.datacapture'),
        ),
        migrations.AddField(
            model_name='historicaldataquery',
            name='history_user',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicaldataquery',
            name='opened_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicaldataquery',
            name='patient',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='patients.patientprofile'),
        ),
        migrations.AddField(
            model_name='historicaldataquery',
            name='previous',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='captures.dataquery'),
        ),
        migrations.AddField(
            model_name='historicaldataquery',
            name='site',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='trials.site'),
        ),
        migrations.AddField(
            model_name='historicaldataquery',
            name='subject',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='patients.subject'),
        ),
        migrations.AddField(
            model_name='historicaldataquery',
            name='trial',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='trials.clinicaltrial'),
        ),
        migrations.AddIndex(
            model_name='dataquery',
            index=models.Index(fields=['capture', 'place'], name='query_by_capture'),
        ),
        migrations.AddIndex(
            model_name='dataquery',
            index=models.Index(fields=['trial', 'subject', 'id'], name='query_by_subject'),
        ),
        migrations.AddIndex(
            model_name='dataquery',
            index=models.Index(condition=models.Q(('state__in', ['OPEN', 'ANSWERED'])), fields=['trial', 'subject', 'id'], name='query_to_work_on'),
        ),
        migrations.AddIndex(
            model_name='dataquery',
            index=models.Index(condition=models.Q(('state__in', ['OPEN', 'ANSWERED'])), fields=['site', 'subject', 'id'], name='query_to_work_on_at_site'),
        ),
        migrations.AddIndex(
            model_name='dataquery',
            index=models.Index(fields=['site', '-created_at', '-id'], name='query_by_site'),
        ),
        migrations.AddConstraint(
            model_name='dataquery',
            constraint=models.UniqueConstraint(condition=models.Q(('source', 'SYSTEM'), ('state__in', ['CANDIDATE', 'OPEN', 'ANSWERED'])), fields=('capture', 'place', 'check_oid'), name='one_live_system_query'),
        ),
        migrations.AddConstraint(
            model_name='dataquery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('opened_by', None), ('opener_role', ''), ('source', 'SYSTEM')), models.Q(models.Q(('source', 'SYSTEM'), _negated=True), ('check_oid', ''), ('opened_by__isnull', False)), _connector='OR'), name='query_has_an_opener'),
        ),
        migrations.AddConstraint(
            model_name='dataquery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('opened_at', None), ('source', 'SYSTEM'), ('state', 'CANDIDATE')), ('state__in', ['CANCELLED', 'RESOLVED']), models.Q(('opened_at__isnull', False), ('state__in', ['OPEN', 'ANSWERED', 'CLOSED'])), _connector='OR'), name='query_state_and_opening'),
        ),
        migrations.AddConstraint(
            model_name='dataquery',
            constraint=models.CheckConstraint(condition=models.Q(('previous', models.F('id')), _negated=True), name='query_follows_another'),
        ),
        migrations.AddIndex(
            model_name='dataqueryentry',
            index=models.Index(fields=['query', 'created_at', 'id'], name='query_entry_by_query'),
        ),
    ]
