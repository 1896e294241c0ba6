"""The figures of customers' histories. Everyone is marked; the worker fills them in, so that nothing waits here."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0010_customers"),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerMark",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="orders.customer",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="customer",
            name="active_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="cancelled_count",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="customer",
            name="channels",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), blank=True, db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="cities",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), blank=True, db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="countries",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=2), blank=True, db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="first_order_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="language",
            field=models.CharField(blank=True, db_default="", default="", max_length=8),
        ),
        migrations.AddField(
            model_name="customer",
            name="last_order_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="order_count",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="customer",
            name="paid",
            field=models.DecimalField(db_default=0, decimal_places=4, default=0, max_digits=20),
        ),
        migrations.AddField(
            model_name="customer",
            name="paid_elsewhere",
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name="customer",
            name="returned_count",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["-active_at", "-id"], name="customer_active"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["-order_count", "-id"], name="customer_most_orders"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["-paid", "-id"], name="customer_best"),
        ),
        migrations.RunSQL(
            "INSERT INTO orders_customermark (customer_id) SELECT id FROM orders_customer",
            migrations.RunSQL.noop,
        ),
    ]
