"""kill -9 under load, again and again. After each: every acknowledged request gives the same answer for the same key, what was not
acknowledged is there whole or not at all, everything in flight comes to one outcome, the acquirer's own books agree with ours,
and the log verifies."""
import argparse
import asyncio
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from gateway import Cut, Gateway, Operator, moved  # noqa: E402

PARTNERS = 4  # a round; they are spread over the partitions
WORKERS = 24
LOAD_S = (0.15, 1.2)  # how long a node lives under load before it is killed
RESTART_KILL_SHARE = 0.25  # of the rounds: killed once more while it recovers
SETTLE_TIMEOUT_S = 60
OLD_ANSWERS_KEPT = 300  # of earlier rounds, repeated as well

CARDS = (["pm_card_visa"] * 12 +
         ["pm_card_chargeDeclined", "pm_card_chargeDeclinedInsufficientFunds", "pm_card_tollgate_answerLost",
          "pm_card_tollgate_declinedAnswerLost", "pm_card_tollgate_neverArrives", "pm_card_tollgate_answeredTwice",
          "pm_card_tollgate_arrivesAfterReversal", "pm_card_tollgate_answeredAfterReversal", "pm_card_tollgate_wrongAmount",
          "pm_card_tollgate_captureAnswerLost", "pm_card_tollgate_refundAnswerLost"])


class Request:
    """One request that was sent, and its answer if there was one."""

    def __init__(self, partner, path, params, key):
        self.partner, self.path, self.params, self.key = partner, path, params, key
        self.answer = None


class Partner:
    def __init__(self, partner, key):
        self.id, self.key = partner, key
        self.requests = []
        self.client = None


class Load:
    """Workers that take payments until the node is gone."""

    def __init__(self, partners, rng, round_number):
        self.partners, self.rng, self.round = partners, rng, round_number
        self.count = 0

    async def send(self, partner, path, params):
        self.count += 1
        request = Request(partner, path, params, f"round {self.round} request {self.count}")
        if path == "/v1/payment_intents":
            params["metadata"] = {"order": request.key}
        partner.requests.append(request)
        request.answer = await partner.client.settled_post(path, params, request.key)
        return request.answer

    async def one_story(self, partner):
        rng = self.rng
        amount = rng.randint(100, 100_000)
        manual = rng.random() < 0.4
        params = {"amount": amount, "currency": "usd", "payment_method": rng.choice(CARDS), "confirm": True}
        if manual:
            params["capture_method"] = "manual"
        answer = await self.send(partner, "/v1/payment_intents", params)
        if answer.status != 200:
            return
        payment = answer.json
        if payment["status"] == "requires_capture":
            if rng.random() < 0.2:
                await self.send(partner, f"/v1/payment_intents/{payment['id']}/cancel", {})
                return
            part = rng.randint(1, amount)
            final = rng.random() < 0.5
            answer = await self.send(partner, f"/v1/payment_intents/{payment['id']}/capture", {"amount_to_capture": part, "final_capture": final})
        if rng.random() < 0.4:
            await self.send(partner, "/v1/refunds", {"payment_intent": payment["id"], "amount": rng.randint(1, amount)})

    async def worker(self, number):
        partner = self.partners[number % len(self.partners)]
        try:
            while True:
                await self.one_story(partner)
        except Cut:
            return

    async def run_until(self, kill_after_s, kill):
        workers = [asyncio.create_task(self.worker(i)) for i in range(WORKERS)]
        await asyncio.sleep(kill_after_s)
        await asyncio.get_running_loop().run_in_executor(None, kill)
        await asyncio.gather(*workers)


def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(part) for part in what))


async def acknowledged_are_repeated(requests, clients):
    """The same key gives the same answer, to the byte."""
    turns = asyncio.Semaphore(32)

    async def repeat(request):
        async with turns:
            again = await clients[request.partner.id].settled_post(request.path, request.params, request.key)
        check(again.status == request.answer.status and again.text == request.answer.text, "another answer for", request.key,
              "first", request.answer, "again", again)
        check(again.headers.get("idempotent-replayed") == "true", "executed again:", request.key)

    await asyncio.gather(*(repeat(request) for request in requests))


async def orders_of(partner):
    """The partner's payments by the order that each was made for."""
    payments = await partner.client.all("/v1/payment_intents")
    orders = {}
    for payment in payments:
        order = payment["metadata"].get("order")
        check(order is not None, "a payment without its metadata:", payment["id"])
        check(order not in orders, "two payments of one request:", order)
        orders[order] = payment
    return orders


async def unacknowledged_come_to_one_outcome(partner):
    """Whole or not at all: the payment of a cut request either exists as asked, or its repeat makes it."""
    before = await orders_of(partner)
    cut = [request for request in partner.requests if request.answer is None]
    for request in cut:
        payment = before.get(request.key)
        if payment is not None:
            check(payment["amount"] == request.params["amount"] and payment["currency"] == "usd", "made in part:", payment)
    for request in cut:
        request.answer = await partner.client.settled_post(request.path, request.params, request.key)
        check(request.answer.status in (200, 400, 402), "a repeat after the crash:", request.answer)
    after = await orders_of(partner)
    for request in cut:
        if request.path != "/v1/payment_intents":
            continue
        check(request.key in after, "the repeat made no payment:", request.key)
        check(before.get(request.key, after[request.key])["id"] == after[request.key]["id"], "made again:", request.key)
    return after


async def settled_payments(partner):
    deadline = time.monotonic() + SETTLE_TIMEOUT_S
    while True:
        payments = await partner.client.all("/v1/payment_intents", {"expand": ["data.latest_charge"]})
        refunds = await partner.client.all("/v1/refunds")
        open_ones = [item["id"] for item in payments if item["status"] == "processing"]
        open_ones += [item["id"] for item in refunds if item["status"] == "pending"]
        if not open_ones:
            return payments, refunds
        check(time.monotonic() < deadline, "still open after", SETTLE_TIMEOUT_S, "s:", open_ones[:5])
        await asyncio.sleep(0.05)


async def books_agree(partner, operator):
    """Ours, the API's and the acquirer's books say the same of every payment."""
    payments, refunds = await settled_payments(partner)
    entries = await operator.entries(partner.id)
    captured = moved(entries, ("sale", "capture"))
    refunded = moved(entries, "refund")
    refunded_here = {}
    for refund in refunds:
        if refund["status"] == "succeeded":
            refunded_here[refund["payment_intent"]] = refunded_here.get(refund["payment_intent"], 0) + refund["amount"]
    for payment in payments:
        number = payment["id"]
        check(captured.pop(number, 0) == payment["amount_received"], "captured at the acquirer and here:", payment,
              [entry for entry in entries if number in entry["reference"]])
        check(refunded.pop(number, 0) == refunded_here.get(number, 0), "refunded at the acquirer and here:", number,
              [entry for entry in entries if number in entry["reference"]])
        check(refunded_here.get(number, 0) <= payment["amount_received"] <= payment["amount"], "over its bounds:", payment)
        charge = payment["latest_charge"]
        if charge is not None:
            check(charge["amount_refunded"] == refunded_here.get(number, 0), "refunds and charge differ:", charge)
    check(not captured and not refunded, "money moved that we know nothing of:", captured, refunded)
    balance = await partner.client.must("GET", "/v1/balance")
    owed = sum(part["amount"] for part in balance["pending"] + balance["available"])
    expected = sum(payment["amount_received"] for payment in payments) - sum(refunded_here.values())
    check(owed == expected, "balance", owed, "payments and refunds", expected)
    return len(payments)


async def one_round(gateway, rng, round_number, old_answers):
    operator = Operator(gateway.admin())
    partners = [Partner(*await operator.partner(name=f"Round {round_number}")) for _ in range(PARTNERS)]
    for partner in partners:
        partner.client = gateway.client(partner.key, WORKERS)
    await Load(partners, rng, round_number).run_until(rng.uniform(*LOAD_S), gateway.kill)
    await asyncio.get_running_loop().run_in_executor(None, gateway.audit)

    if rng.random() < RESTART_KILL_SHARE:
        # Once more, while it recovers: somewhere before or shortly after it serves.
        gateway.start_only()
        await asyncio.sleep(rng.uniform(0.0, 0.4))
        gateway.kill()
    gateway.start()
    operator = Operator(gateway.admin())
    for partner in partners:
        partner.client = gateway.client(partner.key, WORKERS)
    clients = {partner.id: partner.client for partner in partners}
    acknowledged = [request for partner in partners for request in partner.requests if request.answer is not None]
    cut = sum(request.answer is None for partner in partners for request in partner.requests)
    await acknowledged_are_repeated(acknowledged, clients)
    for request in old_answers:
        clients.setdefault(request.partner.id, gateway.client(request.partner.key, 8))
    await acknowledged_are_repeated(old_answers, clients)
    for partner in partners:
        await unacknowledged_come_to_one_outcome(partner)
    await operator.nothing_in_doubt(SETTLE_TIMEOUT_S)
    payments = sum([await books_agree(partner, operator) for partner in partners])
    # What was repeated after the crash is an answer like any other from now on.
    await acknowledged_are_repeated([request for partner in partners for request in partner.requests], clients)
    old_answers += rng.sample(acknowledged, min(len(acknowledged), 20))
    del old_answers[:-OLD_ANSWERS_KEPT]
    for client in clients.values():
        client.close()
    return f"{len(acknowledged)} acknowledged, {cut} cut, {payments} payments"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    gateway = Gateway(arguments.binary, ["--sandbox-latency-ms", "3", "--acquirer-timeout-ms", "300"])
    passed = failed = 0
    old_answers = []
    try:
        gateway.start()
        for number in range(1, arguments.rounds + 1):
            try:
                what = asyncio.run(one_round(gateway, rng, number, old_answers))
            except Exception as error:  # a round may fail in any way
                failed += 1
                print(f"FAILED  round {number}: {type(error).__name__}: {error}\n{gateway.tail()}", flush=True)
                break
            passed += 1
            print(f"ok      round {number}: {what}", flush=True)
        if not failed:
            status = gateway.stop()
            gateway.audit()
            failed += status != 0
    finally:
        if failed:
            print(f"the data directory is kept: {gateway.data}")
            if gateway.running():
                gateway.kill()
        else:
            gateway.remove()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
