"""Two nodes, one of them the other's acquirer over HTTPS, and between them a proxy that delays, holds and cuts connections."""
import asyncio
import json
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from gateway import Client, Operator  # noqa: E402

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def make_authority(folder):
    """A certificate authority and a server's certificate for localhost; another authority that nobody has heard of."""

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    for name in ("ca", "stranger"):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN=tollgate test {name}",
                "-keyout", f"{name}.key", "-out", f"{name}.pem")
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-keyout", "server.key",
            "-out", "server.csr")
    with open(os.path.join(folder, "names.cnf"), "w", encoding="ascii") as names:
        names.write("subjectAltName=DNS:localhost\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names.cnf",
            "-out", "server.pem")


def toml_of(sections):
    lines = []
    for header, values in sections:
        lines.append(header)
        lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


class Node:
    """`tollgate serve` on ports that stay the same over its restarts."""

    def __init__(self, binary, folder, name, sections=(), tls=False):
        self.binary, self.name, self.tls = binary, name, tls
        self.data = os.path.join(folder, name)
        self.port, self.admin_port = free_port(), free_port()
        self.config = os.path.join(folder, name + ".toml")
        self.log_path = os.path.join(folder, name + ".log")
        self.folder = folder
        self.sections = list(sections)
        self.process = None
        self.context = None
        if tls:
            self.context = ssl.create_default_context(cafile=os.path.join(folder, "ca.pem"))
        self.write_config()

    def write_config(self):
        api = {"listen": f"127.0.0.1:{self.port}"}
        if self.tls:
            api.update(tls_certificate=os.path.join(self.folder, "server.pem"), tls_key=os.path.join(self.folder, "server.key"))
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(toml_of([("[node]", {"data_dir": self.data}), ("[api]", api), ("[admin]", {"listen": f"127.0.0.1:{self.admin_port}"}),
                                *self.sections]))

    def start_only(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([self.binary, "serve", "--config", self.config], stdout=log, stderr=log)

    def start(self):
        self.start_only()
        self.wait_until_ready()
        return self

    def wait_until_ready(self):
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{self.name} did not start:\n{self.tail()}")
            try:
                with socket.create_connection(("127.0.0.1", self.admin_port), 1) as probe:
                    probe.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    if b" 200 " in probe.recv(64):
                        return
            except OSError:
                pass
            time.sleep(0.01)

    def tail(self):
        with open(self.log_path, "rb") as log:
            return log.read()[-4000:].decode(errors="replace")

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not stop in {STOP_TIMEOUT_S} s\n{self.tail()}") from None

    def audit(self):
        ended = subprocess.run([self.binary, "audit", "verify", self.data], capture_output=True, text=True, timeout=600, check=False)
        if ended.returncode != 0:
            raise AssertionError(f"audit verify of {self.name} ended with {ended.returncode}:\n{ended.stdout}\n{ended.stderr}")

    def client(self, key, connections=64):
        url = f"https://localhost:{self.port}" if self.tls else f"http://127.0.0.1:{self.port}"
        return Client(url, key, connections, self.context)

    def admin(self):
        with open(os.path.join(self.data, "admin.token"), encoding="ascii") as token:
            return Client(f"http://127.0.0.1:{self.admin_port}", token.read().strip(), 8)

    def operator(self):
        return Operator(self.admin())


class Proxy:
    """Passes bytes from a port of its own to another, and fails in the ways that a network does."""

    def __init__(self, to_port):
        self.to_port = to_port
        self.hold = False          # takes connections and bytes, and passes nothing on
        self.hold_answers = False  # passes requests on, and keeps the answers
        self.cut_share = 0.0       # of the chunks from the upstream: the connection is reset instead
        self.delay_s = (0.0, 0.0)  # before each chunk
        self.rng = random.Random(1)
        self.connections = 0
        self.writers = set()
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait()

    def _run(self, ready):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()

    async def _serve(self, reader, writer):
        self.connections += 1
        self.writers.add(writer)
        upstream = None
        try:
            while self.hold:
                await asyncio.sleep(0.01)
            up_reader, upstream = await asyncio.open_connection("127.0.0.1", self.to_port)
            self.writers.add(upstream)
            await asyncio.gather(self._pass(reader, upstream, writer, False), self._pass(up_reader, writer, upstream, True))
        except OSError:
            pass
        finally:
            for end in (writer, upstream):
                if end is not None:
                    self.writers.discard(end)
                    end.transport.abort()

    async def _pass(self, reader, writer, other, answers):
        while True:
            data = await reader.read(1 << 16)
            if not data:
                raise ConnectionResetError
            low, high = self.delay_s
            if high > 0:
                await asyncio.sleep(self.rng.uniform(low, high))
            while self.hold or (answers and self.hold_answers):
                await asyncio.sleep(0.01)
            if answers and self.rng.random() < self.cut_share:
                raise ConnectionResetError
            writer.write(data)
            await writer.drain()

    def reset_all(self):
        def reset():
            for writer in list(self.writers):
                writer.transport.abort()
        self.loop.call_soon_threadsafe(reset)


class World:
    """Node A with live partners, whose acquirer is node B's sandbox; A reaches B through the proxy, or not at all."""

    def __init__(self, binary, acquirer=None, timeouts=None):
        self.folder = tempfile.mkdtemp(prefix="tollgate-acquirer-http-")
        make_authority(self.folder)
        self.b = Node(binary, self.folder, "b", [("[acquirer]", {"call_timeout_ms": 300, "inquiry_delay_first_ms": 20, "inquiry_delay_max_ms": 500,
                                                                 "not_found_grace_ms": 500}),
                                                 ("[sandbox]", {"refund_pending_ms": 500})], tls=True).start()
        self.proxy = Proxy(self.b.port)
        self.b_partner, self.b_key = asyncio.run(self.b.operator().partner(name="Upstream account"))
        key_file = os.path.join(self.folder, "b.key")
        with open(os.open(key_file, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
            file.write(self.b_key + "\n")
        self.acquirer = {"name": "psp", "base_url": f"https://localhost:{self.proxy.port}", "secret_key_file": key_file,
                         "ca_file": os.path.join(self.folder, "ca.pem"), "timeout_ms": 1500, "connect_timeout_ms": 700, "breaker_failures": 5,
                         "breaker_open_ms": 200, **(acquirer or {})}
        self.timeouts = {"call_timeout_ms": 2000, "inquiry_delay_first_ms": 50, "inquiry_delay_max_ms": 500, "not_found_grace_ms": 2500, **(timeouts or {})}
        self.a = Node(binary, self.folder, "a", self.a_sections())
        self.a.start()

    def a_sections(self, **acquirer):
        return [("[acquirer]", self.timeouts), ("[[acquirers]]", {**self.acquirer, **acquirer})]

    def restart_a(self, **acquirer):
        """With other settings of the acquirer."""
        if self.a.running():
            self.a.stop()
        self.a.sections = self.a_sections(**acquirer)
        self.a.write_config()
        self.a.start()

    async def live_partner(self, name="Live partner", acquirer="psp"):
        operator = self.a.operator()
        partner, test_key = await operator.partner(name=name, live_acquirer=acquirer)
        made = await operator.change(partner, "keys", mode="live")
        return partner, made["secret_key"], test_key

    def upstream(self):
        return self.b.client(self.b_key)

    def remove(self):
        for node in (self.a, self.b):
            if node.running():
                node.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def card(number, **more):
    return {"type": "card", "card": {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "123", **more}}


async def books_agree(world, partner, client):
    """Every payment of A as B's own record has it: charged once, or not at all, and refunded as often as A says. Gives how many there were."""
    upstream = world.upstream()
    intents = await upstream.all("/v1/payment_intents")
    refunds = await upstream.all("/v1/refunds")
    by_payment, of_intent = {}, {}
    for refund in refunds:
        of_intent.setdefault(refund["payment_intent"], []).append(refund)
    for intent in intents:
        reference = intent["metadata"].get("tollgate_reference", "")
        if reference.startswith(partner + "/"):
            by_payment.setdefault(reference.split("/")[1], []).append((reference, intent))
    payments = await client.all("/v1/payment_intents")
    refunded_here = {}
    for refund in await client.all("/v1/refunds"):
        if refund["status"] == "succeeded":
            refunded_here[refund["payment_intent"]] = refunded_here.get(refund["payment_intent"], 0) + refund["amount"]
    for payment in payments:
        number = payment["id"]
        there = by_payment.pop(number, [])
        captured = refunded = held = charged = 0
        seen = set()
        for reference, intent in there:
            undone = 0
            for refund in of_intent.get(intent["id"], []):
                if refund["status"] != "succeeded":
                    continue
                mark = refund["metadata"].get("tollgate_reference")
                if mark == reference:
                    undone += refund["amount"]
                else:
                    assert mark not in seen, f"refunded twice: {refund}"
                    seen.add(mark)
                    refunded += refund["amount"]
            captured += intent["amount_received"] - undone
            charged += intent["amount_received"] > undone
            held += intent["amount_capturable"]
        about = (payment, there)
        assert charged <= 1, f"charged twice: {about}"
        assert captured == payment["amount_received"], f"captured there {captured}: {about}"
        assert refunded == refunded_here.get(number, 0), f"refunded there {refunded}, here {refunded_here.get(number, 0)}: {about}"
        assert held == (payment["amount_capturable"] if payment["status"] == "requires_capture" else 0), f"held there {held}: {about}"
    leftover = {number: there for number, there in by_payment.items() if any(intent["amount_received"] for _, intent in there)}
    assert not leftover, f"charged there, and nothing is known of it here: {leftover}"
    for entry in await world.b.operator().entries(world.b_partner):
        assert entry["times_moved"] <= 1 and entry["violations"] == 0, f"the bank saw what it should not: {entry}"
    return len(payments)
