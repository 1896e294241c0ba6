from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0004_no_compiled_plans"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="mention_mails",
            field=models.BooleanField(default=True),
        ),
    ]
