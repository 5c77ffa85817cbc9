"""A handler that does what each event tells it, however bad. What a command finds out is sent to the client."""

import asyncio
import logging
import os
import random
import secrets
import socket
import sys
import threading
import time
import uuid
import warnings
import zoneinfo

import goblet
from strange import greeting

# What a module reads when it runs. Were it read when the component is built, two events would see the same.
BOOT = [random.random(), uuid.uuid4().hex, uuid.uuid1().hex, secrets.token_hex(4), time.time(), os.urandom(4).hex()]
GREETING = os.environ.get("GREETING", "none")

# Of a connection that never was.
GONE = "L0SM9cOFvHcCIhw="

log = logging.getLogger("puppet")
count = 0


@goblet.on_connect
async def connect(event):
    what = event.query.get("do")
    if what == "reject":
        return goblet.reject(401)
    if what == "subprotocol":
        return goblet.accept("chat")
    if what == "fail":
        raise LookupError("no such user")
    if what == "wrong":
        return "yes"
    return None


@goblet.on_message
def do(event):
    name, _, argument = event.body.partition(" ")
    answer = COMMANDS[name](argument) if name in COMMANDS else f"no command {name}"
    if answer is not None:
        goblet.send(event.connection_id, answer)


@goblet.on_disconnect
def disconnect(event):
    raise RuntimeError(f"left with {event.status_code}")


def boot(_):
    return "\n".join(map(str, BOOT))


def counted(_):
    global count
    count += 1
    return str(count)


def inner_imports(_):
    import datetime
    import json

    day = datetime.datetime.strptime("2026-01-02", "%Y-%m-%d")
    return json.dumps([str(uuid.uuid5(uuid.NAMESPACE_DNS, "x")), day.year, "é".encode("cp1252").hex()])


def zones(key):
    import datetime

    summer = datetime.datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo(key))
    return f"{summer.isoformat()} {key in zoneinfo.available_timezones()}"


def logs(_):
    print("printed\nin lines")
    log.info("not shown")
    log.warning("one record\nof two lines")
    logging.basicConfig(level=logging.DEBUG, format="%(name)s: %(message)s")
    log.debug("debugged")
    log.info("informed")
    print("an error", file=sys.stderr)
    warnings.warn("old")
    return "logged"


def refused(_):
    def tried(function):
        try:
            return f"{function()}"
        except Exception as error:
            return f"{type(error).__name__}: {error}"

    def connect_udp():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.sendto(b"x", ("127.0.0.1", 9))

    def bind():
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))

    attempts = [
        lambda: socket.create_connection(("127.0.0.1", 80)),
        lambda: socket.getaddrinfo("example.com", 80),
        bind,
        connect_udp,
        lambda: open("/etc/passwd"),
        lambda: open("new", "w"),
        lambda: os.listdir("/"),
        lambda: threading.Thread(target=print).start(),
        lambda: __import__("subprocess").run(["true"]),
    ]
    return "\n".join(map(tried, attempts))


def send_wrong(_):
    found = []
    for arguments in ((GONE, "x"), (GONE, "x" * 200_000), (GONE, {"a": 1}), (GONE, "\ud800")):
        try:
            goblet.send(*arguments)
        except Exception as error:
            found.append(f"{type(error).__name__} {getattr(error, 'connection_id', '')}")
    return ", ".join([*found, ", ".join(goblet.send_all([GONE], "x"))])


def in_a_loop(_):
    """Coroutines, which a function that is none runs."""

    async def wait(name):
        await asyncio.sleep(0.01)
        return name

    async def main():
        try:
            await asyncio.wait_for(asyncio.Event().wait(), 0.01)
        except TimeoutError:
            return await asyncio.gather(wait("one"), wait("two"))

    return " ".join(asyncio.run(main()))


def fail(argument):
    def deeper():
        raise ValueError(argument)

    deeper()


def loop(_):
    while True:
        pass


def grow(_):
    kept = []
    while True:
        kept.append(bytearray(1 << 20))


def recur(_):
    return recur(_)


def print_on(_):
    while True:
        print("and on")


COMMANDS = {
    "boot": boot,
    "connect": lambda _: socket.create_connection(("127.0.0.1", 80)),
    "count": counted,
    "environment": lambda _: repr([GREETING, sorted(os.environ)]),
    "exit": lambda code: sys.exit(int(code)),
    "fail": fail,
    "greet": greeting,
    "hash": lambda text: str(hash(text)),
    "grow": grow,
    "in_a_loop": in_a_loop,
    "inner_imports": inner_imports,
    "logs": logs,
    "loop": loop,
    "open": lambda name: open(name or "/etc/passwd"),
    "os_exit": lambda code: os._exit(int(code)),
    "print_on": print_on,
    "recur": recur,
    "refused": refused,
    "repeat": lambda size: "x" * int(size),
    "say": lambda text: text,
    "send_wrong": send_wrong,
    "strange": lambda _: "\0 \U0001f600 ünïcode",
    "thread": lambda _: threading.Thread(target=print).start(),
    "unseen": lambda name: __import__(name),
    "zones": zones,
}
