"""A pytest plugin: PostgreSQL and Redis of this run alone, when DATABASE_URL names none.

Loaded by `-p` before Django reads its settings. Given services are used as they are.
"""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from oms import local
from oms.local import Program

PASSWORD = "throwaway"
PREFIX = "tests-"


def begin() -> None:
    """Services up and named in the environment, which xdist's workers inherit."""
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        # Each worker has a database of its own; likewise in Redis, counted from the last.
        server, _, number = os.environ["REDIS_URL"].rpartition("/")
        os.environ["REDIS_URL"] = f"{server}/{(int(number or 0) + 15 - int(worker[2:])) % 16}"
        return
    if "DATABASE_URL" in os.environ:
        os.environ.setdefault("REDIS_URL", "redis://localhost:6379/0")
        return
    os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = start()


def start() -> tuple[str, str]:
    """Both services, ended with this process. Returns their URLs."""
    for left in local.LOCAL.glob(f"{PREFIX}*"):
        if not Path(f"/proc/{left.name.removeprefix(PREFIX)}").exists():
            shutil.rmtree(left, ignore_errors=True)
    home = local.services_home(f"{PREFIX}{os.getpid()}")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    postgres, database = local.postgres(home, PASSWORD, careless=True)
    redis, doorbell = local.redis_server(home, PASSWORD, careless=True)
    for program in (postgres, redis):
        keep(program)
    local.make_database(database)
    return database, doorbell


def keep(program: Program) -> None:
    child = subprocess.Popen(program.command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    atexit.register(end, child, program.stop_signal)
    for _ in range(300):
        if child.poll() is not None:
            sys.exit(f"{program.name} ended with {child.returncode}: {' '.join(program.command)}")
        if program.ready():
            return
        time.sleep(0.05)
    sys.exit(f"{program.name} did not become ready")


def end(child: "subprocess.Popen[bytes]", stop_signal: signal.Signals) -> None:
    child.send_signal(stop_signal)
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()


if "pytest" in sys.modules:
    begin()
