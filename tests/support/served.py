"""A node as it runs in production: `tollgate serve` with a configuration file."""
import asyncio
import json
import os
import re
import shutil
import subprocess
import tempfile
import time

from gateway import Client, Cut, Operator

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60
KEYS = ("vault/vault.key", "pepper.key", "checkpoint.key", "admin.token")


class Served:
    """Everything stands in one folder: data, backups, archive and the configuration. It outlives the process."""

    def __init__(self, binary, **sections):
        self.binary = binary
        self.root = tempfile.mkdtemp(prefix="tollgate-backup-test-")
        self.data, self.backups, self.archive = (os.path.join(self.root, name) for name in ("data", "backups", "archive"))
        self.sections = sections
        self.process = None
        self.log = os.path.join(self.root, "node.log")

    def configure(self):
        # One partner on one machine is all the load here, and one person the whole staff.
        sections = {"node": {"data_dir": self.data}, "api": {"listen": "127.0.0.1:0"}, "admin": {"listen": "127.0.0.1:0", "approvals": "off"},
                    "limits": {"requests_per_second": 0, "burst": 0, "concurrent_requests": 0, "queue_depth": 0, "queue_delay_target_ms": 0},
                    **self.sections}
        with open(os.path.join(self.root, "tollgate.toml"), "w") as file:
            for name, keys in sections.items():
                file.write(f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items()))
        return os.path.join(self.root, "tollgate.toml")

    def start(self):
        """Gives nothing, or raises with what the node said."""
        path = self.configure()
        with open(self.log, "ab") as log:
            offset = log.tell()
            self.process = subprocess.Popen([self.binary, "serve", "--config", path], stdout=subprocess.DEVNULL, stderr=log)
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            with open(self.log, "rb") as log:
                log.seek(offset)
                said = log.read().decode(errors="replace")
            serving = re.search(r"serving: api (\S+), admin (\S+),", said)
            if serving:
                self.api_url, self.admin_url = serving.groups()
                break
            if self.process.poll() is not None:
                raise Refused(said)
            if time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"the node does not serve: {said}")
            time.sleep(0.01)
        with open(os.path.join(self.data, "admin.token")) as file:
            self.token = file.read().strip()
        return self

    def client(self, key, connections=64):
        return Client(self.api_url, key, connections)

    def admin(self):
        return Client(self.admin_url, self.token, 8)

    def operator(self):
        return Operator(self.admin())

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        status = self.process.wait(STOP_TIMEOUT_S)
        if status != 0:
            raise AssertionError(f"the node ended with {status}")

    def lose(self):
        """kill -9, and the machine's disk is gone; the keys are kept elsewhere. Gives where they are."""
        kept = tempfile.mkdtemp(dir=self.root, prefix="keys-")
        self.process.kill()
        for name in KEYS:
            os.makedirs(os.path.dirname(os.path.join(kept, name)), exist_ok=True)
            shutil.copy2(os.path.join(self.data, name), os.path.join(kept, name))
        shutil.rmtree(self.data)
        self.process.wait()
        return kept

    def put_keys(self, kept, data=None):
        for name in KEYS:
            shutil.copy2(os.path.join(kept, name), os.path.join(data or self.data, name))

    def run(self, *arguments, expect=0):
        """One of tollgate's commands. Gives what it printed."""
        ended = subprocess.run([self.binary, *arguments], capture_output=True, text=True, timeout=600, check=False)
        if expect is not None and ended.returncode != expect:
            raise AssertionError(f"tollgate {' '.join(arguments)} ended with {ended.returncode}:\n{ended.stdout}\n{ended.stderr}")
        return ended.stdout if expect == 0 else ended.stdout + ended.stderr

    def json(self, *arguments, expect=0):
        ended = subprocess.run([self.binary, *arguments, "--json"], capture_output=True, text=True, timeout=600, check=False)
        if ended.returncode != expect:
            raise AssertionError(f"tollgate {' '.join(arguments)} ended with {ended.returncode}:\n{ended.stdout}\n{ended.stderr}")
        return json.loads(ended.stdout)

    async def status(self):
        return await self.admin().must("GET", "/admin/v1/status")

    async def heads(self):
        return {str(one["partition"]): one["sequence"] for one in (await self.status())["partitions"]}

    async def archived(self, timeout_s=30):
        """Waits until everything that was acknowledged before the call is archived."""
        wanted = await self.heads()
        deadline = time.monotonic() + timeout_s
        while True:
            archive = (await self.status())["archive"]
            if all(archive["ends"].get(partition, 0) >= sequence for partition, sequence in wanted.items()):
                return wanted
            if time.monotonic() > deadline:
                raise AssertionError(f"not archived after {timeout_s} s: {archive}, wanted {wanted}")
            await asyncio.sleep(0.02)

    def remove(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.root, ignore_errors=True)


class Refused(Exception):
    """The node did not start; the text says why."""


class Journal:
    """Requests and their answers, to be compared with what is left after a disaster."""

    def __init__(self, key, name):
        self.key, self.name = key, name
        self.entries = []  # path, params, idempotency key, answer, when

    async def post(self, client, path, params):
        key = f"{self.name} {len(self.entries)}"
        entry = [path, params, key, None, None]
        self.entries.append(entry)
        entry[3] = await client.settled_post(path, params, key)
        entry[4] = time.time()
        return entry[3].json

    async def story(self, client, number):
        """A customer with a card of their own, a payment, sometimes its refund."""
        customer = await self.post(client, "/v1/customers", {"name": f"Person {number}", "email": "person@example.com"})
        method = await self.post(client, "/v1/payment_methods",
                                 {"type": "card", "card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}})
        await self.post(client, f"/v1/payment_methods/{method['id']}/attach", {"customer": customer["id"]})
        payment = await self.post(client, "/v1/payment_intents", {
            "amount": 1000 + number, "currency": "usd", "customer": customer["id"], "payment_method": method["id"], "confirm": True,
            "capture_method": "manual" if number % 4 == 1 else "automatic", "payment_method_types": ["card"], "metadata": {"order": f"{self.name} {number}"}})
        if number % 4 == 1:
            await self.post(client, f"/v1/payment_intents/{payment['id']}/capture", {})
        if number % 3 == 0:
            await self.post(client, "/v1/refunds", {"payment_intent": payment["id"], "amount": 300})
        return payment

    async def load(self, client, stories, workers=8):
        turns = iter(range(len(self.entries), len(self.entries) + stories))

        async def worker():
            for number in turns:
                try:
                    await self.story(client, number)
                except Cut:
                    return

        await asyncio.gather(*(worker() for _ in range(workers)))

    def acknowledged(self):
        return [entry for entry in self.entries if entry[3] is not None and entry[3].status == 200]

    async def compare(self, client, entries=None, recent_from=float("inf")):
        """Repeats requests with their keys. Gives those that were answered as before, and those that were executed anew. Of one that was
        acknowledged after `recent_from` a part may be gone, its acquirer's answer: that is a loss as well."""
        same, lost = [], []
        for entry in self.acknowledged() if entries is None else entries:
            path, params, key, before, when = entry
            again = await client.settled_post(path, params, key)
            if again.headers.get("idempotent-replayed") != "true":
                lost.append(entry)
                continue
            if again.status != before.status or again.text != before.text:
                if when >= recent_from:
                    lost.append(entry)
                    continue
                raise AssertionError(f"{path} with the key {key}: first {before}, again {again}")
            same.append(entry)
        return same, lost
