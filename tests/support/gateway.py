"""A node under test and an HTTP client for it, with nothing but Python's standard library."""
import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.parse

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60
ANSWER_TIMEOUT_S = 60


def flat(value, name=""):
    """{"card": {"number": 4}} -> [("card[number]", "4")], as the SDKs send it."""
    if isinstance(value, dict):
        return [pair for key, part in value.items() for pair in flat(part, f"{name}[{key}]" if name else key)]
    if isinstance(value, (list, tuple)):
        return [pair for i, part in enumerate(value) for pair in flat(part, f"{name}[{i}]")]
    if isinstance(value, bool):
        return [(name, "true" if value else "false")]
    return [(name, str(value))]


class Answer:
    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def code(self):
        """The error's code, None of a success."""
        return self.json.get("error", {}).get("code") if self.status != 200 else None

    def __repr__(self):
        return f"{self.status} {self.text[:600]}"


class Cut(Exception):
    """The connection ended before a whole answer: nobody knows whether the request was executed."""


class Client:
    """Keep-alive connections to one listener, at most `connections` at a time; requests above that wait their turn."""

    def __init__(self, url, key, connections=64, tls=None):
        self.tls = tls  # an ssl.SSLContext for https
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port
        self.authorization = "Bearer " + key
        self.free = []
        self.turns = asyncio.Semaphore(connections)

    async def request(self, method, path, params=None, idempotency_key=None, body=None):
        """One attempt. Raises Cut if there was no whole answer."""
        head = [f"Host: {self.host}:{self.port}", f"Authorization: {self.authorization}"]
        content = b""
        if method == "GET":
            if params:
                path += "?" + urllib.parse.urlencode(flat(params))
        elif body is not None:
            content = json.dumps(body).encode()
            head.append("Content-Type: application/json")
        else:
            content = urllib.parse.urlencode(flat(params or {})).encode()
            head.append("Content-Type: application/x-www-form-urlencoded")
        if idempotency_key is not None:
            head.append(f"Idempotency-Key: {idempotency_key}")
        head.append(f"Content-Length: {len(content)}")
        wire = f"{method} {path} HTTP/1.1\r\n".encode() + "\r\n".join(head).encode() + b"\r\n\r\n" + content
        async with self.turns:
            try:
                return await asyncio.wait_for(self._exchange(wire), ANSWER_TIMEOUT_S)
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
                raise Cut(repr(error)) from error

    async def _exchange(self, wire):
        reader, writer = self.free.pop() if self.free else await asyncio.open_connection(self.host, self.port, limit=1 << 20, ssl=self.tls)
        done = False
        try:
            writer.write(wire)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {}
            for line in head[1:]:
                name, _, value = line.partition(":")
                if name:
                    headers[name.strip().lower()] = value.strip()
            text = (await reader.readexactly(int(headers.get("content-length", 0)))).decode()
            done = headers.get("connection", "").lower() != "close"
            return Answer(int(head[0].split(" ")[1]), headers, text)
        finally:
            if done:
                self.free.append((reader, writer))
            else:
                writer.close()

    async def get(self, path, params=None):
        return await self.request("GET", path, params)

    async def post(self, path, params=None, idempotency_key=None):
        return await self.request("POST", path, params, idempotency_key)

    async def must(self, method, path, params=None, body=None):
        answer = await self.request(method, path, params, body=body)
        if answer.status != 200:
            raise AssertionError(f"{method} {path}: {answer}")
        return answer.json

    async def settled_post(self, path, params, idempotency_key, cuts_max=0):
        """As an SDK does it: again with the same key after a cut, a 409, a lock that is taken, or a node that is too busy."""
        delay_s, cuts = 0.01, 0
        while True:
            try:
                answer = await self.post(path, params, idempotency_key)
            except Cut:
                cuts += 1
                if cuts > cuts_max:
                    raise
                answer = None
            if answer is not None and not (answer.status in (409, 503) or answer.code == "lock_timeout" or
                                           (answer.status == 429 and answer.code == "rate_limit")):
                return answer
            await asyncio.sleep(delay_s)
            delay_s = min(delay_s * 1.5, 0.5)

    async def all(self, path, params=None):
        items, after = [], None
        while True:
            query = dict(params or {}, limit=100)
            if after:
                query["starting_after"] = after
            page = await self.must("GET", path, query)
            items += page["data"]
            if not page["has_more"]:
                return items
            after = page["data"][-1]["id"]

    def close(self):
        for _, writer in self.free:
            writer.close()
        self.free.clear()


class Gateway:
    """`tollgate dev` with its data in a directory that outlives the process."""

    def __init__(self, binary, options=(), data=None):
        self.binary, self.options = binary, list(options)
        self.data = data or tempfile.mkdtemp(prefix="tollgate-test-")
        self.process = None
        self.environment = None  # of the process; None: ours
        self.prepare = None  # called in the new process before it becomes the node
        self.log = open(os.path.join(self.data, "..", os.path.basename(self.data) + ".log"), "ab+")

    def start_only(self):
        """Without waiting until it serves."""
        command = [self.binary, "dev", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data", self.data, *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, env=self.environment,
                                        preexec_fn=self.prepare)

    def start(self):
        self.start_only()
        timer = threading.Timer(START_TIMEOUT_S, self.process.kill)
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        if not line.startswith(b"{"):
            raise AssertionError(f"the node did not start: {line!r}\n{self.tail()}")
        self.where = json.loads(line)
        # Nobody reads the rest, and a full pipe would stop the node.
        threading.Thread(target=self._drain, args=(self.process.stdout,), daemon=True).start()
        return self

    @staticmethod
    def _drain(pipe):
        for _ in pipe:
            pass

    def tail(self):
        self.log.flush()
        self.log.seek(0, os.SEEK_END)
        self.log.seek(max(0, self.log.tell() - 4000))
        return self.log.read().decode(errors="replace")

    def running(self):
        return self.process.poll() is None

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Gives the exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the node did not stop in {STOP_TIMEOUT_S} s\n{self.tail()}") from None

    def remove(self):
        if self.process is not None and self.running():
            self.kill()
        self.log.close()
        os.unlink(self.log.name)
        shutil.rmtree(self.data, ignore_errors=True)

    def audit(self):
        """Runs `tollgate audit verify` on the data directory; raises with its words if it finds anything."""
        ended = subprocess.run([self.binary, "audit", "verify", self.data], capture_output=True, text=True, timeout=600, check=False)
        if ended.returncode != 0:
            raise AssertionError(f"audit verify ended with {ended.returncode}:\n{ended.stdout}\n{ended.stderr}")

    def client(self, key=None, connections=64):
        return Client(self.where["api"], key or self.where["secret_key"], connections)

    def admin(self):
        return Client(self.where["admin"], self.where["admin_token"], 8)


class Operator:
    """What an operator sees and does, over the admin API."""

    def __init__(self, client):
        self.client = client

    async def partner(self, **config):
        """A new partner: its id and test key."""
        made = await self.client.must("POST", "/admin/v1/partners", body={"name": "Test partner", **config})
        return made["id"], made["secret_keys"][0]["secret_key"]

    async def change(self, partner, what, **body):
        return await self.client.must("POST", f"/admin/v1/partners/{partner}/{what}", body=body)

    async def entries(self, partner):
        """What the sandbox acquirer really did for a partner: its own books, the oracle for "charged once"."""
        found, after = [], partner + "/"
        while True:
            page = await self.client.must("GET", "/admin/v1/sandbox/entries", {"after": after, "limit": 1000})
            for entry in page["data"]:
                if not entry["reference"].startswith(partner + "/"):
                    return found
                found.append(entry)
            if not page["has_more"]:
                return found
            after = page["data"][-1]["reference"]

    async def nothing_in_doubt(self, timeout_s=60):
        deadline = asyncio.get_running_loop().time() + timeout_s
        while True:
            page = await self.client.must("GET", "/admin/v1/in_doubt", {"limit": 5})
            if not page["data"]:
                return
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"still in doubt after {timeout_s} s: {page}")
            await asyncio.sleep(0.05)


def moved(entries, action):
    """What stands of one action at the acquirer, in minor units, by payment id. `action`: one or several."""
    actions = (action,) if isinstance(action, str) else action
    total = {}
    for entry in entries:
        if entry["times_moved"] > 1:
            raise AssertionError(f"moved more than once: {entry}")
        if entry["action"] in actions and entry["times_moved"] == 1 and not entry["reversed"]:
            payment = entry["reference"].split("/")[1]
            total[payment] = total.get(payment, 0) + entry["amount"]
    return total


def run_tests(tests, binary):
    """Runs coroutine functions by name; ends the process with the line that tools/test reads. NotImplementedError: not on this machine."""
    passed, failed, skipped = 0, [], 0
    wanted = sys.argv[2:]
    for test in tests:
        name = test.__name__.replace("_", " ")
        if wanted and not any(word in test.__name__ for word in wanted):
            continue
        try:
            asyncio.run(test(binary))
            passed += 1
            print(f"ok      {name}", flush=True)
        except NotImplementedError as reason:
            skipped += 1
            print(f"skipped {name}: {reason}", flush=True)
        except Exception as error:  # a test may fail in any way
            failed.append(name)
            print(f"FAILED  {name}: {type(error).__name__}: {error}", flush=True)
    print(f"{passed} passed, {len(failed)} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed or not passed else 0)
