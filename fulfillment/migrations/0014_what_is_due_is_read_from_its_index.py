"""What is due soon is counted in its index alone, which carries the state and the order."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("fulfillment", "0013_parcels_have_clocks"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="shipment",
            index=models.Index(
                condition=models.Q(("due_at", None), _negated=True),
                fields=["due_at", "id"],
                include=["state", "order"],
                name="shipment_clock",
            ),
        ),
        RemoveIndexConcurrently(
            model_name="shipment",
            name="shipment_due",
        ),
    ]
