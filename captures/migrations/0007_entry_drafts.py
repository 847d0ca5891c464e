"""What people typed and did not save, each for themselves; the only rows of captures that may go."""

import django.db.models.deletion
import edc.base.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('captures', '0006_queries_counted'),
        ('patients', '0004_appointment_reasons'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='EntryDraft',
            fields=[
                ('id', models.UUIDField(default=edc.base.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('visit', models.CharField(max_length=40)),
                ('visit_repeat', models.PositiveIntegerField(default=1)),
                ('form', models.CharField(max_length=40)),
                ('form_repeat', models.PositiveIntegerField(default=1)),
                ('typed', models.JSONField(default=dict)),
                ('read_version', models.PositiveIntegerField(default=0)),
                ('saved_at', models.DateTimeField(db_index=True)),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='patients.subject')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('user', 'subject', 'visit', 'visit_repeat', 'form', 'form_repeat'), name='one_draft_of_a_person_per_form')],
            },
        ),
        migrations.RunSQL("grant delete on captures_entrydraft to edc_app", migrations.RunSQL.noop),
    ]
