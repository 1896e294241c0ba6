"""Customers are found by any word of a name they have or ordered under."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from orders.names import words

BATCH = 5_000
_NAMES = """
SELECT customer.id, ARRAY(SELECT DISTINCT name_key FROM orders_order WHERE customer_id = customer.id), customer.name
FROM orders_customer AS customer WHERE customer.id > %s ORDER BY customer.id LIMIT %s
"""
_KEEP = """
INSERT INTO orders_nameword (customer_id, word) SELECT * FROM unnest(%s::uuid[], %s::text[]) ON CONFLICT DO NOTHING
"""


def keep_words(apps, schema_editor):
    """Some thousand customers a statement, however many there are."""
    last = "00000000-0000-0000-0000-000000000000"
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(_NAMES, [last, BATCH])
            found = cursor.fetchall()
            if not found:
                return
            rows = sorted(
                {(pk, word) for pk, keys, name in found for each in (*keys, name) for word in words(each)}
            )
            cursor.execute(_KEEP, [[pk for pk, _ in rows], [word for _, word in rows]])
            last = found[-1][0]


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0017_customers_by_last_order"),
    ]

    operations = [
        migrations.CreateModel(
            name="NameWord",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "customer_id", "word", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("word", models.CharField(db_collation="C", max_length=200)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="name_words",
                        to="orders.customer",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=~Q(word="") & ~Q(word__contains=" "), name="name_word_is_one"
                    )
                ],
                "indexes": [models.Index(fields=["word", "customer"], name="name_word")],
            },
        ),
        migrations.RunPython(keep_words, migrations.RunPython.noop),
    ]
