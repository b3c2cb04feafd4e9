"""Payments taken under trouble, and what must hold afterwards: every acknowledged request gives the same answer for the same key, what was
not acknowledged is there whole or not at all, everything in flight comes to one outcome, and the acquirer's own books agree with ours."""
import asyncio
import time

from gateway import Cut, moved

SETTLE_TIMEOUT_S = 60

CARDS = (["pm_card_visa"] * 12 +
         ["pm_card_chargeDeclined", "pm_card_chargeDeclinedInsufficientFunds", "pm_card_tollgate_answerLost",
          "pm_card_tollgate_declinedAnswerLost", "pm_card_tollgate_neverArrives", "pm_card_tollgate_answeredTwice",
          "pm_card_tollgate_arrivesAfterReversal", "pm_card_tollgate_answeredAfterReversal", "pm_card_tollgate_wrongAmount",
          "pm_card_tollgate_captureAnswerLost", "pm_card_tollgate_refundAnswerLost"])


NUMBERS = ["4242424242424242", "5555555555554444", "4000000000000002"]


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

    def __init__(self, partners, rng, name, workers, cards=CARDS):
        self.partners, self.rng, self.name, self.workers, self.cards = partners, rng, name, workers, cards
        self.count = 0

    async def send(self, partner, path, params):
        self.count += 1
        request = Request(partner, path, params, f"{self.name} request {self.count}")
        if path == "/v1/payment_intents":
            params["metadata"] = {"order": request.key}
        partner.requests.append(request)
        request.answer = await partner.client.settled_post(path, params, request.key)
        return request.answer

    async def one_story(self, partner):
        rng = self.rng
        amount = rng.randint(100, 100_000)
        manual = rng.random() < 0.4
        params = {"amount": amount, "currency": "usd", "confirm": True}
        if rng.random() < 0.15:
            # Through the vault: a card number, and personal data under a key of its own.
            params["payment_method_data"] = {"type": "card", "card": {"number": rng.choice(NUMBERS), "exp_month": 12, "exp_year": 2040}}
            await self.send(partner, "/v1/customers", {"name": f"Jo {amount}", "email": f"jo{amount}@example.com"})
        else:
            params["payment_method"] = rng.choice(self.cards)
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

    async def worker(self, number, stories=None):
        """Until the node is gone, or for so many stories. False: the node is gone."""
        partner = self.partners[number % len(self.partners)]
        try:
            while stories is None or stories > 0:
                await self.one_story(partner)
                stories = stories and stories - 1
            return True
        except Cut:
            return False

    async def run_until(self, kill_after_s, kill):
        workers = [asyncio.create_task(self.worker(i)) for i in range(self.workers)]
        await asyncio.sleep(kill_after_s)
        await asyncio.get_running_loop().run_in_executor(None, kill)
        await asyncio.gather(*workers)

    async def run_stories(self, stories, timeout_s=30):
        """So many from each worker. False if the node went away meanwhile."""
        workers = [self.worker(i, stories) for i in range(self.workers)]
        return all(await asyncio.wait_for(asyncio.gather(*workers), timeout_s))


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
            # What was given back of an authorization counts as well.
            ended = charge["paid"] and payment["status"] in ("succeeded", "canceled")
            released = charge["amount"] - charge["amount_captured"] if ended else 0
            check(charge["amount_refunded"] == refunded_here.get(number, 0) + released, "refunds and charge differ:", charge)
    check(not captured and not refunded, "money moved that we know nothing of:", captured, refunded)
    balance = await partner.client.must("GET", "/v1/balance")
    owed = sum(part["amount"] for part in balance["pending"] + balance["available"])
    expected = sum(payment["amount_received"] for payment in payments) - sum(refunded_here.values())
    check(owed == expected, "balance", owed, "payments and refunds", expected)
    return len(payments)
