"""What `make run` holds in memory at the moment, by part: PSS, that is shared pages counted once."""

import json
import sys
from pathlib import Path

STATE = Path(__file__).resolve().parent.parent / ".local" / "state.json"
COUNTED = ("crew", "web", "worker1", "worker2", "beat")
LIMIT_MB = 400


def main() -> int:
    pids: dict[str, int] = json.loads(STATE.read_text())["pids"]
    children = parents()
    total = 0.0
    for name, pid in pids.items():
        # The crew is the parent of the other parts, which stand for themselves.
        family = [pid] if name == "crew" else descendants(pid, children)
        megabytes = sum(pss(member) for member in family) / 1024
        total += megabytes if name in COUNTED else 0
        print(f"{name:10} {megabytes:7.1f} MB in {len(family)} processes")
    print(f"web, workers and beat together: {total:.0f} MB (limit {LIMIT_MB})")
    return int(total > LIMIT_MB)


def parents() -> dict[int, list[int]]:
    """Children of every process of this machine."""
    found: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        found.setdefault(parent, []).append(int(status.parent.name))
    return found


def descendants(pid: int, children: dict[int, list[int]]) -> list[int]:
    return [pid] + [member for child in children.get(pid, []) for member in descendants(child, children)]


def pss(pid: int) -> int:
    """Kilobytes of one process."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("Pss:")))


if __name__ == "__main__":
    sys.exit(main())
