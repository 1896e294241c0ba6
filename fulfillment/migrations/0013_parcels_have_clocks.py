import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("fulfillment", "0012_allocation_runs"),
        ("inventory", "0016_price_tiers"),
        ("orders", "0012_what_needs_attention"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="shipment",
            name="shipment_promised",
        ),
        migrations.AddField(
            model_name="shipment",
            name="ship_by",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="shipment",
            name="due_at",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(
                        state__in=(
                            "ready_for_pickup",
                            "delivered",
                            "cancelled",
                            "lost",
                            "returned_to_sender",
                        ),
                        then=None,
                    ),
                    models.When(
                        state__in=("planned", "released", "picking", "picked", "packed", "labelled"),
                        then=django.db.models.functions.comparison.Coalesce(
                            "ship_by", "promised_latest", "created_at"
                        ),
                    ),
                    default="promised_latest",
                ),
                output_field=models.DateTimeField(null=True),
            ),
        ),
        migrations.AddIndex(
            model_name="shipment",
            index=models.Index(
                condition=models.Q(("due_at", None), _negated=True),
                fields=["due_at", "id"],
                name="shipment_due",
            ),
        ),
    ]
