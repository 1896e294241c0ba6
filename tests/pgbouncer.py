"""`python -m tests.pgbouncer`: the tests marked `pgbouncer` again, through PgBouncer in transaction mode.

Each transaction may then run on another connection, as behind the pooler of a deployment.
"""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from oms import local
from oms.local import Program
from tests import throwaway


def main() -> int:
    binary = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
    if binary is None:
        print("SKIPPED: no pgbouncer on this machine (apt-get install pgbouncer)", flush=True)
        return 0
    os.environ.pop("DATABASE_URL", None)
    direct, redis = throwaway.start()
    port = local.free_port(56432)
    home = Path(local.services_home(f"{throwaway.PREFIX}{os.getpid()}"))
    throwaway.keep(Program("pgbouncer", command(binary, home, direct, port), lambda: listens(port)))
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgres://oms:{throwaway.PASSWORD}@127.0.0.1:{port}/oms",
        "REDIS_URL": redis,
        "PGBOUNCER": "1",
    }
    # The pooler keeps connections, so the test database cannot be dropped; the whole cluster goes instead.
    pytest = [sys.executable, "-m", "pytest", "-m", "pgbouncer", "--create-db", "--reuse-db", *sys.argv[1:]]
    return subprocess.run(pytest, env=environment, check=False).returncode


def command(binary: str, home: Path, direct: str, port: int) -> list[str]:
    user = local.service_user()
    users = home / "users.txt"
    users.write_text(f'"oms" "{throwaway.PASSWORD}"\n')
    config = home / "pgbouncer.ini"
    config.write_text(
        "[databases]\n"
        f"* = host=127.0.0.1 port={urlsplit(direct).port}\n"
        "[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = scram-sha-256\nauth_file = {users}\n"
        "pool_mode = transaction\nmax_client_conn = 200\ndefault_pool_size = 20\n"
        # Nothing is cleaned between clients: whoever leaves state on a connection is found out.
        "server_reset_query =\nignore_startup_parameters = extra_float_digits\n"
    )
    return local.leashed([binary, str(config)], user=user)


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
