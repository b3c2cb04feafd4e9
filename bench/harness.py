"""What bench/run is made of: nodes, load, and facts about the machine."""

import contextlib
import json
import os
import pathlib
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
START_TIMEOUT_S = 900
STOP_TIMEOUT_S = 120


class Failed(Exception):
    pass


def say(text):
    print(text, file=sys.stderr, flush=True)


class Process:
    """A server that prints one JSON object first and ends in order on SIGTERM."""

    def __init__(self, command):
        self.started = time.monotonic()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.errors = []
        self.stderr_reader = threading.Thread(target=self._keep_errors, daemon=True)
        self.stderr_reader.start()
        late = threading.Timer(START_TIMEOUT_S, self.process.kill)
        late.start()
        line = self.process.stdout.readline()
        late.cancel()
        self.start_seconds = time.monotonic() - self.started
        try:
            self.hello = json.loads(line)
        except ValueError:
            self.process.kill()
            self.process.wait()
            self.stderr_reader.join()
            raise Failed(f"{' '.join(map(str, command))} did not start: {line}{''.join(self.errors)}") from None
        # Whatever else it prints must not fill the pipe.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def _keep_errors(self):
        for line in self.process.stderr:
            self.errors = [*self.errors[-50:], line]

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def resident_mib(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            for line in file:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
        return 0.0

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failed("the node did not stop") from None
        if code != 0:
            raise Failed(f"the node ended with {code}: {''.join(self.errors)}")


class Bench:
    """Where the binaries are, where data goes, how long and how often to measure."""

    def __init__(self, build, directory, seconds, repeats):
        self.build = pathlib.Path(build)
        self.directory = directory
        self.seconds = seconds
        self.repeats = repeats
        for name in ("tollgate", "tollgate-load", "tollgate-echo"):
            if not (self.build / name).exists():
                raise Failed(f"{self.build / name} is missing: tools/build release")

    @contextlib.contextmanager
    def data(self):
        path = tempfile.mkdtemp(prefix="tollgate-bench-", dir=self.directory)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    @contextlib.contextmanager
    def node(self, partners=1000, data=None, sync_delay_us=0, options=()):
        with contextlib.ExitStack() as stack:
            path = data or stack.enter_context(self.data())
            command = [
                self.build / "tollgate",
                "dev",
                "--data",
                path,
                "--partners",
                str(partners),
                "--listen",
                "127.0.0.1:0",
                "--admin-listen",
                "127.0.0.1:0",
            ]
            command += options
            if sync_delay_us:
                command += ["--sync-delay-us", str(sync_delay_us)]
            node = Process(command)
            node.data_dir = path
            try:
                yield node
            except BaseException:
                node.process.kill()
                node.process.wait()
                raise
            node.stop()

    @contextlib.contextmanager
    def bare_server(self):
        server = Process([self.build / "tollgate-echo"])
        try:
            yield server
        finally:
            server.stop()

    def load(self, server, operation="payment", connections=64, rate=0, seconds=None, warmup=1.0, count=None):
        """One run of the generator."""
        command = [
            self.build / "tollgate-load",
            "--address",
            server.hello["api"],
            "--operation",
            operation,
            "--connections",
            str(connections),
            "--seconds",
            str(self.seconds if seconds is None else seconds),
            "--warmup",
            str(warmup),
        ]
        if rate:
            command += ["--rate", str(rate)]
        if count:
            command += ["--count", str(count)]
        if "secret_key" in server.hello:
            command += ["--keys", str(pathlib.Path(server.data_dir) / "keys.jsonl")]
        cpu = server.cpu_seconds()
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            result = json.loads(done.stdout)
        except ValueError:
            raise Failed(f"the load generator failed: {done.stderr}") from None
        result["cpu_us"] = (server.cpu_seconds() - cpu) * 1e6 / max(result["answered"], 1)
        say("   " + done.stderr.strip().replace("\n", "\n   "))
        return result

    def median(self, server, **options):
        """The generator's figures, each the median of the repeats; errors are added up."""
        runs = [self.load(server, **options) for _ in range(self.repeats)]
        result = dict(runs[0])
        for key, value in runs[0].items():
            if isinstance(value, (int, float)):
                result[key] = statistics.median(run[key] for run in runs)
        result["errors"] = {}
        for run in runs:
            for name, count in run["errors"].items():
                result["errors"][name] = result["errors"].get(name, 0) + count
        result["lowest_per_s"] = min(run["throughput_per_s"] for run in runs)
        result["highest_per_s"] = max(run["throughput_per_s"] for run in runs)
        return result

    def tollgate(self, *arguments, discard=False):
        started = time.monotonic()
        done = subprocess.run(
            [self.build / "tollgate", *map(str, arguments)],
            stderr=subprocess.PIPE,
            text=True,
            stdout=subprocess.DEVNULL if discard else subprocess.PIPE,
        )
        if done.returncode != 0:
            raise Failed(
                f"tollgate {' '.join(map(str, arguments))}: exit status {done.returncode}: {done.stderr}{done.stdout or ''}"
            )
        return done.stdout, time.monotonic() - started


def disk_bytes(path):
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.stat(os.path.join(folder, name)).st_blocks * 512
    return total


def sync_us(directory):
    """The median time that this disk takes for a small write and its fdatasync."""
    times = []
    with tempfile.NamedTemporaryFile(dir=directory) as file:
        for _ in range(300):
            os.write(file.fileno(), b"x" * 4096)
            started = time.monotonic()
            os.fdatasync(file.fileno())
            times.append(time.monotonic() - started)
    return statistics.median(times) * 1e6


def machine(directory):
    def first(path, prefix):
        with open(path) as file:
            for line in file:
                if line.startswith(prefix):
                    return line.split(":", 1)[1].strip()
        return ""

    git = lambda *arguments: subprocess.run(
        ["git", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ).stdout.strip()
    changed = [
        line for line in git("status", "--porcelain", "--untracked-files=no").splitlines() if "RESULTS.md" not in line
    ]
    return {
        "processor": first("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "kernel": platform.release(),
        "file_system": subprocess.run(
            ["stat", "-f", "-c", "%T", directory], stdout=subprocess.PIPE, text=True
        ).stdout.strip(),
        "sync_us": sync_us(directory),
        "commit": git("rev-parse", "--short=12", "HEAD") + (" with local changes" if changed else ""),
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }
