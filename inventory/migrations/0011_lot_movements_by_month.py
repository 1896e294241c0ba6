"""Movements of lots, as those of levels: partitioned by month, and refusing UPDATE and DELETE."""

from datetime import date

from django.db import migrations

from oms.core import partitions

MOVEMENT = """
DROP TABLE inventory_lotmovement;
CREATE SEQUENCE inventory_lotmovement_id_seq;
CREATE TABLE inventory_lotmovement (
  id bigint NOT NULL DEFAULT nextval('inventory_lotmovement_id_seq'),
  at timestamptz NOT NULL,
  lot_id bigint NOT NULL,
  location_id bigint NOT NULL,
  state varchar(16) NOT NULL CHECK (state IN ('on_hand', 'damaged', 'quality_control')),
  change integer NOT NULL CHECK (change <> 0),
  after integer NOT NULL CHECK (after >= 0),
  cause varchar(32) NOT NULL,
  reference varchar(128) NOT NULL,
  actor varchar(128) NOT NULL,
  reason varchar(500) NOT NULL,
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
ALTER SEQUENCE inventory_lotmovement_id_seq OWNED BY inventory_lotmovement.id;
CREATE TABLE inventory_lotmovement_default PARTITION OF inventory_lotmovement DEFAULT;
CREATE INDEX lot_movement_lot ON inventory_lotmovement (lot_id, id);
CREATE INDEX lot_movement_reference ON inventory_lotmovement (reference);
CREATE TRIGGER lot_movement_append_only BEFORE UPDATE OR DELETE ON inventory_lotmovement
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


def make_months(apps, schema_editor):
    for statement in partitions.statements(
        "inventory_lotmovement", date.today(), partitions.MONTHS_AHEAD + 1
    ):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("inventory", "0010_lots_and_costs"), ("core", "0002_events_by_month")]

    operations = [
        migrations.RunSQL(MOVEMENT, migrations.RunSQL.noop),
        migrations.RunPython(make_months, migrations.RunPython.noop),
    ]
