"""Makes a golden data directory: tests/golden_data/make.py <tollgate binary> <version>
Once for each released format, with the binary of that release; what is committed is never made again. Every kind of event that a node of that
version writes is in it. Its keys are of test partners, and open nothing else."""
import asyncio
import json
import os
import subprocess
import sys
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from gateway import Gateway, Operator  # noqa: E402
from story import settled_payments, Partner  # noqa: E402

# What must never change of an object. Newer versions may add fields.
FIELDS = ("id", "object", "status", "amount", "amount_received", "amount_captured", "amount_refunded", "amount_capturable", "currency", "created",
          "net", "fee", "type", "payment_intent", "latest_charge", "customer", "payment_method", "cancellation_reason", "failure_code", "paid",
          "captured", "refunded", "name", "email", "phone", "description", "metadata")
READS = ("/v1/balance", "/v1/payment_intents", "/v1/charges", "/v1/refunds", "/v1/customers", "/v1/setup_intents", "/v1/balance_transactions")


def sale(card, amount=1099, **more):
    return {"amount": amount, "currency": "usd", "payment_method": card, "confirm": True, **more}


async def post(client, path, params=None, key=None):
    return await client.post(path, params or {}, key)


async def challenge(client, json_object, result):
    url = json_object["next_action"]["redirect_to_url"]["url"]
    answer = await client.post("/" + url.split("/", 3)[3], {"result": result})
    assert answer.status in (200, 303), answer


async def payments(client):
    for i, card in enumerate(["visa", "mastercard", "amex", "chargeDeclined", "chargeDeclinedInsufficientFunds", "cvcCheckFail",
                              "tollgate_answerLost", "tollgate_declinedAnswerLost", "tollgate_neverArrives", "tollgate_answeredTwice",
                              "tollgate_arrivesAfterReversal", "tollgate_answeredAfterReversal", "tollgate_wrongAmount"]):
        await post(client, "/v1/payment_intents", sale("pm_card_" + card, 1000 + i, metadata={"order": str(i)}, receipt_email="jo@example.com"), f"sale {i}")
    for currency, amount in (("jpy", 500), ("eur", 1234), ("kwd", 1230)):
        await post(client, "/v1/payment_intents", dict(sale("pm_card_visa", amount), currency=currency), f"in {currency}")
    raw = {"type": "card", "card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}}
    await post(client, "/v1/payment_intents", {"amount": 700, "currency": "usd", "confirm": True, "payment_method_data": raw}, "raw card")
    manual = lambda card, amount=5000: sale(card, amount, capture_method="manual")  # noqa: E731
    for i, (card, follow) in enumerate([("visa", "capture"), ("visa", "cancel"), ("tollgate_captureAnswerLost", "capture"), ("visa", "increment"),
                                        ("tollgate_incrementDeclined", "increment"), ("visa", "expire")]):
        held = (await post(client, "/v1/payment_intents", manual("pm_card_" + card), f"held {i}")).json
        path = f"/v1/payment_intents/{held['id']}"
        if follow == "capture":
            await post(client, path + "/capture", {"amount_to_capture": 3000}, f"capture {i}")
        elif follow == "cancel":
            await post(client, path + "/cancel", {"cancellation_reason": "abandoned"}, f"cancel {i}")
        elif follow == "increment":
            await post(client, path + "/increment_authorization", {"amount": 6000}, f"increment {i}")
    for i, card in enumerate(["visa", "tollgate_refundAnswerLost", "pendingRefund", "refundFail"]):
        paid = (await post(client, "/v1/payment_intents", sale("pm_card_" + card, 2000), f"refunded {i}")).json
        refund = (await post(client, "/v1/refunds", {"payment_intent": paid["id"], "amount": 500}, f"refund {i}")).json
        await post(client, f"/v1/refunds/{refund['id']}", {"metadata": {"why": "size"}}, f"refund update {i}")
    await post(client, "/v1/refunds", {"payment_intent": paid["id"], "amount": 50_000}, "refund of too much")
    created = (await post(client, "/v1/payment_intents", {"amount": 900, "currency": "usd"}, "created")).json
    await post(client, f"/v1/payment_intents/{created['id']}", {"amount": 950, "description": "changed"}, "updated")
    for i, result in enumerate(("complete", "fail")):
        secure = (await post(client, "/v1/payment_intents", sale("pm_card_threeDSecure2Required", 3000), f"secure {i}")).json
        await challenge(client, secure, result)
    for i in range(30):
        await post(client, "/v1/payment_intents", sale("pm_card_visa", 100 + i), f"more {i}")


async def customers(client):
    for i in range(3):
        customer = (await post(client, "/v1/customers", {"name": f"Jo {i}", "email": f"jo{i}@example.com", "phone": "+1 555 0100"}, f"customer {i}")).json
        path = f"/v1/customers/{customer['id']}"
        await post(client, path, {"description": "regular", "address": {"city": "Delft"}}, f"customer update {i}")
        card = {"type": "card", "card": {"number": "5555555555554444", "exp_month": 1, "exp_year": 2041}}
        method = (await post(client, "/v1/payment_methods", card, f"method {i}")).json
        await post(client, f"/v1/payment_methods/{method['id']}/attach", {"customer": customer["id"]}, f"attach {i}")
        await post(client, f"/v1/payment_methods/{method['id']}", {"metadata": {"n": i}}, f"method update {i}")
        await post(client, "/v1/payment_intents", dict(sale(method["id"], 1500), customer=customer["id"]), f"of a customer {i}")
        if i == 1:
            await post(client, f"/v1/payment_methods/{method['id']}/detach", {}, "detach")
        if i == 2:
            await client.request("DELETE", path)
    for i, card in enumerate(("visa", "chargeDeclined", "threeDSecure2Required", "threeDSecure2Required", "visa")):
        setup = (await post(client, "/v1/setup_intents", {"payment_method": "pm_card_" + card, "confirm": i != 4}, f"setup {i}")).json
        if i in (2, 3):
            await challenge(client, setup, "complete" if i == 2 else "fail")
        if i == 4:
            await post(client, f"/v1/setup_intents/{setup['id']}", {"description": "later"}, "setup update")
            await post(client, f"/v1/setup_intents/{setup['id']}/cancel", {}, "setup cancel")


async def partners(operator):
    partner, _ = await operator.partner(name="Closed Shop")
    await operator.client.must("POST", f"/admin/v1/partners/{partner}", body={"name": "Closed Shop Ltd"})
    await operator.change(partner, "suspend", reason="late papers")
    await operator.change(partner, "resume")
    made = await operator.change(partner, "keys", mode="test")
    key = made.get("id") or made["key"]["id"]
    rolled = await operator.change(partner, f"keys/{key}/roll", old_valid_s=60)
    await operator.change(partner, f"keys/{rolled.get('id') or rolled['key']['id']}/revoke")
    await operator.change(partner, "close", reason="gone")


async def fill(gateway):
    operator = Operator(gateway.admin())
    partner = Partner(*await operator.partner(name="Golden Bakery", fees=[{"currency": "usd", "basis_points": 290, "fixed": 30}]))
    partner.client = gateway.client(partner.key, 4)
    await payments(partner.client)
    await customers(partner.client)
    await partners(operator)
    await operator.nothing_in_doubt()
    await settled_payments(partner)
    # Uncaptured authorizations expire, and funds become available.
    await operator.client.must("POST", "/admin/v1/clock/advance", body={"seconds": 9 * 86400})
    await asyncio.sleep(3)
    return {"partner": partner.id, "secret_key": partner.key}


async def last_payment(client):
    await post(client, "/v1/payment_intents", sale("pm_card_visa", 4242), "the last one")
    gets = {}
    for path in READS:
        answer = await client.get(path, {"limit": 100} if path != "/v1/balance" else None)
        assert answer.status == 200, answer
        gets[path] = kept(answer.json)
    return gets


def kept(answer):
    if answer.get("object") == "list":
        return [{name: item[name] for name in FIELDS if item.get(name) is not None} for item in answer["data"]]
    return {name: sorted([part["currency"], part["amount"]] for part in answer[name]) for name in ("available", "pending")}


def check_kinds(binary, data):
    """Every kind of event is in it."""
    ended = subprocess.run([binary, "audit", "replay", data, "--json"], capture_output=True, text=True, check=True)
    have = {json.loads(line)["type"] for line in ended.stdout.splitlines()}
    with open(os.path.join(HERE, "..", "record", "golden", "v1.txt"), encoding="utf-8") as file:
        missing = {line.split()[0] for line in file} - have
    assert not missing, missing


def main():
    binary, version = os.path.realpath(sys.argv[1]), sys.argv[2]
    to = os.path.join(HERE, version)
    os.makedirs(to)
    gateway = Gateway(binary, ["--test-clock", "--acquirer-timeout-ms", "200"])
    gateway.start()
    expected = asyncio.run(fill(gateway))
    assert gateway.stop() == 0, gateway.tail()
    gateway.audit()
    check_kinds(binary, gateway.data)
    # So that tables and a write-ahead log are both there.
    gateway.start()
    expected["gets"] = asyncio.run(last_payment(gateway.client(expected["secret_key"], 1)))
    assert gateway.stop() == 0, gateway.tail()
    gateway.audit()
    ended = subprocess.run([binary, "audit", "verify", gateway.data, "--json"], capture_output=True, text=True, check=True)
    report = json.loads(ended.stdout)
    expected["partitions"] = report["partitions"]
    with open(os.path.join(to, "expected.json"), "w", encoding="utf-8") as file:
        json.dump(expected, file, sort_keys=True)
        file.write("\n")
    keep = lambda info: None if os.path.basename(info.name).startswith(("LOG", "OPTIONS-", "LOCK", "keys.jsonl")) else info  # noqa: E731
    with tarfile.open(os.path.join(to, "data.tar.xz"), "w:xz") as tar:
        tar.add(gateway.data, "data", filter=keep)
    print(f"{report['records']} records, {os.path.getsize(os.path.join(to, 'data.tar.xz'))} bytes")
    gateway.remove()


if __name__ == "__main__":
    main()
