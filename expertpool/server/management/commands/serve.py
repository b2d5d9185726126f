"""Everything in one command: Redis (embedded unless REDIS_URL is set), web, worker, clock."""

import ctypes
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from expertpool.server.checks import check_demo_passwords

RESTARTS = 3
# The kernel allows about 107 bytes for the path of a unix socket.
LONGEST_SOCKET_PATH = 100
READY_WITHIN = 60.0
# Seconds after the request to stop: the second request makes a busy worker drop its job (it will be run again), then force.
ASK_AGAIN_AFTER, KILL_AFTER = 5.5, 8.5
JSON_SERIALIZER = "rq.serializers.JSONSerializer"
POLL = 0.2
PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Ask the kernel (Linux) to stop the new process when its starter dies, so that even a killed ``serve`` leaves none."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """A process that this command started, in a session of its own so that Ctrl+C reaches only us."""

    name: str
    argv: list[str]
    essential: bool
    restarts: int = 0
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self, environment: dict[str, str]) -> None:
        """Start, or start again."""
        self.process = subprocess.Popen(  # noqa: S603
            self.argv,
            env=environment,
            cwd=settings.BASE_DIR,
            start_new_session=True,
            # Safe here: no thread runs in this command.
            preexec_fn=end_with_parent,  # noqa: PLW1509
        )

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def ask_to_stop(self) -> None:
        """SIGTERM."""
        with suppress(ProcessLookupError):
            self.process.terminate()

    def kill(self) -> None:
        """SIGKILL to it and to what it started in its group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Command(BaseCommand):
    """``serve [--host H] [--port N]``; ends with Ctrl+C or SIGTERM, and takes everything it started with it."""

    help = "启动全部服务：网页、后台任务、定时任务；未设置 REDIS_URL 时内置 Valkey。按 Ctrl+C 停止。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument("--skip-migrate", action="store_true", help="不自动升级数据库结构")

    def handle(self, *args: Any, **options: Any) -> None:
        self.refuse_open_demonstration(options["host"])
        self.stopping = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.stop)
        host, port = options["host"], options["port"]
        self.refuse_taken_port(host, port)
        self.prepare_database(options["skip_migrate"])
        with ExitStack() as stack:
            # WhiteNoise hands files out in a way that makes Django warn at each of them under ASGI.
            quiet = {"PYTHONWARNINGS": "ignore:StreamingHttpResponse must consume synchronous iterators:Warning"}
            environment = {**quiet, **os.environ, "PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "expertpool.settings"}
            children = self.children(host, port, environment, stack)
            stack.callback(self.stop_all, children)
            self.run(children, environment, host, port)
        self.stdout.write("专家库已停止。 / stopped.")

    def stop(self, number: int, frame: FrameType | None) -> None:
        """Ask the loop to end; children are stopped outside the signal handler."""
        self.stopping = True

    def refuse_open_demonstration(self, host: str) -> None:
        """Outside production keys and passwords are published: names of hosts are checked, but whoever calls writes them himself."""
        if settings.PRODUCTION or host == "localhost":
            return
        with suppress(ValueError):
            if ipaddress.ip_address(host).is_loopback:
                return
        raise CommandError(
            f"演示模式只能在本机打开，不能监听 {host}。正式使用请设置 EXPERTPOOL_MODE=production。 / "
            f"Outside production only the loopback address is served, not {host}."
        )

    def refuse_taken_port(self, host: str, port: int) -> None:
        """Say so before anything is started."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise CommandError(
                    f"端口 {port} 已被占用或不可用，请用 --port 另选一个。 / "
                    f"Cannot listen on {host}:{port} ({error.strerror}); choose another with --port."
                ) from None

    def prepare_database(self, skip_migrate: bool) -> None:
        """Outside production bring the tables up to date; in production refuse tables and accounts that do not fit."""
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        if settings.PRODUCTION:
            try:
                call_command("migrate", check_unapplied=True, verbosity=0)
            except SystemExit:
                raise CommandError("数据库结构未升级，请先备份，再执行 manage.py migrate。 / Unapplied migrations; run migrate.") from None
            for problem in check_demo_passwords():
                raise CommandError(f"{problem.msg} {problem.hint}")
        elif not skip_migrate:
            call_command("migrate", interactive=False, verbosity=0)
        # The children open their own connections.
        connections.close_all()

    def children(self, host: str, port: int, environment: dict[str, str], stack: ExitStack) -> list[Child]:
        """The processes in the order in which they start."""
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        children = []
        if not settings.REDIS_URL:
            path = self.socket_path(stack)
            environment["REDIS_URL"] = f"unix://{path}"
            children.append(Child("redis", [sys.executable, "-m", "expertpool.server.embedded_redis", str(path)], essential=True))
        web = [sys.executable, "-m", "uvicorn", "expertpool.asgi:application", "--host", host, "--port", str(port)]
        web += ["--timeout-graceful-shutdown", "5", "--log-level", "warning", "--lifespan", "off"]
        children.append(Child("web", web, essential=True))
        children.append(Child("worker", [*manage, "rqworker", "default", "--serializer", JSON_SERIALIZER, "-v", "0"], essential=False))
        children.append(Child("cron", [*manage, "rqcron", "expertpool.cron", "--logging-level", "WARNING"], essential=False))
        return children

    def socket_path(self, stack: ExitStack) -> Path:
        """The socket below DATA_DIR, or in a temporary folder when that path is too long for a socket."""
        path = Path(settings.REDIS_SOCKET).absolute()
        if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe, suppress(OSError):
                probe.connect(str(path))
                raise CommandError(f"数据目录 {settings.DATA_DIR} 已有一套服务在运行。 / Already running with this data folder.")
            return path
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="expertpool-"))) / "valkey.sock"

    def run(self, children: list[Child], environment: dict[str, str], host: str, port: int) -> None:
        """Start everything, say when the web answers, and watch until asked to stop or until something essential dies."""
        started: list[Child] = []
        for child in children:
            child.start(environment)
            started.append(child)
            if child.name == "redis":
                self.wait_for(child, environment["REDIS_URL"].removeprefix("unix://"))
        web = next(child for child in children if child.name == "web")
        self.wait_for(web, (host, port))
        if self.stopping:
            return
        shown = f"[{host}]" if ":" in host else host
        self.stdout.write(f"专家库已就绪：http://{shown}:{port}/ （按 Ctrl+C 停止） / ready")
        self.stdout.flush()
        while not self.stopping:
            for child in children:
                if not child.running and not self.stopping:
                    self.mourn(child, environment)
            time.sleep(POLL)

    def wait_for(self, child: Child, address: str | tuple[str, int]) -> None:
        """Until ``child`` accepts connections at ``address``."""
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        until = time.monotonic() + READY_WITHIN
        while not self.stopping:
            if not child.running:
                raise CommandError(f"{child.name} 启动失败（状态 {child.process.returncode}）。 / {child.name} did not start.")
            with socket.socket(family, socket.SOCK_STREAM) as probe, suppress(OSError):
                probe.settimeout(1)
                probe.connect(address)
                return
            if time.monotonic() > until:
                raise CommandError(f"{child.name} 在{READY_WITHIN:.0f}秒内没有就绪。 / {child.name} is not ready in time.")
            time.sleep(POLL)

    def mourn(self, child: Child, environment: dict[str, str]) -> None:
        """Start a worker again a few times; without the web or Redis there is nothing to go on with."""
        status = child.process.returncode
        if child.essential or child.restarts >= RESTARTS:
            raise CommandError(f"{child.name} 意外退出（状态 {status}），全部服务停止。 / {child.name} died; stopping.")
        child.restarts += 1
        self.stderr.write(f"{child.name} 意外退出（状态 {status}），第{child.restarts}次重新启动。 / restarting {child.name}.")
        child.start(environment)

    def stop_all(self, children: list[Child]) -> None:
        """Stop every child within ten seconds, Redis last."""
        started = [child for child in reversed(children) if hasattr(child, "process")]
        begun = time.monotonic()
        clients = [child for child in started if child.name != "redis"]
        for child in clients:
            child.ask_to_stop()
        asked_again = False
        while any(child.running for child in clients) and time.monotonic() - begun < KILL_AFTER:
            if not asked_again and time.monotonic() - begun > ASK_AGAIN_AFTER:
                asked_again = True
                for child in clients:
                    if child.running:
                        child.ask_to_stop()
            time.sleep(0.05)
        for child in clients:
            child.kill()
        for child in started:
            if child.name == "redis":
                child.ask_to_stop()
                with suppress(subprocess.TimeoutExpired):
                    child.process.wait(timeout=1.2)
                child.kill()
