"""kill -9 of a node and of its acquirer under load, with a network between them that delays and cuts. Afterwards the acquirer's own
record is the oracle: nothing is charged twice, no acknowledgement is lost, everything in doubt has come to an end, both logs verify."""
import asyncio
import random

from gateway import Cut
from nodes import World, books_agree, card

PARTNERS = 3  # a round
WORKERS = 12
LOAD_S = (0.4, 1.6)
SETTLE_TIMEOUT_S = 90
ROUND_TIMEOUT_S = 300

CARDS = ["4242424242424242"] * 14 + ["4000000000000002", "4000000000009995", "4000002760003184", "4000009900000012", "4000009900000038",
                                     "4000009900000053", "4000009900000079", "4000009900000087", "4000009900000095"]


class Request:
    def __init__(self, path, params, key):
        self.path, self.params, self.key = path, params, key
        self.answer = None


class Partner:
    def __init__(self, partner, key):
        self.id, self.key = partner, key
        self.requests = []
        self.client = None


async def send(partner, path, params, name):
    request = Request(path, params, f"{name} {len(partner.requests)}")
    partner.requests.append(request)
    request.answer = await partner.client.settled_post(path, params, request.key)
    return request.answer


async def story(partner, rng, name):
    amount = rng.randint(100, 100_000)
    params = {"amount": amount, "currency": "usd", "confirm": True, "payment_method_data": card(rng.choice(CARDS))}
    if rng.random() < 0.4:
        params["capture_method"] = "manual"
    answer = await send(partner, "/v1/payment_intents", params, name)
    if answer.status != 200:
        return
    payment = answer.json
    path = f"/v1/payment_intents/{payment['id']}"
    if payment["status"] == "requires_capture":
        if rng.random() < 0.2:
            await send(partner, path + "/increment_authorization", {"amount": amount + rng.randint(1, 1_000)}, name)
        if rng.random() < 0.2:
            await send(partner, path + "/cancel", {}, name)
            return
        await send(partner, path + "/capture", {"amount_to_capture": rng.randint(1, amount), "final_capture": rng.random() < 0.5}, name)
    if rng.random() < 0.4:
        await send(partner, "/v1/refunds", {"payment_intent": payment["id"], "amount": rng.randint(1, amount)}, name)


async def worker(partner, rng, name, end):
    try:
        while not end.is_set():
            await story(partner, rng, name)
    except Cut:
        return


async def repeated(partner):
    """The same key gives the same answer, to the byte; and what was cut gets one now."""
    turns = asyncio.Semaphore(16)

    async def one(request):
        async with turns:
            again = await partner.client.settled_post(request.path, request.params, request.key)
        if request.answer is None:
            request.answer = again
            return
        assert (again.status, again.text) == (request.answer.status, request.answer.text), f"{request.key}: {request.answer} then {again}"

    await asyncio.gather(*(one(request) for request in partner.requests))


async def one_round(world, rng, number):
    in_thread = asyncio.get_running_loop().run_in_executor
    partners = []
    for i in range(PARTNERS):
        partner, key, _ = await world.live_partner(f"Round {number} {i}")
        partners.append(Partner(partner, key))
    for partner in partners:
        partner.client = world.a.client(partner.key, WORKERS)
    # The network of this round.
    world.proxy.cut_share = rng.choice((0.0, 0.01, 0.05))
    world.proxy.delay_s = rng.choice(((0.0, 0.0), (0.0, 0.02), (0.0, 0.3)))
    end = asyncio.Event()
    workers = [asyncio.create_task(worker(partners[i % PARTNERS], rng, f"round {number} worker {i}", end)) for i in range(WORKERS)]
    victim = rng.choice(("a", "a", "b", "both", "connections"))
    await asyncio.sleep(rng.uniform(*LOAD_S))
    if victim in ("b", "both"):
        await in_thread(None, world.b.kill)
    if victim in ("a", "both"):
        await in_thread(None, world.a.kill)
    if victim == "connections":
        for _ in range(5):
            world.proxy.reset_all()
            await asyncio.sleep(0.1)
    if victim == "b":
        await asyncio.sleep(rng.uniform(0.0, 0.5))  # A goes on without it
        await in_thread(None, world.b.start)
        await asyncio.sleep(0.3)
    end.set()
    await asyncio.gather(*workers)
    if victim == "both":
        await in_thread(None, world.b.start)
    if victim in ("a", "both"):
        await in_thread(None, world.a.audit)
        if rng.random() < 0.3:  # once more, while it recovers
            world.a.start_only()
            await asyncio.sleep(rng.uniform(0.0, 0.5))
            world.a.kill()
        await in_thread(None, world.a.start)
    world.proxy.cut_share, world.proxy.delay_s = 0.0, (0.0, 0.0)
    cut = sum(request.answer is None for partner in partners for request in partner.requests)
    count = sum(len(partner.requests) for partner in partners)
    for partner in partners:
        partner.client = world.a.client(partner.key, WORKERS)
        await repeated(partner)
    await world.a.operator().nothing_in_doubt(SETTLE_TIMEOUT_S)
    await world.b.operator().nothing_in_doubt(SETTLE_TIMEOUT_S)
    payments = 0
    for partner in partners:
        payments += await books_agree(world, partner.id, partner.client)
        await repeated(partner)
        partner.client.close()
    return f"{victim} killed, {count} requests, {cut} cut, {payments} payments"


def run(binary, rounds, seed):
    seed = seed if seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    rng = random.Random(seed)
    passed = failed = 0
    world = World(binary)
    world.proxy.rng = random.Random(seed + 1)
    try:
        for number in range(1, rounds + 1):
            if number % 50 == 0:
                # B's record is read whole in each round: it starts anew before it gets long.
                world.a.stop()
                world.b.stop()
                world.a.audit()
                world.b.audit()
                world.remove()
                world = World(binary)
            try:
                what = asyncio.run(asyncio.wait_for(one_round(world, rng, number), ROUND_TIMEOUT_S))
            except Exception as error:  # a round may fail in any way
                failed += 1
                print(f"FAILED  round {number}: {type(error).__name__}: {error}\n{world.a.tail()}\n{world.b.tail()}", flush=True)
                break
            passed += 1
            print(f"ok      round {number}: {what}", flush=True)
        if not failed:
            world.a.stop()
            world.b.stop()
            world.a.audit()
            world.b.audit()
    finally:
        if failed:
            print(f"the data directories are kept: {world.folder}")
            for node in (world.a, world.b):
                if node.running():
                    node.kill()
        else:
            world.remove()
    return passed, failed
