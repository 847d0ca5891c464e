"""Files of forms, which are never edited, and the trail over them."""

import django.db.models.deletion
import edc.base.ids
from django.conf import settings
from django.db import migrations, models

from audit.triggers import Track

APPEND_ONLY = """
create trigger append_only before update or delete on captures_uploadedfile
    for each row execute function audit_refuse();
create trigger never_edited before truncate on captures_uploadedfile
    for each statement execute function audit_refuse();
"""
DROP_APPEND_ONLY = """
drop trigger never_edited on captures_uploadedfile;
drop trigger append_only on captures_uploadedfile;
"""
OF_CAPTURE = {
    name: f"(select c.{name} from captures_datacapture c where c.id = new.capture_id)"
    for name in ("trial_id", "site_id", "patient_id", "subject_id")
}

class Migration(migrations.Migration):

    dependencies = [
        ('captures', '0011_study_exports'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='UploadedFile',
            fields=[
                ('id', models.UUIDField(default=edc.base.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('place', models.CharField(max_length=200)),
                ('name', models.CharField(max_length=150)),
                ('media_type', models.CharField(max_length=100)),
                ('size', models.PositiveBigIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('key', models.CharField(max_length=100, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('capture', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='captures.datacapture')),
                ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
                'default_permissions': (),
            },
        ),
        migrations.RunSQL(APPEND_ONLY, DROP_APPEND_ONLY),
        Track("UploadedFile", scope=OF_CAPTURE, fields=["place", "name", "media_type", "size", "sha256"]),
    ]
