from django.db import migrations

SQL = """
UPDATE returns_return SET reception = 'cancelled'
WHERE acceptance = 'rejected' AND reception IN ('awaiting', 'in_transit')
"""
BACK = """
UPDATE returns_return SET reception = 'awaiting' WHERE acceptance = 'rejected' AND reception = 'cancelled'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("returns", "0006_parts_judged_apart"),
    ]

    operations = [
        migrations.RunSQL(SQL, BACK),
    ]
