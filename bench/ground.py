"""What every bench stands on: a database of its own, the product's real processes on it, and a light HTTP client.

`DATABASE_URL` and `REDIS_URL` name servers to use; without them PostgreSQL and Redis are started for the run.
All of it is on 127.0.0.1 and goes away at the end.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from oms import local  # noqa: E402  after the tree is on the path

PASSWORD = "bench"
TICK = os.sysconf("SC_CLK_TCK")


class Ground:
    """`with Ground() as ground:` gives a migrated database; `web()`, `worker()` and `beat()` start processes."""

    def __init__(
        self, name: str, *, own_services: bool = False, careless: bool = False, beside: "Ground | None" = None
    ) -> None:
        """`beside` shares the servers of another ground, with a database of its own."""
        self.name = f"relay_bench_{name}_{os.getpid()}"
        self.beside = beside
        self.own = beside is None and (own_services or "DATABASE_URL" not in os.environ)
        self.careless = careless
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.programs: dict[str, local.Program] = {}
        self.commands: dict[str, list[str]] = {}
        self.port = 0

    def __enter__(self) -> "Ground":
        self.home = local.services_home(self.name)
        try:
            self._open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _open(self) -> None:
        if self.own:
            postgres, database = local.postgres(self.home, PASSWORD, careless=self.careless)
            redis, doorbell = local.redis_server(self.home, PASSWORD)
            for program in (postgres, redis):
                self.programs[program.name] = program
                self.start_program(program.name)
        elif self.beside is not None:
            database, doorbell = self.beside.database, self.beside.environment["REDIS_URL"]
        else:
            database = os.environ["DATABASE_URL"]
            doorbell = os.environ.get("REDIS_URL", "redis://localhost:6379/0")
        server = database.rpartition("/")[0]
        self.database = f"{server}/{self.name}"
        self.admin = f"{server}/postgres"
        local.make_database(self.database)
        self.environment = {
            **os.environ,
            "DATABASE_URL": self.database,
            "REDIS_URL": doorbell,
            "LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "oms.settings",
            "EMAIL_URL": "dummymail://",
            "BEAT_SCHEDULE_FILE": str(self.home / "beat"),
        }
        self.environment.pop("SECRET_KEY", None)
        self.manage("migrate", "--verbosity", "0")

    def __exit__(self, *_: Any) -> None:
        for name in reversed([n for n in self.children if n not in self.programs]):
            self.stop(name)
        if not self.own:
            with psycopg.connect(self.admin, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
        for name in list(self.children):
            self.stop(name, self.programs[name].stop_signal)
        shutil.rmtree(self.home, ignore_errors=True)

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """One management command on this database."""
        command = [sys.executable, "-W", "ignore", "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        if check and done.returncode:
            raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done

    def key(self, *owner: str) -> str:
        """A key without a limit; of the company by default, or of `--channel CODE`."""
        made = self.manage("create_api_key", *(owner or ("--company",)), "--rate", "0")
        return made.stdout.strip().splitlines()[-1]

    def connect(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(self.database, autocommit=True)

    def web(self, processes: int = 2) -> int:
        """gunicorn as in production; returns its port."""
        self.port = self.port or local.free_port(18000)
        self.environment |= {"BIND": f"127.0.0.1:{self.port}", "WEB_PROCESSES": str(processes)}
        self.environment["BASE_URL"] = f"http://127.0.0.1:{self.port}"
        self.run("web", [sys.executable, "-m", "gunicorn", "oms.wsgi"])
        self.await_web()
        return self.port

    def worker(self, name: str = "worker", queues: str = "critical,default,carrier,bulk") -> None:
        celery = [sys.executable, "-m", "celery", "--quiet", "-A", "oms.celery", "worker"]
        self.run(name, [*celery, "-n", f"{name}@%h", "-Q", queues, "--loglevel", "WARNING"])

    def beat(self) -> None:
        celery = [sys.executable, "-m", "celery", "--quiet", "-A", "oms.celery", "beat"]
        self.run("beat", [*celery, "--loglevel", "WARNING", "--pidfile", ""])

    def run(self, name: str, command: list[str]) -> None:
        """Start a process of the product in its own group, so that it can be killed with its children."""
        self.commands[name] = command
        log = (self.home / f"{name}.log").open("ab")
        self.children[name] = subprocess.Popen(
            local.leashed(command),
            cwd=ROOT,
            env=self.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def start_program(self, name: str) -> None:
        """Start PostgreSQL or Redis and wait until it answers."""
        program = self.programs[name]
        for _ in range(20):
            log = (self.home / f"{name}.log").open("ab")
            self.children[name] = child = subprocess.Popen(
                program.command, cwd="/", stdout=log, stderr=log, start_new_session=True
            )
            for _ in range(400):
                if child.poll() is not None:
                    break
                if program.ready():
                    return
                time.sleep(0.05)
        raise SystemExit(f"{name} does not start: {self.tail(name)}")

    def await_web(self) -> None:
        for _ in range(600):
            if self.children["web"].poll() is not None:
                raise SystemExit(f"The web server ended:\n{self.tail('web')}")
            try:
                client = Client(self.port)
                if client.call("GET", "/healthz")[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"The web server does not answer:\n{self.tail('web')}")

    def stop(self, name: str, number: signal.Signals = signal.SIGTERM) -> None:
        """An orderly end, SIGKILL after ten seconds; the whole group goes."""
        child = self.children.pop(name, None)
        if child is None:
            return
        if child.poll() is None:
            child.send_signal(number)
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                self._kill_group(child)
        self._kill_group(child)

    def kill(self, name: str) -> None:
        """kill -9 of a process and its children, without a word."""
        child = self.children.pop(name)
        self._kill_group(child)
        child.wait()

    def _kill_group(self, child: "subprocess.Popen[bytes]") -> None:
        # The child leads its own session, so its pid is the group's: nobody else's process is in it.
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            if child.poll() is None:
                child.kill()

    def tail(self, name: str, lines: int = 15) -> str:
        try:
            return "\n".join((self.home / f"{name}.log").read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    def cpu_of(self, name: str) -> float:
        """CPU seconds a process and its children have used."""
        child = self.children[name]
        return sum(cpu_seconds(pid) for pid in family(child.pid))

    def cpu_of_database(self) -> dict[int, float]:
        """CPU seconds of each live backend of this database; empty when PostgreSQL is on another machine."""
        with psycopg.connect(self.admin) as connection:
            rows = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = %s", [self.name]
            ).fetchall()
        return {pid: cpu_seconds(pid) for (pid,) in rows}

    def verify(self) -> bool:
        """`manage.py verify`, printed; True when every check holds."""
        done = self.manage("verify", check=False)
        print(done.stdout + done.stderr, end="")
        return done.returncode == 0


def cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICK


def family(pid: int) -> list[int]:
    """A process and its living descendants."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(member for child in children for member in family(int(child)))]


@dataclass
class Client:
    """One keep-alive connection to 127.0.0.1, spoken by hand: a client that shares the cores must be light."""

    port: int
    key: str = ""
    timeout: float = 120.0
    _socket: socket.socket | None = field(default=None, repr=False)
    _rest: bytes = b""

    def call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        idempotency_key: str = "",
        media: str = "application/json",
    ) -> tuple[int, bytes]:
        """Status and body. Raises OSError when the connection breaks; an idle one that was closed is opened again."""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.key}\r\n"
        if not self.key:
            head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        if method != "GET":
            head += f"Content-Type: {media}\r\nContent-Length: {len(body)}\r\n"
            if method == "POST":
                head += f"Idempotency-Key: {idempotency_key or uuid.uuid4()}\r\n"
        raw = head.encode("ascii") + b"\r\n" + body
        fresh = self._socket is None
        try:
            return self._exchange(raw)
        except OSError:
            self.close()
            # A closed idle connection: every POST carries its key, so asking again does nothing twice.
            if fresh:
                raise
            return self._exchange(raw)

    def post(self, path: str, body: Any, *, idempotency_key: str = "") -> tuple[int, Any]:
        """A JSON body in, the status and the JSON answer out."""
        status, raw = self.call("POST", path, json.dumps(body).encode(), idempotency_key=idempotency_key)
        return status, json.loads(raw) if raw else None

    def get(self, path: str) -> tuple[int, Any]:
        status, raw = self.call("GET", path)
        return status, json.loads(raw) if raw else None

    def _exchange(self, raw: bytes) -> tuple[int, bytes]:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self.port), self.timeout)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(raw)
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head = data[:end].lower()
        status = int(data[9:12])
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        body = data[end + 4 :]
        while len(body) < length:
            body += self._more()
        if b"connection: close" in head:
            self.close()
        return status, body

    def _more(self) -> bytes:
        assert self._socket is not None
        part = self._socket.recv(262_144)
        if not part:
            raise ConnectionResetError("The server closed the connection.")
        return part

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def percentile(values: Iterable[float], share: float) -> float:
    """Nearest rank; 0.0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
