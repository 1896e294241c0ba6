"""Acts on many customers beside those on orders."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("backoffice", "0004_faults_say_why"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="bulkjob",
            name="bulk_kind_known",
        ),
        migrations.RenameField(
            model_name="bulkfailure",
            old_name="order_id",
            new_name="row_id",
        ),
        migrations.AlterField(
            model_name="bulkjob",
            name="kind",
            field=models.CharField(
                choices=[
                    ("hold", "Hold"),
                    ("release", "Release"),
                    ("tag", "Tag"),
                    ("cancel", "Cancel"),
                    ("print", "Print"),
                    ("export", "Export"),
                    ("customer_tag", "Tag customers"),
                    ("customer_trust", "Trust customers"),
                    ("customer_block", "Block customers"),
                    ("customer_export", "Export customers"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkjob",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "hold",
                            "release",
                            "tag",
                            "cancel",
                            "print",
                            "export",
                            "customer_tag",
                            "customer_trust",
                            "customer_block",
                            "customer_export",
                        ],
                    )
                ),
                name="bulk_kind_known",
            ),
        ),
    ]
