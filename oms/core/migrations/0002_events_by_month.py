"""Events and outbox become tables partitioned by month; events refuse UPDATE and DELETE."""

from datetime import date

from django.db import migrations

from oms.core import partitions

EVENT = """
DROP TABLE core_event;
CREATE SEQUENCE core_event_id_seq;
CREATE TABLE core_event (
  id bigint NOT NULL DEFAULT nextval('core_event_id_seq'),
  at timestamptz NOT NULL,
  kind varchar(64) NOT NULL,
  subject varchar(128) NOT NULL,
  thread varchar(128) NOT NULL,
  actor varchar(128) NOT NULL,
  channel_id bigint,
  request_id varchar(64) NOT NULL,
  data jsonb NOT NULL,
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
ALTER SEQUENCE core_event_id_seq OWNED BY core_event.id;
CREATE TABLE core_event_default PARTITION OF core_event DEFAULT;
CREATE INDEX event_thread ON core_event (thread, id);
CREATE INDEX event_kind ON core_event (kind, id);
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON core_event
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""

OUTBOX = """
DROP TABLE core_outbox;
CREATE SEQUENCE core_outbox_id_seq;
CREATE TABLE core_outbox (
  id bigint NOT NULL DEFAULT nextval('core_outbox_id_seq'),
  event_id bigint NOT NULL,
  event_at timestamptz NOT NULL,
  kind varchar(64) NOT NULL,
  handler varchar(128) NOT NULL,
  attempts smallint NOT NULL CHECK (attempts >= 0),
  next_try_at timestamptz NOT NULL,
  last_error text NOT NULL,
  dead_at timestamptz,
  PRIMARY KEY (id, event_at)
) PARTITION BY RANGE (event_at);
ALTER SEQUENCE core_outbox_id_seq OWNED BY core_outbox.id;
CREATE TABLE core_outbox_default PARTITION OF core_outbox DEFAULT;
CREATE INDEX outbox_due ON core_outbox (next_try_at, id) WHERE dead_at IS NULL;
"""


def make_months(apps, schema_editor):
    for table in ("core_event", "core_outbox"):
        for statement in partitions.statements(table, date.today(), partitions.MONTHS_AHEAD + 1):
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [
        migrations.RunSQL(EVENT, migrations.RunSQL.noop),
        migrations.RunSQL(OUTBOX, migrations.RunSQL.noop),
        migrations.RunPython(make_months, migrations.RunPython.noop),
    ]
