import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """What was sent instead of money."""

    dependencies = [("orders", "0001_initial"), ("returns", "0002_credit_and_decision")]

    operations = [
        migrations.AddField(
            "return",
            "new_order",
            models.ForeignKey(
                "orders.order",
                null=True,
                blank=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
            ),
        ),
    ]
