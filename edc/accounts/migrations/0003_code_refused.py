from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_deletions")]

    operations = [
        migrations.AlterField(
            model_name="signin",
            name="kind",
            field=models.CharField(
                choices=[
                    ("SIGNED_IN", "Signed in"),
                    ("SIGNED_OUT", "Signed out"),
                    ("SIGN_IN_FAILED", "Sign-in failed"),
                    ("LOCKED_OUT", "Locked out"),
                    ("SIGNED_UP", "Signed up"),
                    ("PASSWORD_CHANGED", "Password changed"),
                    ("PASSWORD_RESET", "Password reset"),
                    ("EMAIL_CHANGED", "E-mail address changed"),
                    ("MFA_CHANGED", "Second step changed"),
                    ("SSO_CHANGED", "Single sign-on connected or disconnected"),
                    ("SESSIONS_ENDED", "Signed out everywhere"),
                    ("CODE_REFUSED", "Invitation code refused"),
                ],
                max_length=16,
            ),
        ),
    ]
