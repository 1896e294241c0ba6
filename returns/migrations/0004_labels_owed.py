from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """A label is owed by its return, not by an event's handler."""

    dependencies = [("core", "0001_initial"), ("returns", "0003_new_order")]

    operations = [
        migrations.AddField("return", "label_due_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddIndex(
            "return",
            models.Index(fields=["label_due_at"], name="return_label_due", condition=~Q(label_due_at=None)),
        ),
        migrations.RunSQL(
            """
            UPDATE returns_return AS back SET label_due_at = now()
            WHERE tracking_number <> '' AND NOT EXISTS (
              SELECT 1 FROM returns_returnlabel AS label WHERE label.return_order_id = back.id);
            DELETE FROM core_outbox WHERE handler = 'returns.labelling.on_return_labelled';
            """,
            migrations.RunSQL.noop,
        ),
    ]
