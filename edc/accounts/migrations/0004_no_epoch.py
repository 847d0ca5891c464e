from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_code_refused")]

    operations = [migrations.RemoveField(model_name="user", name="access_epoch")]
