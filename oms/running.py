"""`make run`: the product on one machine under one supervisor. Ctrl-C, or the death of make, ends it all.

Services first, then `manage.py prepare`, then web, two workers and beat, then the demo company if there is
no order yet. What dies is started again; `.local/state.json` tells `manage.py` elsewhere where to join.
"""

import contextlib
import datetime
import fcntl
import hashlib
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from honcho.manager import Manager
from honcho.printer import Message
from honcho.process import Process

from oms import local
from oms.local import Program

PYTHON = sys.executable
GRAVE = (b"FATAL", b"PANIC", b"ERROR", b"# Fatal", b"Can't")
# Said by every service on its way up.
HARMLESS = (b"starting up", b"not yet accepting")
# An orderly end gets this long before it becomes SIGKILL.
PATIENCE = 10
# Whoever runs `make run` as root knows that the workers are root.
UNWARNED = ["-W", "ignore:You're running the worker"]
# Who the demo's invoices are from; the VAT number is the one ZATCA gives for trying things out.
DEMO_COMPANY = {
    "COMPANY_NAME": "Relay Store Trading Co.",
    "COMPANY_NAME_AR": "شركة متجر ريلاي للتجارة",
    "COMPANY_VAT_NUMBER": "399999999900003",
    "COMPANY_REGISTRATION": "1010010000",
    "COMPANY_STREET": "8228 Al Olaya",
    "COMPANY_CITY": "Riyadh",
    "COMPANY_POSTAL_CODE": "12214",
}
DEMO_LOGINS = "admin, manager, agent or warehouse, password relay-demo"


def unfinished() -> Path:
    """There while the demo company of this database is not whole: it goes on at the next start."""
    database = re.sub(r":\d+/", "/", os.environ["DATABASE_URL"])  # the embedded one changes its port
    return local.LOCAL / f"demo-{hashlib.sha256(database.encode()).hexdigest()[:12]}"


def grave(line: bytes) -> bool:
    return any(word in line for word in GRAVE) and not any(word in line for word in HARMLESS)


class Kept(Process):
    """A program in its own session, started when the ones before it are ready, and again whenever it dies.

    With `once` it runs to its end instead; an answer outside `fine` ends everything.
    """

    def __init__(
        self, program: Program, after: "list[Kept]", once: bool, fine: tuple[int, ...], colour: str
    ) -> None:
        super().__init__(program.command, name=program.name, colour=colour)
        self.program, self.after, self.once, self.fine = program, after, once, fine
        self.ready = threading.Event()
        self.child: subprocess.Popen[bytes] | None = None
        self.answer: int | None = None
        self.hushed: Callable[[bytes], bool] = lambda line: False

    def keep(self, events: "queue.Queue[Message]", stopping: threading.Event) -> None:
        """The life of one program, in its own thread: a leashed child dies with the thread that made it."""
        self._events = events
        code = 0
        while not stopping.is_set() and not all(earlier.ready.is_set() for earlier in self.after):
            time.sleep(0.02)
        if not stopping.is_set() and not self.wanted():
            self.ready.set()
            stopping.wait()
        while not stopping.is_set():
            began = time.monotonic()
            if self.name == "demo":
                unfinished().touch()
            code = self.live(stopping)
            if self.once:
                self.answer = code
                if self.name == "demo" and code == 0:
                    unfinished().unlink(missing_ok=True)
                if code in self.fine:
                    self.ready.set()
                    stopping.wait()
                break
            if not stopping.is_set():
                self._send_message(f"ended with {code}, starting it again\n".encode())
                stopping.wait(0.1 if time.monotonic() - began > 5 else 2)
        self._send_message({"returncode": code}, type="stop")

    def wanted(self) -> bool:
        return (
            self.name != "demo" or unfinished().exists() or any(e.answer == local.EMPTY for e in self.after)
        )

    def live(self, stopping: threading.Event) -> int:
        self.child = child = subprocess.Popen(
            self.program.command,
            cwd="/" if self.program.quiet else local.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._send_message({"pid": child.pid}, type="start")
        if not self.once:
            threading.Thread(target=self.watch, args=(child, stopping), daemon=True).start()
        for line in cast("Any", child.stdout):
            if grave(line) if self.program.quiet else not self.hushed(line):
                self._send_message(line)
        return child.wait()

    def watch(self, child: "subprocess.Popen[bytes]", stopping: threading.Event) -> None:
        while child.poll() is None and not stopping.is_set():
            if self.program.ready():
                self.ready.set()
                return
            time.sleep(0.1)

    def send(self, number: signal.Signals, whole_group: bool = False) -> None:
        if self.child and self.child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                (os.killpg if whole_group else os.kill)(self.child.pid, number)

    def gone(self) -> bool:
        return self.child is None or self.child.poll() is not None


class House(Manager):
    """honcho's manager (output, signals, events) over children that are kept, gated and ended in order."""

    def __init__(self) -> None:
        super().__init__()
        self.events: queue.Queue[Message] = queue.Queue()
        self.stopping = threading.Event()
        self.kept: list[Kept] = []
        self.threads: list[threading.Thread] = []

    def add(self, program: Program, *after: Kept, once: bool = False, fine: tuple[int, ...] = (0,)) -> Kept:
        kept = Kept(program, list(after), once, fine, next(self._colours))
        self._processes[program.name] = {"obj": kept}
        self._printer.width = max(self._printer.width, len(program.name))
        self.kept.append(kept)
        return kept

    def say(self, text: str) -> None:
        now = datetime.datetime.now(tz=datetime.UTC).astimezone()
        for line in text.splitlines():
            self.events.put(Message(type="line", data=f"{line}\n", time=now, name="relay", colour=None))

    def pids(self) -> dict[str, int]:
        """By name, the crew's parts under their own."""
        found = {k.name: k.child.pid for k in self.kept if k.child and not k.gone()}
        with contextlib.suppress(OSError, KeyError):
            children = Path(f"/proc/{found['crew']}/task/{found['crew']}/children").read_text()
            for pid in map(int, children.split()):
                found[Path(f"/proc/{pid}/comm").read_text().strip()] = pid
        return found

    def terminate(self) -> None:
        """Begin the orderly end; honcho asks again at every stop it sees."""
        if self.stopping.is_set():
            return
        self.stopping.set()
        self.threads.append(threading.Thread(target=self.end_in_order))
        self.threads[-1].start()

    def end_in_order(self) -> None:
        """The applications first, so that none of them sees its database vanish."""
        services = [k for k in self.kept if k.program.quiet]
        for group in ([k for k in self.kept if k not in services], services):
            for kept in group:
                kept.send(kept.program.stop_signal)
            deadline = time.monotonic() + PATIENCE
            while not all(k.gone() for k in group) and time.monotonic() < deadline:
                time.sleep(0.05)
            for kept in group:
                kept.send(signal.SIGKILL, whole_group=True)

    def kill(self) -> None:
        """honcho would kill after five seconds; `end_in_order` knows better when."""

    def _start(self) -> None:
        for kept in self.kept:
            self.threads.append(threading.Thread(target=kept.keep, args=(self.events, self.stopping)))
            self.threads[-1].start()

    def _all_started(self) -> bool:
        return True

    def _system_print(self, data: str) -> None:
        """Starts and stops of children are told by what they print themselves."""


def main() -> int:
    # `make` is our parent: when it is killed we end as if asked to, and everything below with us.
    if "--leashed" not in sys.argv:
        os.execvp("setpriv", local.leashed([PYTHON, "-m", "oms.running", "--leashed"]))  # noqa: S606
    local.LOCAL.mkdir(exist_ok=True)
    local.refuse_others_files()
    with alone():
        house = House()
        services: list[Kept] = []
        environment = place(house, services)
        crew = people(house, services, environment)
        threading.Thread(target=welcome, args=(house, crew, environment), daemon=True).start()
        signal.signal(signal.SIGHUP, lambda *_: house.terminate())
        try:
            house.loop()
        finally:
            house.terminate()
            local.STATE.unlink(missing_ok=True)
    return 0 if house.returncode == 130 else house.returncode or 0


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """One `make run` a tree: the data folders have one owner."""
    with (local.LOCAL / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            known = json.loads(local.STATE.read_text()) if local.STATE.is_file() else {}
            raise SystemExit(
                f"Already running: {known.get('environment', {}).get('BASE_URL', 'starting')}"
            ) from None
        yield


def place(house: House, services: list[Kept]) -> dict[str, str]:
    """The services, embedded where the environment names none, and the environment everyone shares."""
    own = local.own_secrets()
    host = os.environ.get("HOST", "127.0.0.1")
    port = local.free_port(int(os.environ.get("PORT", "8000")), host)
    metrics = local.LOCAL / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir()
    environment = {
        # Threads otherwise keep a heap each, and what one drain freed stays with it.
        "MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2"),
        # A paper's big buffers go back to the machine instead of staying with the worker that drew it.
        "MALLOC_TRIM_THRESHOLD_": os.environ.get("MALLOC_TRIM_THRESHOLD_", "131072"),
        "MALLOC_MMAP_THRESHOLD_": os.environ.get("MALLOC_MMAP_THRESHOLD_", "131072"),
        "LOCAL_SECRET_KEY": own["secret_key"],
        "BASE_URL": os.environ.get(
            "BASE_URL", f"http://{'localhost' if host == '127.0.0.1' else host}:{port}"
        ),
        "HASHED_STATIC": "1",
        **{name: os.environ.get(name, value) for name, value in DEMO_COMPANY.items()},
        # Into files, to be looked at; a mail server of yours is a setting away.
        "EMAIL_URL": os.environ.get("EMAIL_URL", f"filemail:///{local.LOCAL / 'mail'}"),
    }
    if "DATABASE_URL" in os.environ:
        environment["DATABASE_URL"] = os.environ["DATABASE_URL"]
    if "REDIS_URL" in os.environ:
        environment["REDIS_URL"] = os.environ["REDIS_URL"]
    if "DATABASE_URL" not in environment or "REDIS_URL" not in environment:
        home = local.services_home("services")
        if "DATABASE_URL" not in environment:
            program, environment["DATABASE_URL"] = local.postgres(home, own["postgres"])
            services.append(house.add(program))
        if "REDIS_URL" not in environment:
            program, environment["REDIS_URL"] = local.redis_server(home, own["redis"])
            services.append(house.add(program))
    os.environ.update(
        environment,
        BIND=f"{host}:{port}",
        PYTHONUNBUFFERED="1",
        PROMETHEUS_MULTIPROC_DIR=str(metrics),
        BEAT_SCHEDULE_FILE=str(local.LOCAL / "beat"),
    )
    return environment


def people(house: House, services: list[Kept], environment: dict[str, str]) -> Kept:
    """Whoever works here: preparation, then web, workers, beat, then the demo company. Returns the crew."""

    def add(name: str, command: list[str], *after: Kept, **how: Any) -> Kept:
        return house.add(Program(name, local.leashed([PYTHON, *command])), *after, **how)

    def answers() -> bool:
        with contextlib.suppress(OSError):
            return bool(
                urllib.request.urlopen(f"http://{os.environ['BIND']}/healthz", timeout=2).status == 200
            )
        return False

    prepare = add("prepare", ["manage.py", "prepare"], *services, once=True, fine=(0, local.EMPTY))
    # Killed, not asked, when the supervisor itself is killed: nothing may outlive it.
    leash = local.leashed([PYTHON, *UNWARNED, "-m", "oms.crew"], stop_signal=signal.SIGKILL)
    crew = house.add(Program("crew", leash, answers), prepare)
    if Path(local.ROOT / "oms/management/commands/demo.py").is_file():
        demo = add("demo", ["manage.py", "demo"], prepare, crew, once=True, fine=tuple(range(256)))
        # Its thousands of requests would bury its own progress.
        crew.hushed = lambda line: not demo.gone() and b"[info     ] request " in line
    return crew


def welcome(house: House, crew: Kept, environment: dict[str, str]) -> None:
    """Tell people and `manage.py` where we are; the pids are for `bench/memory.py` and the fault tests."""
    began = time.monotonic()
    told = False
    while not house.stopping.wait(0.2):
        known = {"supervisor": os.getpid(), "environment": environment, "pids": house.pids()}
        text = json.dumps(known, indent=1)
        if not local.STATE.is_file() or local.STATE.read_text() != text:
            draft = local.STATE.with_suffix(".new")
            draft.touch(mode=0o600)
            draft.write_text(text)
            draft.replace(local.STATE)
        if crew.ready.is_set() and not told:
            told = True
            house.say(
                f"\nRelay is at {environment['BASE_URL']} (after {time.monotonic() - began:.1f} s)"
                f"\n  staff: {environment['BASE_URL']}/  {DEMO_LOGINS}"
                f"\n  API:   {environment['BASE_URL']}/api/v1/docs/"
                "\n  mail:  .local/mail/"
                "\n  Ctrl-C ends it all.\n"
            )


if __name__ == "__main__":
    sys.exit(main())
