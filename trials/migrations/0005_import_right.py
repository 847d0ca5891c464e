"""The right to bring in the data of a study file."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('trials', '0004_query_rights'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='clinicaltrial',
            options={'default_permissions': (), 'ordering': ['protocol_number'], 'permissions': (('view_trial', 'See the trial, its sites and its progress'), ('view_data', 'See subjects and captures under their pseudonym'), ('view_identity', 'See who a patient is'), ('enrol', 'Register patients, enrol subjects, invite participants'), ('enter_data', 'Enter and correct captures, answer data queries'), ('finalise_captures', 'Finalise and re-open captures'), ('raise_queries', 'Raise data queries, and close those of the own role'), ('manage_queries', 'Close and cancel any data query'), ('view_messages', "Read the site's messages"), ('send_messages', 'Write messages for the site'), ('view_appointments', 'See appointments'), ('book_appointments', 'Book and change appointments'), ('view_audit', 'Read the audit trail'), ('export_data', 'Export data and audit trail'), ('import_data', 'Bring in the data of a study file, and take them back'), ('manage_trial', 'Write the trial and move it through its life'), ('approve_trial', 'Approve the trial and study versions'), ('manage_study', 'Build study versions'), ('manage_members', 'Manage sites, memberships and accounts'))},
        ),
        migrations.AlterModelOptions(
            name='site',
            options={'default_permissions': (), 'ordering': ['code'], 'permissions': (('view_trial', 'See the trial, its sites and its progress'), ('view_data', 'See subjects and captures under their pseudonym'), ('view_identity', 'See who a patient is'), ('enrol', 'Register patients, enrol subjects, invite participants'), ('enter_data', 'Enter and correct captures, answer data queries'), ('finalise_captures', 'Finalise and re-open captures'), ('raise_queries', 'Raise data queries, and close those of the own role'), ('manage_queries', 'Close and cancel any data query'), ('view_messages', "Read the site's messages"), ('send_messages', 'Write messages for the site'), ('view_appointments', 'See appointments'), ('book_appointments', 'Book and change appointments'), ('view_audit', 'Read the audit trail'), ('export_data', 'Export data and audit trail'), ('import_data', 'Bring in the data of a study file, and take them back'), ('manage_trial', 'Write the trial and move it through its life'), ('approve_trial', 'Approve the trial and study versions'), ('manage_study', 'Build study versions'), ('manage_members', 'Manage sites, memberships and accounts'))},
        ),
    ]
