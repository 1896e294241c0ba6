"""The orders of a product from the index alone; it takes the place of the one on the product."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("inventory", "0006_transfers_and_purchases"),
        ("orders", "0008_lighter_indexes"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="line",
            index=models.Index(fields=["product", "order"], name="line_by_product"),
        ),
        migrations.AlterField(
            model_name="line",
            name="product",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="inventory.product"
            ),
        ),
    ]
