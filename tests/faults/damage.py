"""Bytes that go bad on a stopped node's disk. Each time: it is found (the node refuses to start, or an answer is an error), or it did no
harm: every answer is what it was. Nothing acknowledged is ever cut off in silence."""
import asyncio
import os
import shutil
import subprocess
import tempfile

from gateway import Cut, Gateway, Operator
from node import CARDS, OPTIONS, FaultyNode, check, run
from story import Load, settled_payments

# Not of the node's data: locks, notes of the database to its developers, where the admin API was.
IGNORED = ("LOCK", "LOG", "IDENTITY", "admin.url", "keys.jsonl")
READS = ("/v1/balance", "/v1/payment_intents", "/v1/charges", "/v1/refunds", "/v1/customers", "/v1/events", "/v1/balance_transactions",
         "/v1/payment_methods")
SETTLED_S = 0.3  # both copies of the anchor are written by then


class Original:
    """A data directory with everything in it, stopped, and all its answers."""

    def __init__(self, binary, rng, kill):
        self.node = FaultyNode(binary)
        self.gateway = self.node.gateway
        self.gets = []
        for part in range(3):  # each start turns the write-ahead log into tables
            self.node.start()
            if part == 0:
                run(self.node.make_partners())
            run(self.fill(rng))
            if part == 2:
                run(self.remember())
            if kill:
                self.gateway.kill()
            else:
                check(self.gateway.stop() == 0, self.gateway.tail())
        self.posts = [request for partner in self.node.partners for request in partner.requests]

    async def fill(self, rng):
        node = self.node
        node.rounds += 1
        node.connect()
        await Load(node.partners, rng, f"original {node.rounds}", 4, CARDS).run_stories(3)

    async def remember(self):
        """Once nothing changes any more."""
        self.node.connect()
        await Operator(self.gateway.admin()).nothing_in_doubt()
        for partner in self.node.partners:
            await settled_payments(partner)
        self.gets = await self.read_all()
        await asyncio.sleep(SETTLED_S)
        check(self.gets == await self.read_all(), "what is at rest changes")

    async def read_all(self):
        found = []
        for partner in self.node.partners:
            for path in READS:
                found.append((partner, path, await self.answer(partner, path)))
            for item in await partner.client.all("/v1/payment_intents"):
                path = f"/v1/payment_intents/{item['id']}/timeline"
                found.append((partner, path, await self.answer(partner, path)))
        return found

    @staticmethod
    async def answer(partner, path):
        answer = await partner.client.get(path, {"limit": 100} if path in READS[1:] else None)
        check(answer.status == 200, path, answer)
        return answer.text

    def files(self):
        found = []
        for folder, _, names in os.walk(self.node.data):
            for name in names:
                path = os.path.join(folder, name)
                if not name.startswith(IGNORED) and os.path.getsize(path) > 0:
                    found.append(os.path.relpath(path, self.node.data))
        return sorted(found)

    def remove(self):
        self.node.remove()


def damage(path, rng):
    """Changes one byte, or cuts the file. Says what it did."""
    size = os.path.getsize(path)
    if rng.random() < 0.25:
        cut = rng.randrange(size)
        os.truncate(path, cut)
        return f"cut from {size} to {cut} bytes"
    with open(path, "r+b") as file:
        content = file.read()
        # Where there is something: most of an anchor, say, is unused.
        at = next((at for at in (rng.randrange(size) for _ in range(200)) if content[at] != 0), 0)
        bit = 1 << rng.randrange(8)
        file.seek(at)
        file.write(bytes([content[at] ^ bit]))
    return f"byte {at} of {size}, bit {bit:#04x}"


async def same_or_error(original, gateway):
    """Gives how many answers were errors; raises if one was another answer than before."""
    errors = 0
    clients = {partner.id: gateway.client(partner.key, 4) for partner in original.node.partners}

    def look(what, answer, same):
        nonlocal errors
        if answer.status >= 500:
            errors += 1
            return
        check(same, "another answer than before:", what, answer)

    for partner, path, text in original.gets:
        answer = await clients[partner.id].get(path, {"limit": 100} if path in READS[1:] else None)
        look(path, answer, answer.text == text)
    for request in original.posts:
        client = clients[request.partner.id]
        answer = await asyncio.wait_for(client.post(request.path, request.params, request.key), 10)
        look(request.key, answer, answer.status == request.answer.status and answer.text == request.answer.text)
    return errors


def one(binary, original, rng, name):
    copy = tempfile.mkdtemp(prefix="tollgate-damaged-")
    data = os.path.join(copy, "data")
    shutil.copytree(original.node.data, data)
    what = damage(os.path.join(data, name), rng)
    gateway = Gateway(binary, OPTIONS, data)
    kept = True
    try:
        audit = subprocess.run([binary, "audit", "verify", data], capture_output=True, text=True, timeout=120, check=False)
        check(audit.returncode in (0, 1), what, "audit verify ended with", audit.returncode, audit.stderr)
        try:
            gateway.start()
        except AssertionError:
            status = gateway.process.wait(20)
            check(status == 1 and "tollgate: " in gateway.tail(), what, "it ended with", status, gateway.tail())
            kept = False
            return f"{what}: refused to start: {gateway.tail().splitlines()[0][:160]}"
        try:
            errors = run(same_or_error(original, gateway))
        except Cut:
            status = gateway.process.wait(20)
            check(status == 1 and "tollgate: " in gateway.tail(), what, "it went away with", status, gateway.tail())
            kept = False
            return f"{what}: stopped"
        except AssertionError as error:
            raise AssertionError(f"{what}: {error}\naudit verify: {audit.returncode}\n{gateway.tail()}") from error
        kept = False
        return f"{what}: {'no harm' if errors == 0 else f'{errors} answers were errors'}"
    finally:
        if gateway.process is not None and gateway.running():
            gateway.kill()
        if kept:
            print(f"the data directory is kept: {data}")
        else:
            gateway.remove()
            shutil.rmtree(copy)


def tests(binary, rng, long_form, watch, rounds):
    for kill in (False, True):
        original = Original(binary, rng, kill)
        files = original.files()
        for number in range(rounds // 2):
            if watch.is_over():
                break
            name = files[number % len(files)] if long_form else pick(files, rng)
            yield f"damage {number + 1} of a {'killed' if kill else 'stopped'} node: {name}", lambda name=name: one(binary, original, rng, name)
        if not watch.failed:
            original.remove()


def pick(files, rng):
    """Kinds of files equally often: there are many tables."""
    kinds = {}
    for name in files:
        kinds.setdefault(os.path.dirname(name) + os.path.splitext(name)[1] + os.path.basename(name)[:4].strip("0123456789"), []).append(name)
    return rng.choice(kinds[rng.choice(sorted(kinds))])
