"""Order numbers come from a sequence (gaps allowed); the payment ledger refuses UPDATE and DELETE."""

from django.db import migrations

SQL = """
CREATE SEQUENCE orders_order_number_seq START 10001 OWNED BY orders_order.number;
ALTER TABLE orders_order ALTER COLUMN number SET DEFAULT nextval('orders_order_number_seq');
CREATE TRIGGER payment_append_only BEFORE UPDATE OR DELETE ON orders_payment
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("core", "0002_events_by_month")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
