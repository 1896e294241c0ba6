"""Plans are not compiled: our statements take milliseconds, a compiled plan costs PostgreSQL a hundred of them.

A setting of the database and not of a connection, so that it holds behind PgBouncer too. Who may not set it
goes on without.
"""

from django.db import migrations

SET = """
DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I SET jit = off', current_database());
EXCEPTION WHEN insufficient_privilege THEN
  RAISE NOTICE 'jit is left as the server has it';
END $$
"""
RESET = SET.replace("SET jit = off", "RESET jit")


class Migration(migrations.Migration):
    dependencies = [("core", "0003_staff_reading_habits")]
    operations = [migrations.RunSQL(SET, RESET)]
