import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest
from redis import Redis

pytestmark = pytest.mark.process

BASE = Path(__file__).resolve().parents[2]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def served_before(tmp_path, migrated_database, django_db_setup):
    """A folder in which an installation was served before, so that it starts at once: where one is kept, with its database."""
    if migrated_database is not None and migrated_database.exists():
        shutil.copyfile(migrated_database, tmp_path / "expertpool.sqlite3")
    return tmp_path


def start(data, port):
    environment = {name: value for name, value in os.environ.items() if name not in {"REDIS_URL", "DATABASE_URL"}}
    environment |= {"EXPERTPOOL_DATA": str(data), "EXPERTPOOL_MODE": "demo", "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", str(port)],
        cwd=BASE,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def children_of(pid):
    """Every process below ``pid``, by the system's own table."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    found, layer = set(), {pid}
    while layer:
        layer = {child for child, parent in parents.items() if parent in layer}
        found |= layer
    return found


def end(process):
    """Whatever a failed test left behind: nothing may hold the pipe that we read to its end."""
    for pid in {process.pid, *children_of(process.pid)}:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.communicate(timeout=30)


def wait_until_ready(process, port):
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("专家库已就绪"):
            assert f"http://127.0.0.1:{port}/" in line
            return
    pytest.fail("".join(lines))


def wait_for(true, seconds):
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.2)
    return true()


def test_serve_answers_works_and_stops_without_leaving_anything(tmp_path):
    # Longer than a socket's path may be: the socket moves to a temporary folder.
    data = tmp_path / ("d" * 90)
    port = free_port()
    process = start(data, port)
    try:
        wait_until_ready(process, port)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/login/", timeout=30) as response:
            assert response.status == 200
        children = children_of(process.pid)
        # Redis's keeper and Redis, web, worker, clock
        assert len(children) >= 5
        path = next(
            Path(word)
            for pid in children
            for word in Path(f"/proc/{pid}/cmdline").read_text().split("\0")
            # Valkey itself shows its socket in a title of its own, which is no path.
            if word.endswith("/valkey.sock") and "unixsocket:" not in word
        )
        assert data not in path.parents
        # The clock enqueued its sweeps and the worker understood and did them.
        redis = Redis(unix_socket_path=str(path))
        assert wait_for(lambda: redis.zcard("rq:finished:default") >= 2, 60)
        assert redis.zcard("rq:failed:default") == 0
        redis.close()

        second = start(tmp_path / "other", port)
        output, _ = second.communicate(timeout=60)
        assert second.returncode == 1
        assert f"端口 {port} 已被占用" in output

        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        output, _ = process.communicate(timeout=15)
        assert time.monotonic() - begun < 10
        assert process.returncode == 0, output
        assert "专家库已停止" in output
        assert "Traceback" not in output
        assert [pid for pid in children if Path(f"/proc/{pid}/cmdline").exists()] == []
        assert not path.exists()
    finally:
        end(process)


def test_when_the_web_dies_everything_ends(served_before):
    process = start(served_before, free_port())
    try:
        port = int(process.args[-1])
        wait_until_ready(process, port)
        children = children_of(process.pid)
        [web] = [pid for pid in children if "uvicorn" in Path(f"/proc/{pid}/cmdline").read_text()]
        [worker] = [pid for pid in children if "rqworker" in Path(f"/proc/{pid}/cmdline").read_text()]
        os.kill(worker, signal.SIGKILL)
        assert wait_for(
            lambda: any("rqworker" in Path(f"/proc/{pid}/cmdline").read_text() for pid in children_of(process.pid) - children), 20
        )
        children |= children_of(process.pid)
        os.kill(web, signal.SIGKILL)
        output, _ = process.communicate(timeout=20)
        assert process.returncode == 1
        assert "worker 意外退出（状态 -9），第1次重新启动。" in output
        assert "web 意外退出（状态 -9），全部服务停止。" in output
        assert [pid for pid in children if Path(f"/proc/{pid}/cmdline").exists()] == []
    finally:
        end(process)


def test_a_killed_serve_takes_its_children_with_it(served_before):
    process = start(served_before, free_port())
    try:
        wait_until_ready(process, int(process.args[-1]))
        children = children_of(process.pid)
        process.kill()
        assert wait_for(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in children), 20)
    finally:
        end(process)
