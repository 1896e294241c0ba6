"""The machine is shared: with other programs, and with other trees of this one."""

import socket
import subprocess
import sys

from django.conf import settings

from oms import local

CHOOSE = "from oms import local; import time; print(local.free_port({port}), flush=True); time.sleep(60)"


def test_a_taken_port_is_stepped_over() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]

        assert taken < local.free_port(taken) < taken + 100


def test_two_trees_that_start_at_once_never_choose_the_same_port() -> None:
    mine = local.free_port(28_000)
    command = [sys.executable, "-c", CHOOSE.format(port=28_000)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=settings.BASE_DIR) as other:
        assert other.stdout is not None
        theirs = int(other.stdout.readline())
        next_one = local.free_port(28_000)
        other.kill()
        other.wait()
        freed = local.free_port(28_000)

    assert len({mine, theirs, next_one}) == 3
    assert freed == theirs
