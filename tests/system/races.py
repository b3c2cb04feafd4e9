"""Many requests at once against one node: what may never happen, whoever comes first."""
import asyncio
import contextlib
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from gateway import Gateway, Operator, moved, run_tests  # noqa: E402

REQUESTS = 1000


class World:
    def __init__(self, gateway):
        self.gateway = gateway
        self.operator = Operator(gateway.admin())

    async def partner(self, connections=128, **config):
        partner, key = await self.operator.partner(**config)
        return partner, self.gateway.client(key, connections)


@contextlib.asynccontextmanager
async def node(binary, *options):
    gateway = Gateway(binary, options)
    try:
        gateway.start()
        yield World(gateway)
        assert gateway.running(), f"the node ended:\n{gateway.tail()}"
        status = gateway.stop()
        assert status == 0, f"the node ended with {status}:\n{gateway.tail()}"
        gateway.audit()
    finally:
        gateway.remove()


def sale(amount, **more):
    return {"amount": amount, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True, **more}


async def paid(client, amount, **more):
    return await client.must("POST", "/v1/payment_intents", sale(amount, **more))


async def at_once(makers):
    return await asyncio.gather(*(make() for make in makers))


async def refunds_at_once_never_exceed_what_was_captured(binary):
    async with node(binary, "--sandbox-latency-ms", "2") as world:
        partner, client = await world.partner()
        captured = 100_000
        payment = await paid(client, captured)
        rng = random.Random(1)
        amounts = [rng.randint(1, 400) for _ in range(REQUESTS)]  # about twice what there is
        answers = await at_once([
            lambda i=i, amount=amount: client.settled_post("/v1/refunds", {"payment_intent": payment["id"], "amount": amount}, f"r{i}")
            for i, amount in enumerate(amounts)
        ])
        done = sum(amount for amount, answer in zip(amounts, answers) if answer.status == 200)
        assert {answer.status for answer in answers} == {200, 400}, {answer.status for answer in answers}
        # Nothing was refused that still fitted: what is left is less than the smallest that was refused.
        assert 0 <= captured - done < min(a for a, answer in zip(amounts, answers) if answer.status != 200), done
        charge = await client.must("GET", f"/v1/charges/{payment['latest_charge']}")
        assert charge["amount_refunded"] == done, charge
        entries = await world.operator.entries(partner)
        assert moved(entries, "refund") == {payment["id"]: done}
        assert moved(entries, "sale") == {payment["id"]: captured}


async def captures_at_once_never_exceed_what_was_authorized(binary):
    async with node(binary, "--sandbox-latency-ms", "1") as world:
        partner, client = await world.partner()
        authorized = 50_000
        payment = await paid(client, authorized, capture_method="manual")
        rng = random.Random(2)
        amounts = [rng.randint(50, 400) for _ in range(REQUESTS)]
        path = f"/v1/payment_intents/{payment['id']}/capture"
        answers = await at_once([
            lambda i=i, amount=amount: client.settled_post(path, {"amount_to_capture": amount, "final_capture": False}, f"c{i}")
            for i, amount in enumerate(amounts)
        ])
        done = sum(amount for amount, answer in zip(amounts, answers) if answer.status == 200)
        assert 0 < done <= authorized, done
        assert all(answer.status in (200, 400) for answer in answers), next(a for a in answers if a.status not in (200, 400))
        after = await client.must("GET", f"/v1/payment_intents/{payment['id']}")
        assert after["amount_received"] == done, after
        assert after["amount_capturable"] == authorized - done or after["status"] == "succeeded", after
        entries = await world.operator.entries(partner)
        assert moved(entries, "capture") == {payment["id"]: done}


async def captures_refunds_increments_and_a_cancel_at_once(binary):
    async with node(binary, "--sandbox-latency-ms", "1") as world:
        partner, client = await world.partner()
        payments = [await paid(client, 10_000, capture_method="manual") for _ in range(8)]
        rng = random.Random(3)
        makers = []
        for i in range(REQUESTS):
            of = rng.choice(payments)["id"]
            kind = rng.choices(["capture", "refund", "increment", "cancel"], [60, 40, 3, 1])[0]
            if kind == "capture":
                path, params = f"/v1/payment_intents/{of}/capture", {"amount_to_capture": rng.randint(1, 500), "final_capture": False}
            elif kind == "refund":
                path, params = "/v1/refunds", {"payment_intent": of, "amount": rng.randint(1, 300)}
            elif kind == "increment":
                path, params = f"/v1/payment_intents/{of}/increment_authorization", {"amount": rng.randint(10_001, 20_000)}
            else:
                path, params = f"/v1/payment_intents/{of}/cancel", {}
            makers.append(lambda path=path, params=params, i=i: client.settled_post(path, params, f"m{i}"))
        answers = await at_once(makers)
        assert all(answer.status in (200, 400) for answer in answers), next(a for a in answers if a.status not in (200, 400))
        entries = await world.operator.entries(partner)
        captured, refunded = moved(entries, "capture"), moved(entries, "refund")
        for payment in payments:
            after = await client.must("GET", f"/v1/payment_intents/{payment['id']}", {"expand": ["latest_charge"]})
            charge = after["latest_charge"]
            assert after["amount_received"] == captured.get(after["id"], 0) <= after["amount"], after
            # What was given back of the authorization counts as well.
            released = charge["amount"] - charge["amount_captured"] if after["status"] in ("succeeded", "canceled") else 0
            assert charge["amount_refunded"] - released == refunded.get(after["id"], 0) <= after["amount_received"], after
        balance = await client.must("GET", "/v1/balance")
        owed = sum(part["amount"] for part in balance["pending"] + balance["available"])
        assert owed == sum(captured.values()) - sum(refunded.values()), balance


async def copies_of_one_request_execute_once(binary):
    async with node(binary, "--sandbox-latency-ms", "20") as world:
        partner, client = await world.partner()
        held = await paid(client, 5_000, capture_method="manual")
        taken = await paid(client, 5_000)
        for path, params in [
                ("/v1/payment_intents", sale(777)),
                ("/v1/payment_intents", sale(778, payment_method="pm_card_chargeDeclined")),
                (f"/v1/payment_intents/{held['id']}/capture", {"amount_to_capture": 1_234}),
                ("/v1/refunds", {"payment_intent": taken["id"], "amount": 99}),
                ("/v1/customers", {"name": "Jenny Rosen"}),
                ("/v1/payment_methods", {"type": "card", "card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040}}),
        ]:
            key = f"copy {path} {params}"[:255]
            # Once as they come (some are told that the first is still in work), then as an SDK repeats them.
            first = await at_once([lambda: client.post(path, params, key) for _ in range(100)])
            assert all(answer.status in (200, 402, 409) for answer in first), next(a for a in first if a.status not in (200, 402, 409))
            for answer in first:
                if answer.status == 409:
                    assert answer.headers["stripe-should-retry"] == "true", answer.headers
            settled = await at_once([lambda: client.settled_post(path, params, key) for _ in range(100)])
            texts = {answer.text for answer in first + settled if answer.status != 409}
            assert len(texts) == 1, f"{path}: {len(texts)} different answers"
            assert sum(1 for answer in first if answer.headers.get("idempotent-replayed") != "true" and answer.status != 409) == 1, path
            assert all(answer.headers.get("idempotent-replayed") == "true" for answer in settled)
        payments = await client.all("/v1/payment_intents")
        assert sorted(payment["amount"] for payment in payments) == [777, 778, 5_000, 5_000], len(payments)
        assert len(await client.all("/v1/customers")) == 1
        assert len(await client.all("/v1/refunds")) == 1
        entries = await world.operator.entries(partner)
        assert moved(entries, "refund") == {taken["id"]: 99}
        assert moved(entries, "capture") == {held["id"]: 1_234}
        assert all(entry["times_seen"] == 1 for entry in entries), entries


async def one_key_with_different_parameters_at_once_has_one_winner(binary):
    async with node(binary, "--sandbox-latency-ms", "10") as world:
        _, client = await world.partner()
        answers = await at_once([lambda amount=amount: client.settled_post("/v1/payment_intents", sale(amount), "same") for amount in range(100, 200)])
        won = [answer for answer in answers if answer.status == 200]
        assert len(won) == 1, len(won)
        assert all(answer.json["error"]["type"] == "idempotency_error" for answer in answers if answer.status != 200)
        assert len(await client.all("/v1/payment_intents")) == 1


async def confirms_at_once_charge_once(binary):
    async with node(binary, "--sandbox-latency-ms", "5") as world:
        partner, client = await world.partner()
        made = await client.must("POST", "/v1/payment_intents", {"amount": 4_000, "currency": "usd", "payment_method": "pm_card_visa"})
        path = f"/v1/payment_intents/{made['id']}/confirm"
        answers = await at_once([lambda i=i: client.settled_post(path, {}, f"confirm {i}") for i in range(200)])
        assert all(answer.status in (200, 400) for answer in answers), next(a for a in answers if a.status not in (200, 400))
        assert sum(answer.status == 200 for answer in answers) == 1
        assert moved(await world.operator.entries(partner), "sale") == {made["id"]: 4_000}


async def a_cancel_and_a_capture_at_once_end_in_one_of_the_two(binary):
    async with node(binary, "--sandbox-latency-ms", "2") as world:
        partner, client = await world.partner()
        payments = [await paid(client, 900, capture_method="manual") for _ in range(50)]
        makers = []
        for payment in payments:
            base = f"/v1/payment_intents/{payment['id']}/"
            for what in ("capture", "cancel"):
                makers.append(lambda base=base, what=what: client.settled_post(base + what, {}, base + what))
        random.Random(4).shuffle(makers)
        await at_once(makers)
        entries = await world.operator.entries(partner)
        captured = moved(entries, "capture")
        for payment in payments:
            after = await client.must("GET", f"/v1/payment_intents/{payment['id']}")
            assert after["status"] in ("succeeded", "canceled"), after
            expected = 900 if after["status"] == "succeeded" else 0
            assert after["amount_received"] == captured.get(payment["id"], 0) == expected, after


async def a_suspended_partner_is_refused_from_then_on(binary):
    async with node(binary, "--sandbox-latency-ms", "1") as world:
        partner, client = await world.partner()
        _, neighbour = await world.partner()
        stopping = asyncio.Event()
        accepted, refused = [], []

        async def load(i):
            n = 0
            while not stopping.is_set():
                n += 1
                answer = await client.post("/v1/payment_intents", sale(100), f"s{i}-{n}")
                (accepted if answer.status == 200 else refused).append(answer)

        workers = [asyncio.create_task(load(i)) for i in range(16)]
        while len(accepted) < 100:
            await asyncio.sleep(0.01)
        await world.operator.change(partner, "suspend", reason="test")
        answer = await client.post("/v1/payment_intents", sale(100), "behind it")
        assert answer.status == 403, answer
        stopping.set()
        await asyncio.gather(*workers)
        assert all(answer.status == 403 for answer in refused), next(a for a in refused if a.status != 403)
        # Another partner is not touched by it.
        assert (await neighbour.post("/v1/payment_intents", sale(100), "mine")).status == 200
        await world.operator.change(partner, "resume")
        payments = await client.all("/v1/payment_intents")
        assert len(payments) == len(accepted), (len(payments), len(accepted))
        assert len(moved(await world.operator.entries(partner), "sale")) == len(accepted)


async def partners_and_modes_do_not_meet(binary):
    async with node(binary) as world:
        pairs = [await world.partner(32) for _ in range(8)]

        async def work(n, client):
            for i in range(25):
                answer = await client.settled_post("/v1/payment_intents", sale(1_000 + n, metadata={"of": n}), f"same key {i}")
                assert answer.status == 200, answer
            return await client.all("/v1/payment_intents")

        lists = await asyncio.gather(*(work(n, client) for n, (_, client) in enumerate(pairs)))
        for n, payments in enumerate(lists):
            assert len(payments) == 25
            assert all(payment["metadata"] == {"of": str(n)} and payment["amount"] == 1_000 + n for payment in payments)
        everything = [payment["id"] for payments in lists for payment in payments]
        assert len(set(everything)) == len(everything)


async def a_stop_under_load_finishes_what_was_taken(binary):
    gateway = Gateway(binary, ["--sandbox-latency-ms", "5"])
    try:
        gateway.start()
        client = gateway.client(connections=64)
        answered = {}

        async def load(i):
            for n in range(10_000):
                key = f"stop {i} {n}"
                try:
                    answer = await client.post("/v1/payment_intents", sale(100, metadata={"order": key}), key)
                except Exception:  # the node is gone
                    return
                if answer.status == 200:
                    answered[key] = answer.text

        workers = [asyncio.create_task(load(i)) for i in range(32)]
        while len(answered) < 200:
            await asyncio.sleep(0.01)
        status = await asyncio.get_running_loop().run_in_executor(None, gateway.stop)
        assert status == 0, f"the node ended with {status}:\n{gateway.tail()}"
        await asyncio.gather(*workers)
        gateway.audit()
        gateway.start()
        client = gateway.client()
        payments = await client.all("/v1/payment_intents")
        found = {payment["metadata"]["order"] for payment in payments}
        assert set(answered) <= found, len(set(answered) - found)
        for key in random.Random(5).sample(sorted(answered), 50):
            again = await client.settled_post("/v1/payment_intents", sale(100, metadata={"order": key}), key)
            assert again.text == answered[key], key
        assert gateway.stop() == 0
    finally:
        gateway.remove()


if __name__ == "__main__":
    run_tests([
        refunds_at_once_never_exceed_what_was_captured,
        captures_at_once_never_exceed_what_was_authorized,
        captures_refunds_increments_and_a_cancel_at_once,
        copies_of_one_request_execute_once,
        one_key_with_different_parameters_at_once_has_one_winner,
        confirms_at_once_charge_once,
        a_cancel_and_a_capture_at_once_end_in_one_of_the_two,
        a_suspended_partner_is_refused_from_then_on,
        partners_and_modes_do_not_meet,
        a_stop_under_load_finishes_what_was_taken,
    ], sys.argv[1])
