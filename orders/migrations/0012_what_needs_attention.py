import django.contrib.postgres.fields
import django.db.models.functions.datetime
import django.utils.timezone
from decimal import Decimal
from django.db import migrations, models


# What was there before stands since it was last touched: nobody wrote down when its stage began.
SQL = """
UPDATE orders_order SET stage_since = updated_at WHERE status = 'open';
CREATE FUNCTION orders_stage_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.stage_since := now();
  RETURN NEW;
END $$;
CREATE TRIGGER orders_stage_begins BEFORE UPDATE OF stage ON orders_order
  FOR EACH ROW WHEN (NEW.stage IS DISTINCT FROM OLD.stage) EXECUTE FUNCTION orders_stage_begins();
"""
BACK = """
DROP TRIGGER orders_stage_begins ON orders_order;
DROP FUNCTION orders_stage_begins();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0004_no_compiled_plans"),
        ("inventory", "0016_price_tiers"),
        ("orders", "0011_customer_histories"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attention",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(
                        default=1, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("placed", models.PositiveIntegerField(blank=True, default=1, null=True)),
                ("held", models.PositiveIntegerField(blank=True, default=24, null=True)),
                ("backordered", models.PositiveIntegerField(blank=True, default=168, null=True)),
                ("allocated", models.PositiveIntegerField(blank=True, default=24, null=True)),
                ("picking", models.PositiveIntegerField(blank=True, default=4, null=True)),
                ("packed", models.PositiveIntegerField(blank=True, default=24, null=True)),
                ("shipped", models.PositiveIntegerField(blank=True, default=240, null=True)),
                ("delivered", models.PositiveIntegerField(blank=True, default=336, null=True)),
                ("soon", models.PositiveIntegerField(default=4)),
                ("value", models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True)),
                (
                    "services",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), blank=True, default=list, size=None
                    ),
                ),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), blank=True, default=list, size=None
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="order",
            name="importance",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("value", "Its value"),
                        ("service", "Its delivery"),
                        ("tag", "Its customer or its tags"),
                        ("staff", "Somebody said so"),
                    ],
                    max_length=16,
                ),
                blank=True,
                db_default=[],
                default=list,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="stage_since",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now
            ),
        ),
        migrations.RunSQL(SQL, BACK),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("status", "open")), fields=["stage", "stage_since"], name="order_stands"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("status", "open"), models.Q(("importance", []), _negated=True)),
                fields=["-placed_at", "-id"],
                name="order_important",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("importance__contained_by", ["value", "service", "tag", "staff"])),
                name="order_importance_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="attention",
            constraint=models.CheckConstraint(condition=models.Q(("id", 1)), name="attention_once"),
        ),
        migrations.AddConstraint(
            model_name="attention",
            constraint=models.CheckConstraint(
                condition=models.Q(("value", None), ("value__gt", Decimal("0")), _connector="OR"),
                name="attention_value_above_0",
            ),
        ),
        migrations.AddConstraint(
            model_name="attention",
            constraint=models.CheckConstraint(
                condition=models.Q(("placed", None), ("placed__gt", 0), _connector="OR"),
                name="attention_placed_above_0",
            ),
        ),
        migrations.AddConstraint(
            model_name="attention",
            constraint=models.CheckConstraint(
                condition=models.Q(("held", None), ("held__gt", 0), _connector="OR"),
                name="attention_held_above_0",
            ),
        ),
        migrations.AddConstraint(
            model_name="attention",
            constraint=models.CheckConstraint(
                condition=models.Q(("backordered", None), ("backordered__gt", 0), _connector="OR"),
                name="attention_backordered_above_0",
            ),
        ),
        migrations.AddConstraint(
            model_name="attention",
            constraint=models.CheckConstraint(
                condition=models.Q(("allocated", None), ("allocated__gt", 0), _connector="OR"),
                name="attention_allocated_above_0",
            ),
        ),
        migrations.AddConstraint(
            model_name="attention",
            constraint=models.CheckConstraint(
                condition=models.Q(("picking", None), ("picking__gt", 0), _connector="OR"),
                name="attention_picking_above_0",
            ),
        ),
        migrations.AddConstraint(
            model_name="attention",
            constraint=models.CheckConstraint(
                condition=models.Q(("packed", None), ("packed__gt", 0), _connector="OR"),
                name="attention_packed_above_0",
            ),
        ),
        migrations.AddConstraint(
            model_name="attention",
            constraint=models.CheckConstraint(
                condition=models.Q(("shipped", None), ("shipped__gt", 0), _connector="OR"),
                name="attention_shipped_above_0",
            ),
        ),
        migrations.AddConstraint(
            model_name="attention",
            constraint=models.CheckConstraint(
                condition=models.Q(("delivered", None), ("delivered__gt", 0), _connector="OR"),
                name="attention_delivered_above_0",
            ),
        ),
    ]
