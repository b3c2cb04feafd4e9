"""Sections of bench/run: what partners feel of one that misbehaves, and what a node does with twice the work that it can do."""

import asyncio
import contextlib
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

from harness import Failed, Process, say

OTHERS = 100  # partners that behave
OTHERS_PER_S = 1000  # of all of them
LIMIT_PER_S = 50  # of the partner that floods
FLOOD_TIMES = 20
HANGING_PER_S = 200
SLOW_BODIES = 200  # connections
GARBAGE_PER_S = 200  # connections


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Served(Process):
    """`tollgate serve` with a configuration, and partners made over the admin API."""

    def __init__(self, bench, folder, config):
        self.data_dir = str(folder / "data")
        api, self.admin_port = free_port(), free_port()
        path = folder / "tollgate.toml"
        path.write_text(
            f'[node]\ndata_dir = "{self.data_dir}"\n[api]\nlisten = "127.0.0.1:{api}"\n'
            f'[admin]\nlisten = "127.0.0.1:{self.admin_port}"\n{config}'
        )
        self.errors = []
        self.process = subprocess.Popen(
            [bench.build / "tollgate", "serve", "--config", path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        threading.Thread(target=self._keep_errors, daemon=True).start()
        self.hello = {"api": f"http://127.0.0.1:{api}", "secret_key": "see keys.jsonl"}
        deadline = time.monotonic() + 60
        while not self._ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise Failed(f"the node did not start: {''.join(self.errors)}")
            time.sleep(0.02)
        self.token = pathlib.Path(self.data_dir, "admin.token").read_text().strip()

    def _ready(self):
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}/readyz", timeout=1) as answer:
                return answer.status == 200
        return False

    def admin(self, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.admin_port}/admin/v1/{path}",
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def partner(self, name, mode="test", **config):
        made = self.admin("partners", {"name": name, "keys": [mode], **config})
        return made["id"], made["secret_keys"][0]["secret_key"]


@contextlib.contextmanager
def hanging_acquirer():
    """Takes every connection and every byte, and never says anything."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    taken = []

    def take():
        with contextlib.suppress(OSError):
            while True:
                taken.append(listener.accept()[0])

    threading.Thread(target=take, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
        for connection in taken:
            connection.close()


class Beside:
    """A program that goes on while something is measured."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def end(self):
        self.process.terminate()
        return self.process.communicate(timeout=60)[0]


async def abuse(host, port, key, seconds):
    """Bodies that trickle in, and connections that bring no request at all."""
    end = time.monotonic() + seconds
    sent = {"slow": 0, "garbage": 0}

    async def slow():
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(host, port)
                sent["slow"] += 1
                head = f"POST /v1/payment_intents HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\nContent-Length: 100000\r\n\r\n"
                writer.write(head.encode())
                while time.monotonic() < end and not writer.is_closing():
                    writer.write(b"x")
                    await writer.drain()
                    await asyncio.sleep(0.1)
                writer.close()
            await asyncio.sleep(0.1)

    async def garbage():
        pieces = [os.urandom(2000), b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"\x16\x03\x01\x02\x00", b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"]
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(host, port)
                writer.write(pieces[sent["garbage"] % len(pieces)])
                sent["garbage"] += 1
                writer.close()
            await asyncio.sleep(1 / GARBAGE_PER_S)

    await asyncio.gather(garbage(), *(slow() for _ in range(SLOW_BODIES)))


def isolation(bench, options):
    """The others' latency beside one partner that floods, one whose acquirer hangs, one that sends garbage and slow bodies."""
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(bench.data()))
        hanging = stack.enter_context(hanging_acquirer())
        key_file = folder / "hanging.key"
        key_file.write_text("sk_test_nobody\n")
        key_file.chmod(0o600)
        node = Served(
            bench,
            folder,
            f'[[acquirers]]\nname = "hanging"\nbase_url = "http://127.0.0.1:{hanging}"\nsecret_key_file = "{key_file}"\n',
        )
        try:
            others = [node.partner(f"Other {i}")[1] for i in range(OTHERS)]
            _, flooding = node.partner("Floods", limits={"requests_per_second": LIMIT_PER_S, "burst": LIMIT_PER_S})
            _, stuck = node.partner("Hangs", "live", live_acquirer="hanging")
            _, rude = node.partner("Slow and rude")
            pathlib.Path(node.data_dir, "keys.jsonl").write_text("".join(json.dumps({"secret_key": key}) + "\n" for key in others))
            load = [str(bench.build / "tollgate-load"), "--address", node.hello["api"], "--warmup", "0", "--seconds", "3600"]
            host, port = node.hello["api"].removeprefix("http://").split(":")
            beside = {
                "flood": [*load, "--key", flooding, "--rate", str(LIMIT_PER_S * FLOOD_TIMES), "--connections", "64"],
                "hanging": [*load, "--key", stuck, "--operation", "raw-card", "--rate", str(HANGING_PER_S), "--connections", "512"],
                "garbage": [sys.executable, __file__, host, port, rude],
            }
            measure = lambda: bench.load(node, rate=OTHERS_PER_S, connections=64, warmup=1)
            measure()
            result = {}
            for name, command in beside.items():
                alone, together = [], []
                # In turns, so that both have the same machine and the same history.
                for _ in range(2 * bench.repeats):
                    alone.append(measure())
                    running = Beside(command)
                    together.append(measure())
                    running.end()
                result[name] = {"alone": middle(alone), "beside": middle(together)}
                say(f"   {name}: p99 {result[name]['beside']['p99_us'] / result[name]['alone']['p99_us']:.2f} times that alone")
            status = node.admin("status")
            result["limited"], result["shed"] = status["limits"]["limited"], status["limits"]["shed"]
            result["acquirer"] = next(one for one in status["acquirers"] if one["name"] == "hanging")
        except BaseException:
            node.process.kill()
            node.process.wait()
            raise
        node.stop()
        return result


def middle(runs):
    errors = {}
    for run in runs:
        for name, number in run["errors"].items():
            errors[name] = errors.get(name, 0) + number
    return {key: statistics.median(run[key] for run in runs) for key in ("throughput_per_s", "p50_us", "p99_us")} | {"errors": errors}


def overload(bench, options):
    """Twice the work that a node can do, with load shedding and without."""
    nodes = {
        "small": {"sync_delay_us": 5000, "more": ["--batch-commands", "32"]},
        "machine": {"sync_delay_us": 0, "more": []},
    }
    result = {}
    for name, how in nodes.items():
        # The peak is that of a closed loop, with as many connections as fill the node.
        with bench.node(sync_delay_us=how["sync_delay_us"], options=how["more"]) as node:
            peak = max(bench.median(node, connections=connections)["throughput_per_s"] for connections in (64, 128))
        result[name] = {"peak_per_s": peak}
        for shedding in (25, 0):
            with bench.node(sync_delay_us=how["sync_delay_us"], options=[*how["more"], "--queue-delay-target-ms", str(shedding)]) as node:
                bench.load(node, seconds=2, warmup=0)
                twice = bench.load(node, rate=2 * peak, connections=4000, seconds=2 * bench.seconds, warmup=2)
                began = time.monotonic()
                after = bench.load(node, rate=peak / 2, connections=64, seconds=1, warmup=0)
                while after["errors"] and time.monotonic() - began < 30:
                    after = bench.load(node, rate=peak / 2, connections=64, seconds=1, warmup=0)
                result[name]["shedding" if shedding else "without"] = {
                    "goodput_per_s": twice["throughput_per_s"],
                    "p50_us": twice["p50_us"],
                    "p99_us": twice["p99_us"],
                    "errors": twice["errors"],
                    "not_sent": twice["not_sent"],
                    "recovered": not after["errors"],
                    "recovery_seconds": time.monotonic() - began,
                    "p99_after_us": after["p99_us"],
                }
    return result


if __name__ == "__main__":
    asyncio.run(abuse(sys.argv[1], int(sys.argv[2]), sys.argv[3], 3600))
