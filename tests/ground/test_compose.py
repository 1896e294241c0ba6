"""The deployment file, read by Compose itself where it is installed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

FILE = Path(__file__).resolve().parents[2] / "docker-compose.yml"
SECRETS = {
    "SECRET_KEY": "x",
    "POSTGRES_PASSWORD": "p",
    "REDIS_PASSWORD": "r",
    "ALLOWED_HOSTS": "shop.example.com",
    "BASE_URL": "https://shop.example.com",
}


def compose() -> list[str] | None:
    """The plugin, else the older program of the same name, else nothing."""
    if (
        shutil.which("docker")
        and not subprocess.run(["docker", "compose", "version"], capture_output=True).returncode
    ):
        return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else None


def test_compose_finds_nothing_to_complain_of() -> None:
    program = compose()
    if program is None:
        pytest.skip("no docker compose on this machine")
    said = subprocess.run(
        [*program, "-f", FILE, "config", "-q"], env={**os.environ, **SECRETS}, capture_output=True, text=True
    )
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_every_service_has_its_health_and_ours_run_without_rights() -> None:
    services = yaml.safe_load(FILE.read_text())["services"]
    assert set(services) == {
        *("web", "worker", "worker-bulk", "beat", "migrate", "postgres", "pgbouncer", "redis")
    }
    assert [name for name, service in services.items() if "healthcheck" not in service] == ["migrate"]
    for name in ("web", "worker", "worker-bulk", "beat", "migrate"):
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["read_only"] is True
    assert "@pgbouncer:" in services["web"]["environment"]["DATABASE_URL"]
    assert "@postgres:" in services["migrate"]["environment"]["DATABASE_URL"]
