"""The machine is shared: with other programs, and with other trees of this one."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from oms import local
from oms.core.models import User
from oms.management.commands import prepare

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


def test_another_users_leftovers_are_named_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "LOCAL", tmp_path)
    (tmp_path / "metrics").mkdir()
    local.refuse_others_files()

    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 4321)
    with pytest.raises(SystemExit, match=f"chown -R {os.getuid() + 4321} {tmp_path}"):
        local.refuse_others_files()


@pytest.mark.django_db
def test_every_member_of_the_demos_staff_can_be_written_to() -> None:
    prepare.Command().hire_demo_staff()
    assert sorted(User.objects.values_list("email", flat=True)) == [
        "admin@example.com",
        "agent@example.com",
        "manager@example.com",
        "warehouse@example.com",
    ]
