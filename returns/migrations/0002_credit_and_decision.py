import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    """What a return was worth, what was said about it, and where each unit was looked at."""

    dependencies = [("inventory", "0001_initial"), ("returns", "0001_initial")]

    operations = [
        migrations.AddField(
            "return", "credited", models.DecimalField(max_digits=20, decimal_places=4, default=0)
        ),
        migrations.AddField("return", "fee", models.DecimalField(max_digits=20, decimal_places=4, default=0)),
        migrations.AddField(
            "return", "decision_note", models.CharField(max_length=1000, default="", blank=True)
        ),
        migrations.AddField(
            "inspection",
            "location",
            models.ForeignKey(
                to="inventory.location", on_delete=django.db.models.deletion.PROTECT, default=None
            ),
            preserve_default=False,
        ),
        migrations.CreateModel(
            "ReturnLabel",
            [
                (
                    "return_order",
                    models.OneToOneField(
                        "returns.Return",
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="label",
                        serialize=False,
                    ),
                ),
                ("content", models.BinaryField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AddConstraint(
            "return",
            models.CheckConstraint(
                condition=models.Q(credited__gte=0, refunded__gte=0, fee__gte=0),
                name="return_money_not_negative",
            ),
        ),
    ]
