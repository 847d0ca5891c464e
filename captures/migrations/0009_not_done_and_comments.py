"""Forms that are not done, with the reason; remarks beside fields, which only grow; the trail over both."""

import django.db.models.deletion
import edc.base.ids
from django.conf import settings
from django.db import migrations, models

from audit.triggers import Track

APPEND_ONLY = """
create trigger append_only before update or delete on captures_fieldcomment
    for each row execute function audit_refuse();
create trigger never_edited before truncate on captures_fieldcomment
    for each statement execute function audit_refuse();
"""
DROP_APPEND_ONLY = """
drop trigger never_edited on captures_fieldcomment;
drop trigger append_only on captures_fieldcomment;
"""
OF_CAPTURE = {
    name: f"(select c.{name} from captures_datacapture c where c.id = new.capture_id)"
    for name in ("trial_id", "site_id", "patient_id", "subject_id")
}


class Migration(migrations.Migration):

    dependencies = [
        ('captures', '0008_study_imports'),
        ('patients', '0004_appointment_reasons'),
        ('trials', '0004_query_rights'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FieldComment',
            fields=[
                ('id', models.UUIDField(default=edc.base.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('place', models.CharField(max_length=200)),
                ('text', models.TextField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.RemoveConstraint(
            model_name='datacapture',
            name='capture_status_and_times',
        ),
        migrations.AddField(
            model_name='datacapture',
            name='not_done_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='datacapture',
            name='not_done_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='datacapture',
            name='not_done_reason',
            field=models.CharField(blank=True, db_default='', max_length=500),
        ),
        migrations.AddField(
            model_name='historicaldatacapture',
            name='not_done_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='historicaldatacapture',
            name='not_done_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicaldatacapture',
            name='not_done_reason',
            field=models.CharField(blank=True, db_default='', max_length=500),
        ),
        migrations.AlterField(
            model_name='datacapture',
            name='status',
            field=models.CharField(choices=[('IN_PROGRESS', 'In progress'), ('SUBMITTED', 'Submitted'), ('FINALISED', 'Finalised'), ('NOT_DONE', 'Not done')], default='IN_PROGRESS', max_length=11),
        ),
        migrations.AlterField(
            model_name='historicaldatacapture',
            name='status',
            field=models.CharField(choices=[('IN_PROGRESS', 'In progress'), ('SUBMITTED', 'Submitted'), ('FINALISED', 'Finalised'), ('NOT_DONE', 'Not done')], default='IN_PROGRESS', max_length=11),
        ),
        migrations.AddConstraint(
            model_name='datacapture',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finalised_at', None), ('status__in', ['IN_PROGRESS', 'NOT_DONE']), ('submitted_at', None)), models.Q(('finalised_at', None), ('status', 'SUBMITTED'), ('submitted_at__isnull', False)), models.Q(('finalised_at__isnull', False), ('status', 'FINALISED'), ('submitted_at__isnull', False)), _connector='OR'), name='capture_status_and_times'),
        ),
        migrations.AddConstraint(
            model_name='datacapture',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('data', {}), ('not_done_at__isnull', False), ('not_done_by__isnull', False), ('status', 'NOT_DONE'), models.Q(('not_done_reason', ''), _negated=True), models.Q(('form', ''), _negated=True)), models.Q(models.Q(('status', 'NOT_DONE'), _negated=True), ('not_done_at', None), ('not_done_by', None), ('not_done_reason', '')), _connector='OR'), name='capture_not_done_has_its_reason'),
        ),
        migrations.AddField(
            model_name='fieldcomment',
            name='author',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='fieldcomment',
            name='capture',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='captures.datacapture'),
        ),
        migrations.AddIndex(
            model_name='fieldcomment',
            index=models.Index(fields=['capture', 'place', 'created_at', 'id'], name='comment_by_capture'),
        ),
        migrations.RunSQL(APPEND_ONLY, DROP_APPEND_ONLY),
        Track("FieldComment", scope=OF_CAPTURE, fields=["text"]),
        Track(
            "DataCapture",
            documents=["data"],
            fields=["data_value"],
            derived=["missing_items", "flagged_items", "open_queries", "answered_queries"],
        ),
    ]
