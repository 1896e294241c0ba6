from django.db import migrations, models

# A company keeps its hours for what is not wholly picked. When a picking under way began, nobody wrote down.
SQL = """
UPDATE orders_attention SET partially_picked = allocated;
UPDATE orders_order SET stage = 'partially_picked' WHERE stage = 'allocated' AND EXISTS (
  SELECT 1 FROM orders_line AS line WHERE line.order_id = orders_order.id AND line.picked > 0);
"""
BACK = "UPDATE orders_order SET stage = 'allocated' WHERE stage = 'partially_picked'"


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0005_mention_mails"),
        ("inventory", "0016_price_tiers"),
        ("orders", "0015_holds_read_by_reason"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="order",
            name="order_stage_known",
        ),
        migrations.AddField(
            model_name="attention",
            name="partially_picked",
            field=models.PositiveIntegerField(blank=True, default=24, null=True),
        ),
        migrations.AlterField(
            model_name="order",
            name="stage",
            field=models.CharField(
                choices=[
                    ("placed", "Placed"),
                    ("held", "On hold"),
                    ("backordered", "Backordered"),
                    ("allocated", "Allocated"),
                    ("partially_picked", "Partly picked"),
                    ("picking", "Picking"),
                    ("packed", "Packed"),
                    ("shipped", "Shipped"),
                    ("delivered", "Delivered"),
                    ("completed", "Completed"),
                    ("cancelled", "Cancelled"),
                ],
                default="placed",
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="attention",
            constraint=models.CheckConstraint(
                condition=models.Q(("partially_picked", None), ("partially_picked__gt", 0), _connector="OR"),
                name="attention_partially_picked_above_0",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "stage__in",
                        [
                            "placed",
                            "held",
                            "backordered",
                            "allocated",
                            "partially_picked",
                            "picking",
                            "packed",
                            "shipped",
                            "delivered",
                            "completed",
                            "cancelled",
                        ],
                    )
                ),
                name="order_stage_known",
            ),
        ),
        migrations.RunSQL(SQL, BACK),
    ]
