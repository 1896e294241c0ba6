"""Movements become a table partitioned by month that refuses UPDATE and DELETE."""

from datetime import date

from django.db import migrations

from oms.core import partitions

MOVEMENT = """
DROP TABLE inventory_movement;
CREATE SEQUENCE inventory_movement_id_seq;
CREATE TABLE inventory_movement (
  id bigint NOT NULL DEFAULT nextval('inventory_movement_id_seq'),
  at timestamptz NOT NULL,
  product_id bigint NOT NULL,
  location_id bigint NOT NULL,
  state varchar(16) NOT NULL CHECK (state IN ('on_hand', 'damaged', 'quality_control', 'safety')),
  change integer NOT NULL CHECK (change <> 0),
  after integer NOT NULL,
  cause varchar(32) NOT NULL,
  reference varchar(128) NOT NULL,
  actor varchar(128) NOT NULL,
  reason varchar(500) NOT NULL,
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
ALTER SEQUENCE inventory_movement_id_seq OWNED BY inventory_movement.id;
CREATE TABLE inventory_movement_default PARTITION OF inventory_movement DEFAULT;
CREATE INDEX movement_product ON inventory_movement (product_id, id);
CREATE TRIGGER movement_append_only BEFORE UPDATE OR DELETE ON inventory_movement
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


def make_months(apps, schema_editor):
    for statement in partitions.statements("inventory_movement", date.today(), partitions.MONTHS_AHEAD + 1):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial"), ("core", "0002_events_by_month")]

    operations = [
        migrations.RunSQL(MOVEMENT, migrations.RunSQL.noop),
        migrations.RunPython(make_months, migrations.RunPython.noop),
    ]
