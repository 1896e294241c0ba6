from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0013_mentions"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("first_order_at", None), _negated=True),
                fields=["-first_order_at"],
                name="customer_new",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("paid_elsewhere", {}), _negated=True),
                fields=["id"],
                name="customer_paid_elsewhere",
            ),
        ),
    ]
