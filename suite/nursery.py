"""Where services are born: `python -m suite.nursery` loads what all of them stand on once, then forks each.

Six processes that load the same libraries for themselves take ten seconds of processor time; forked from one that has them, two.
It is told what to start by lines of JSON on its input and tells of births and deaths on its output; when its input ends, so do its
children. It never runs a thread or an event loop of its own, so that there is nothing a fork could cut in half. Where a fork of loaded
libraries is not safe (macOS), a child is a new process instead.
"""

import gc
import importlib
import json
import os
import selectors
import signal
import subprocess
import sys
import traceback
from typing import Any

from chassis.serve import serve
from suite.child import name_process
from suite.children import end_with_parent

PRELOADED = (
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.lifespan.on",
    "uvloop",
    "asyncpg",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "httpx",
    "chassis.web",
    "chassis.commands",
    "clients.transport",
)
FORKS = sys.platform == "linux"
TITLE_ROOM = "-" * 80
"""An argument without meaning: room for a child's name in the list of processes."""


def main() -> None:
    for module in PRELOADED:
        importlib.import_module(module)
    # What is loaded stays: it is not looked through again, and its pages stay shared.
    gc.collect()
    gc.freeze()
    reading, waking = os.pipe()
    os.set_blocking(waking, False)
    signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    _tell({"loaded": True})
    children: dict[int, str] = {}
    try:
        _watch(reading, children)
    finally:
        for pid in children:
            os.kill(pid, signal.SIGTERM)


def _watch(reading: int, children: dict[int, str]) -> None:
    selector = selectors.DefaultSelector()
    selector.register(0, selectors.EVENT_READ)
    selector.register(reading, selectors.EVENT_READ)
    unread = b""
    while True:
        for key, _ in selector.select():
            if key.fd == reading:
                os.read(reading, 4096)
                _bury(children)
                continue
            heard = os.read(0, 65536)
            if not heard:
                return
            *lines, unread = (unread + heard).split(b"\n")
            for line in lines:
                order = json.loads(line)
                pid = _bear(order)
                children[pid] = order["name"]
                _tell({"born": order["name"], "pid": pid})


def _bury(children: dict[int, str]) -> None:
    while children:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if pid in children:
            _tell({"ended": children.pop(pid), "pid": pid, "code": os.waitstatus_to_exitcode(status)})


def _bear(order: dict[str, Any]) -> int:
    if not FORKS:
        with open(order["log"], "ab") as log:
            # No own port here: where processes are not forked, none shares a port either.
            command = [sys.executable, "-m", "suite.child", order["package"], str(order["port"])]
            environment = order["environment"]
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment).pid
    ask = end_with_parent(signal.SIGTERM)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            if ask is not None:
                ask()
            code = _live(order)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    return pid


def _live(order: dict[str, Any]) -> int:
    """A forked child becomes its service: its own log, environment, name and signals."""
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.closerange(3, 1024)
    os.environ.clear()
    os.environ.update(order["environment"])
    name_process(f"sifang {order['name']}: {order['package']}.app --port {order['port']}")
    try:
        serve(order["package"], order["port"], own_port=order["own_port"])
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def _tell(news: dict[str, Any]) -> None:
    os.write(1, json.dumps(news).encode() + b"\n")


if __name__ == "__main__":
    main()
