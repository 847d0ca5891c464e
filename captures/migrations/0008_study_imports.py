"""Study files that were brought in, what they told beside the values, and captures that were taken back."""

import django.db.models.deletion
import edc.base.ids
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from audit.triggers import Track

# Data that another system collected hang on a version that need not be in force yet; what they were collected under
# stays as it is.
KEEP = """
create function captures_keep_study_version() returns trigger language plpgsql as $$
begin
    if new.document is distinct from old.document
        and exists (select from captures_datacapture c where c.study_version_id = old.id) then
        raise exception 'A study version that has data never changes.' using errcode = 'ED003';
    end if;
    return new;
end $$;
create trigger keep_with_data before update on trials_studyversion
    for each row execute function captures_keep_study_version();
create trigger append_only before update or delete on captures_sourcerecord
    for each row execute function audit_refuse();
"""
DROP_KEEP = """
drop trigger append_only on captures_sourcerecord;
drop trigger keep_with_data on trials_studyversion;
drop function captures_keep_study_version();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('captures', '0007_entry_drafts'),
        ('patients', '0005_brought_in_subjects'),
        ('trials', '0005_import_right'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalStudyImport',
            fields=[
                ('id', models.UUIDField(db_index=True, default=edc.base.ids.uuid7, editable=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(blank=True, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('file_name', models.CharField(max_length=200)),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.BigIntegerField()),
                ('state', models.CharField(choices=[('WAITING', 'Looked at'), ('TAKEN', 'Brought in'), ('UNDONE', 'Taken back')], default='WAITING', max_length=7)),
                ('summary', models.JSONField(default=dict)),
                ('taken_at', models.DateTimeField(blank=True, null=True)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical study import',
                'verbose_name_plural': 'historical study imports',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='SourceRecord',
            fields=[
                ('id', models.UUIDField(default=edc.base.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('AUDIT', 'Change in the other system'), ('SIGNATURE', 'Signature in the other system'), ('ANNOTATION', 'Remark in the other system'), ('EARLIER', 'Earlier value in the other system'), ('FILE', 'File in the other system')], max_length=10)),
                ('place', models.CharField(blank=True, max_length=130)),
                ('key', models.JSONField(default=dict)),
                ('file_id', models.CharField(blank=True, max_length=200)),
                ('details', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['id'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='StudyImport',
            fields=[
                ('id', models.UUIDField(default=edc.base.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('file_name', models.CharField(max_length=200)),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.BigIntegerField()),
                ('state', models.CharField(choices=[('WAITING', 'Looked at'), ('TAKEN', 'Brought in'), ('UNDONE', 'Taken back')], default='WAITING', max_length=7)),
                ('summary', models.JSONField(default=dict)),
                ('taken_at', models.DateTimeField(blank=True, null=True)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-created_at'],
                'default_permissions': (),
            },
        ),
        migrations.RemoveConstraint(
            model_name='datacapture',
            name='one_capture_per_form_and_visit',
        ),
        migrations.AddField(
            model_name='datacapture',
            name='imported_version',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='datacapture',
            name='removed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='datacapture',
            name='source_keys',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name='historicaldatacapture',
            name='imported_version',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='historicaldatacapture',
            name='removed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='historicaldatacapture',
            name='source_keys',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name='historicalstudyimport',
            name='history_user',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalstudyimport',
            name='looked_at_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalstudyimport',
            name='study_version',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='trials.studyversion'),
        ),
        migrations.AddField(
            model_name='historicalstudyimport',
            name='trial',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='trials.clinicaltrial'),
        ),
        migrations.AddField(
            model_name='historicalstudyimport',
            name='undone_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='sourcerecord',
            name='capture',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='source_records', to='captures.datacapture'),
        ),
        migrations.AddField(
            model_name='sourcerecord',
            name='patient',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patientprofile'),
        ),
        migrations.AddField(
            model_name='sourcerecord',
            name='site',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trials.site'),
        ),
        migrations.AddField(
            model_name='sourcerecord',
            name='subject',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.subject'),
        ),
        migrations.AddField(
            model_name='sourcerecord',
            name='trial',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trials.clinicaltrial'),
        ),
        migrations.AddField(
            model_name='studyimport',
            name='looked_at_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='studyimport',
            name='study_version',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trials.studyversion'),
        ),
        migrations.AddField(
            model_name='studyimport',
            name='trial',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trials.clinicaltrial'),
        ),
        migrations.AddField(
            model_name='studyimport',
            name='undone_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='sourcerecord',
            name='study_import',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='records', to='captures.studyimport'),
        ),
        migrations.AddField(
            model_name='datacapture',
            name='study_import',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='captures', to='captures.studyimport'),
        ),
        migrations.AddField(
            model_name='historicaldatacapture',
            name='study_import',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='captures.studyimport'),
        ),
        migrations.AddIndex(
            model_name='datacapture',
            index=models.Index(condition=models.Q(('study_import__isnull', False)), fields=['study_import'], name='capture_by_study_import'),
        ),
        migrations.AddConstraint(
            model_name='datacapture',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('form', ''), _negated=True), ('removed_at', None)), fields=('subject', 'visit', 'visit_repeat', 'form', 'form_repeat'), name='one_capture_per_form_and_visit'),
        ),
        migrations.AddConstraint(
            model_name='datacapture',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('imported_version', None), ('study_import', None)), models.Q(('imported_version__isnull', False), ('study_import__isnull', False)), _connector='OR'), name='capture_study_import_and_version'),
        ),
        migrations.AddIndex(
            model_name='studyimport',
            index=models.Index(fields=['trial', '-created_at', '-id'], name='study_import_by_trial'),
        ),
        migrations.AddConstraint(
            model_name='studyimport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'WAITING'), ('taken_at', None), ('undone_at', None)), models.Q(('state', 'TAKEN'), ('taken_at__isnull', False), ('undone_at', None)), models.Q(('state', 'UNDONE'), ('taken_at__isnull', False), ('undone_at__isnull', False)), _connector='OR'), name='study_import_state_and_times'),
        ),
        migrations.AddConstraint(
            model_name='studyimport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('undone_at', None), ('undone_by', None)), models.Q(('undone_at__isnull', False), ('undone_by__isnull', False)), _connector='OR'), name='study_import_undone_at_and_by'),
        ),
        migrations.AddConstraint(
            model_name='studyimport',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'TAKEN')), fields=('trial', 'sha256'), name='file_is_in_a_trial_once'),
        ),
        migrations.AddIndex(
            model_name='sourcerecord',
            index=models.Index(fields=['capture', 'id'], name='source_record_of_capture'),
        ),
        migrations.AddIndex(
            model_name='sourcerecord',
            index=models.Index(condition=models.Q(('file_id', ''), _negated=True), fields=['study_import', 'file_id'], name='source_record_by_file_id'),
        ),
        migrations.RunSQL(KEEP, DROP_KEEP),
        Track("StudyImport"),
        Track("SourceRecord"),
        Track(
            "DataCapture",
            documents=["data"],
            fields=["data_value"],
            derived=["missing_items", "flagged_items", "open_queries", "answered_queries"],
        ),
    ]
