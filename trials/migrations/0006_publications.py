"""Publications of study versions at sites, and what reviewers say about versions."""

import django.db.models.deletion
import edc.base.ids
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('trials', '0005_import_right'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalReviewComment',
            fields=[
                ('id', models.UUIDField(db_index=True, default=edc.base.ids.uuid7, editable=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(blank=True, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('path', models.CharField(blank=True, max_length=300)),
                ('text', models.TextField()),
                ('resolved_at', models.DateTimeField(blank=True, null=True)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical review comment',
                'verbose_name_plural': 'historical review comments',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalSitePublication',
            fields=[
                ('id', models.UUIDField(db_index=True, default=edc.base.ids.uuid7, editable=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(blank=True, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('effective_from', models.DateField()),
                ('ethics_reference', models.CharField(blank=True, max_length=120)),
                ('ethics_approved_on', models.DateField(blank=True, null=True)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical site publication',
                'verbose_name_plural': 'historical site publications',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='ReviewComment',
            fields=[
                ('id', models.UUIDField(default=edc.base.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('path', models.CharField(blank=True, max_length=300)),
                ('text', models.TextField()),
                ('resolved_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['created_at', 'id'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SitePublication',
            fields=[
                ('id', models.UUIDField(default=edc.base.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('effective_from', models.DateField()),
                ('ethics_reference', models.CharField(blank=True, max_length=120)),
                ('ethics_approved_on', models.DateField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-effective_from', '-id'],
                'default_permissions': (),
            },
        ),
        migrations.RemoveConstraint(
            model_name='studyversion',
            name='one_published_study_version',
        ),
        migrations.RemoveConstraint(
            model_name='studyversion',
            name='study_version_status_is_known',
        ),
        migrations.AlterField(
            model_name='historicalstudyversion',
            name='status',
            field=models.CharField(choices=[('DRAFT', 'Draft'), ('IN_REVIEW', 'In review'), ('APPROVED', 'Approved'), ('PUBLISHED', 'Published'), ('SUPERSEDED', 'Superseded'), ('RETIRED', 'Retired')], default='DRAFT', max_length=10),
        ),
        migrations.AlterField(
            model_name='studyversion',
            name='status',
            field=models.CharField(choices=[('DRAFT', 'Draft'), ('IN_REVIEW', 'In review'), ('APPROVED', 'Approved'), ('PUBLISHED', 'Published'), ('SUPERSEDED', 'Superseded'), ('RETIRED', 'Retired')], default='DRAFT', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='studyversion',
            constraint=models.UniqueConstraint(fields=('id', 'trial'), name='study_version_key_with_trial'),
        ),
        migrations.AddConstraint(
            model_name='studyversion',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['DRAFT', 'IN_REVIEW', 'APPROVED', 'PUBLISHED', 'SUPERSEDED', 'RETIRED'])), name='study_version_status_is_known'),
        ),
        migrations.AddField(
            model_name='historicalreviewcomment',
            name='history_user',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalreviewcomment',
            name='resolved_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalreviewcomment',
            name='study_version',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='trials.studyversion'),
        ),
        migrations.AddField(
            model_name='historicalreviewcomment',
            name='trial',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='trials.clinicaltrial'),
        ),
        migrations.AddField(
            model_name='historicalreviewcomment',
            name='written_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalsitepublication',
            name='history_user',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalsitepublication',
            name='published_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalsitepublication',
            name='site',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='trials.site'),
        ),
        migrations.AddField(
            model_name='historicalsitepublication',
            name='study_version',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='trials.studyversion'),
        ),
        migrations.AddField(
            model_name='historicalsitepublication',
            name='trial',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='trials.clinicaltrial'),
        ),
        migrations.AddField(
            model_name='reviewcomment',
            name='resolved_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reviewcomment',
            name='study_version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='trials.studyversion'),
        ),
        migrations.AddField(
            model_name='reviewcomment',
            name='trial',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trials.clinicaltrial'),
        ),
        migrations.AddField(
            model_name='reviewcomment',
            name='written_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='sitepublication',
            name='published_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='sitepublication',
            name='site',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='publications', to='trials.site'),
        ),
        migrations.AddField(
            model_name='sitepublication',
            name='study_version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='publications', to='trials.studyversion'),
        ),
        migrations.AddField(
            model_name='sitepublication',
            name='trial',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trials.clinicaltrial'),
        ),
        migrations.AddIndex(
            model_name='reviewcomment',
            index=models.Index(fields=['study_version', 'created_at'], name='comment_by_version'),
        ),
        migrations.AddConstraint(
            model_name='reviewcomment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('resolved_at', None), ('resolved_by', None)), models.Q(('resolved_at__isnull', False), ('resolved_by__isnull', False)), _connector='OR'), name='comment_resolved_at_and_by'),
        ),
        migrations.AddIndex(
            model_name='sitepublication',
            index=models.Index(fields=['trial', 'site'], name='publication_by_place'),
        ),
        migrations.AddConstraint(
            model_name='sitepublication',
            constraint=models.UniqueConstraint(fields=('study_version', 'site'), name='one_publication_of_a_version_at_a_place', nulls_distinct=False),
        ),
    ]
