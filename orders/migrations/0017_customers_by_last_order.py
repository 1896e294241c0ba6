import datetime
import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0016_orders_being_picked"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="customer",
            name="customer_active",
        ),
        migrations.RemoveField(
            model_name="customer",
            name="active_at",
        ),
        migrations.AddField(
            model_name="customer",
            name="ordered_at",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.comparison.Coalesce(
                    "last_order_at",
                    models.Value(datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                ),
                output_field=models.DateTimeField(),
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["-ordered_at", "-id"], name="customer_last_order"),
        ),
    ]
