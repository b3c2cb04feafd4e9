"""What a live partner of node A does, and what node B, which is A's acquirer over HTTPS, has on record of it."""
import asyncio
import json
import os
import subprocess
import time

from nodes import World, books_agree, card

VISA = "4242424242424242"
SETTLE_TIMEOUT_S = 30

DECLINES = {
    "4000000000000002": "generic_decline", "4000000000009995": "insufficient_funds", "4000000000009987": "lost_card",
    "4000000000009979": "stolen_card", "4000000000000069": "expired_card", "4000000000000127": "incorrect_cvc",
    "4000000000000119": "processing_error", "4000000000006975": "card_velocity_exceeded", "4100000000000019": "fraudulent",
    # Nobody here can show the cardholder the upstream's challenge.
    "4000002760003184": "authentication_required", "4000000000003220": "authentication_required", "4000008400001280": "processing_error",
    # No card of the upstream's test mode.
    "4111111111111111": "card_not_supported",
}
# The upstream itself does not know at first: what becomes of the payment.
IN_DOUBT_THERE = {
    "4000009900000012": "succeeded", "4000009900000020": "requires_payment_method", "4000009900000038": "requires_payment_method",
    "4000009900000046": "requires_payment_method", "4000009900000053": "succeeded", "4000009900000061": "requires_payment_method",
    "4000009900000079": "requires_payment_method",
}


async def pay(client, number=VISA, key=None, **params):
    params = {"amount": 1099, "currency": "usd", "confirm": True, "payment_method_data": card(number), **params}
    return await client.post("/v1/payment_intents", params, key)


async def paid(client, number=VISA, **params):
    answer = await pay(client, number, **params)
    assert answer.status == 200, answer
    return answer.json


async def until(condition, what):
    deadline = time.monotonic() + SETTLE_TIMEOUT_S
    while True:
        value = await condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {SETTLE_TIMEOUT_S} s: {what}"
        await asyncio.sleep(0.02)


async def health(world, name="psp"):
    status = await world.a.admin().must("GET", "/admin/v1/status")
    return next(acquirer for acquirer in status["acquirers"] if acquirer["name"] == name)


async def a_sale_is_charged_once_there(world):
    partner, key, _ = await world.live_partner()
    client = world.a.client(key)
    payment = await paid(client, amount=4711, currency="eur", expand=["latest_charge"])
    assert payment["status"] == "succeeded" and payment["livemode"] is True, payment
    details = payment["latest_charge"]["payment_method_details"]["card"]
    assert details["authorization_code"] and details["network_transaction_id"] and details["checks"]["cvc_check"] == "pass", details
    there = [intent for intent in await world.upstream().all("/v1/payment_intents") if intent["metadata"].get("tollgate_reference", "").startswith(partner)]
    assert [(i["status"], i["amount_received"], i["currency"]) for i in there] == [("succeeded", 4711, "eur")], there
    for currency in ("jpy", "kwd"):
        assert (await paid(client, currency=currency))["status"] == "succeeded"
    assert await books_agree(world, partner, client) == 3


async def declines_come_back_with_their_codes(world):
    partner, key, _ = await world.live_partner()
    client = world.a.client(key)
    for number, expected in DECLINES.items():
        answer = await pay(client, number)
        assert answer.status == 402 and answer.json["error"]["decline_code"] == expected, (number, expected, answer)
    assert (await health(world))["breaker"] == "closed"
    await books_agree(world, partner, client)


async def what_the_upstream_does_not_know_is_asked_until_it_does(world):
    partner, key, _ = await world.live_partner()
    client = world.a.client(key)
    payments = {}
    for number in IN_DOUBT_THERE:
        answer = await pay(client, number)
        # It may know by the time that the first answer leaves.
        assert answer.status in (200, 402), (number, answer)
        payments[number] = answer.json["id"] if answer.status == 200 else answer.json["error"]["payment_intent"]["id"]
    await world.a.operator().nothing_in_doubt(SETTLE_TIMEOUT_S)
    for number, expected in IN_DOUBT_THERE.items():
        payment = await client.must("GET", f"/v1/payment_intents/{payments[number]}")
        assert payment["status"] == expected, (number, payment)
    await books_agree(world, partner, client)


async def authorizations_are_raised_captured_and_canceled(world):
    partner, key, _ = await world.live_partner()
    client = world.a.client(key)

    async def held(number=VISA, amount=5000):
        payment = await paid(client, number, amount=amount, capture_method="manual")
        assert payment["status"] == "requires_capture" and payment["amount_capturable"] == amount, payment
        return f"/v1/payment_intents/{payment['id']}"

    whole = await held()
    assert (await client.must("POST", whole + "/capture"))["amount_received"] == 5000
    part = await held()
    assert (await client.must("POST", part + "/capture", {"amount_to_capture": 1200}))["status"] == "succeeded"
    several = await held()
    for amount, left in ((1000, 4000), (500, 3500)):
        payment = await client.must("POST", several + "/capture", {"amount_to_capture": amount, "final_capture": False})
        assert payment["status"] == "requires_capture" and payment["amount_capturable"] == left, payment
    assert (await client.must("POST", several + "/capture"))["amount_received"] == 5000
    released = await held()
    await client.must("POST", released + "/capture", {"amount_to_capture": 700, "final_capture": False})
    payment = await client.must("POST", released + "/cancel")
    assert payment["status"] == "succeeded" and payment["amount_received"] == 700, payment
    raised = await held()
    assert (await client.must("POST", raised + "/increment_authorization", {"amount": 6500}))["amount_capturable"] == 6500
    assert (await client.must("POST", raised + "/capture"))["amount_received"] == 6500
    refused = await held("4000009900000103")
    answer = await client.post(refused + "/increment_authorization", {"amount": 6500})
    assert answer.status == 402, answer
    assert (await client.must("POST", refused + "/cancel"))["status"] == "canceled"
    lost = await held("4000009900000087")
    await client.post(lost + "/capture", {"amount_to_capture": 4000})
    await world.a.operator().nothing_in_doubt(SETTLE_TIMEOUT_S)
    assert (await client.must("GET", lost))["amount_received"] == 4000
    await books_agree(world, partner, client)


async def refunds_are_made_once_and_pending_ones_are_followed(world):
    partner, key, _ = await world.live_partner()
    client = world.a.client(key)
    payment = await paid(client, amount=3000)
    for amount in (1000, 500):
        refund = await client.must("POST", "/v1/refunds", {"payment_intent": payment["id"], "amount": amount})
        assert refund["status"] == "succeeded", refund
    assert (await client.post("/v1/refunds", {"payment_intent": payment["id"], "amount": 1501})).status == 400
    assert (await client.must("POST", "/v1/refunds", {"payment_intent": payment["id"]}))["amount"] == 1500
    for number in ("4000000000007726", "4000009900000095"):  # pending first; the answer is lost there
        payment = await paid(client, number, amount=2000)
        refund = await client.must("POST", "/v1/refunds", {"payment_intent": payment["id"], "amount": 900})

        async def ended(refund=refund):
            return (await client.must("GET", f"/v1/refunds/{refund['id']}"))["status"] == "succeeded"

        await until(ended, refund)
    await books_agree(world, partner, client)


async def cards_are_verified_there(world):
    _, key, _ = await world.live_partner()
    client = world.a.client(key)
    customer = await client.must("POST", "/v1/customers", {"name": "Ada"})
    good = await client.must("POST", "/v1/setup_intents", {"confirm": True, "customer": customer["id"], "payment_method_data": card(VISA)})
    assert good["status"] == "succeeded", good
    bad = await client.post("/v1/setup_intents", {"confirm": True, "payment_method_data": card("4000000000009995")})
    assert bad.status == 402 and bad.json["error"]["decline_code"] == "insufficient_funds", bad
    challenged = await client.post("/v1/setup_intents", {"confirm": True, "payment_method_data": card("4000002760003184")})
    assert challenged.status == 402 and challenged.json["error"]["decline_code"] == "authentication_required", challenged
    # Kept for later, and charged without its security code.
    payment = await client.must("POST", "/v1/payment_intents", {"amount": 800, "currency": "usd", "customer": customer["id"], "confirm": True,
                                                                "payment_method": good["payment_method"], "off_session": True})
    assert payment["status"] == "succeeded", payment


async def a_key_gives_one_answer_and_one_charge(world):
    partner, key, _ = await world.live_partner()
    client = world.a.client(key)
    answers = await asyncio.gather(*(client.settled_post("/v1/payment_intents", {"amount": 900, "currency": "usd", "confirm": True,
                                                                                 "payment_method_data": card(VISA)}, "one") for _ in range(8)))
    assert len({answer.json["id"] for answer in answers}) == 1, answers
    assert await books_agree(world, partner, client) == 1


async def test_keys_reach_the_sandbox_and_nobody_elses_acquirer(world):
    partner, _, test_key = await world.live_partner()
    before = world.proxy.connections
    client = world.a.client(test_key)
    payment = await client.must("POST", "/v1/payment_intents", {"amount": 900, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa"})
    assert payment["status"] == "succeeded" and payment["livemode"] is False, payment
    assert world.proxy.connections == before
    entries = await world.a.operator().entries(partner)
    assert len(entries) == 1, entries


async def live_keys_without_an_acquirer_are_refused(world):
    operator = world.a.operator()
    partner, _ = await operator.partner(name="No acquirer")
    key = (await operator.change(partner, "keys", mode="live"))["secret_key"]
    answer = await pay(world.a.client(key))
    assert answer.status == 403 and answer.code == "testmode_charges_only", answer
    refused = await operator.client.request("POST", "/admin/v1/partners", body={"name": "X", "live_acquirer": "nobody"})
    assert refused.status == 400 and "no such acquirer" in refused.text, refused


async def an_acquirer_that_hangs_holds_nobody_else(world):
    """Payments end as unknown at first, then are declined at once; the sandbox answers as ever; nothing is lost when it is back."""
    partner, key, test_key = await world.live_partner()
    live, test = world.a.client(key), world.a.client(test_key)
    sandbox = {"amount": 900, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa"}
    await paid(live)
    world.proxy.hold = True
    try:
        hanging = [asyncio.create_task(pay(live)) for _ in range(8)]
        for _ in range(50):
            started = time.monotonic()
            assert (await test.post("/v1/payment_intents", sandbox)).status == 200
            assert time.monotonic() - started < 1.2, "the sandbox waited for the other acquirer"
        for answer in await asyncio.gather(*hanging):
            assert answer.status in (200, 402), answer
            assert answer.status == 200 or answer.json["error"]["decline_code"] == "try_again_later", answer

        async def opened():
            # Each probe that is let through takes its time; the others are answered at once.
            await asyncio.gather(*(pay(live) for _ in range(2)))
            return (await health(world))["opened"] > 0

        await until(opened, "the breaker opens")
        refused = await asyncio.gather(*(pay(live) for _ in range(20)))
        assert all(answer.status == 402 and answer.json["error"]["decline_code"] == "try_again_later" for answer in refused), refused
        state = await health(world)
        assert state["refused"] > 0 and state["failures"] >= 5 and state["problem"], state
    finally:
        world.proxy.hold = False
        world.proxy.reset_all()

    async def recovered():
        return (await pay(live)).status == 200

    await until(recovered, "payments go through again")
    assert (await health(world))["breaker"] == "closed"
    await world.a.operator().nothing_in_doubt(SETTLE_TIMEOUT_S)
    await books_agree(world, partner, live)


async def an_answer_that_is_lost_on_the_way_is_found(world):
    partner, key, _ = await world.live_partner()
    client = world.a.client(key)
    # Connections that are open are cut behind the request; new ones before it, which is another thing.
    await asyncio.gather(*(pay(client) for _ in range(12)))
    held = await paid(client, amount=5000, capture_method="manual")
    sold = await paid(client, amount=5000)
    world.proxy.cut_share = 1.0
    try:
        answers = await asyncio.gather(pay(client), pay(client, "4000000000000002"), client.post(f"/v1/payment_intents/{held['id']}/capture"),
                                       client.post("/v1/refunds", {"payment_intent": sold["id"]}))
        assert all(answer.status in (200, 402) for answer in answers), answers
    finally:
        world.proxy.cut_share = 0.0
    await world.a.operator().nothing_in_doubt(SETTLE_TIMEOUT_S)
    await books_agree(world, partner, client)


async def answers_that_are_held_back_leave_no_charge_unnoticed(world):
    """The requests arrive, the answers do not: unknown, inquired, and found."""
    partner, key, _ = await world.live_partner()
    client = world.a.client(key)
    held = await paid(client, amount=5000, capture_method="manual")
    world.proxy.hold_answers = True
    answers = [asyncio.create_task(pay(client)) for _ in range(3)]
    answers.append(asyncio.create_task(client.post(f"/v1/payment_intents/{held['id']}/capture", {"amount_to_capture": 100})))
    await asyncio.gather(*answers)
    world.proxy.hold_answers = False
    world.proxy.reset_all()
    await world.a.operator().nothing_in_doubt(SETTLE_TIMEOUT_S)
    await books_agree(world, partner, client)


async def an_upstream_with_a_wrong_certificate_gets_no_card(world):
    _, key, _ = await world.live_partner()
    for settings, words in (({"ca_file": os.path.join(world.folder, "stranger.pem")}, "certificate"),
                            ({"base_url": f"https://127.0.0.1:{world.proxy.port}"}, "mismatch")):
        world.restart_a(**settings)
        answer = await pay(world.a.client(key))
        assert answer.status == 402 and answer.json["error"]["decline_code"] == "try_again_later", answer
        assert words in (await health(world))["problem"], await health(world)
    world.restart_a()
    assert (await pay(world.a.client(key))).status == 200


async def a_key_that_the_upstream_refuses_declines_for_certain(world):
    _, key, _ = await world.live_partner()
    wrong = os.path.join(world.folder, "wrong.key")
    with open(os.open(wrong, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
        file.write("sk_test_nobody")
    world.restart_a(secret_key_file=wrong)
    answer = await pay(world.a.client(key))
    assert answer.status == 402 and answer.json["error"]["decline_code"] == "processing_error", answer
    assert "does not accept the key" in (await health(world))["problem"], await health(world)
    os.chmod(wrong, 0o644)
    world.a.stop()
    world.a.start_only()
    assert world.a.process.wait(30) != 0 and "wrong.key" in world.a.tail(), world.a.tail()
    world.restart_a()


async def no_card_data_is_left_anywhere(world):
    """The number and the security code of every payment above are in no file and in no output of either node."""
    world.a.stop()
    world.a.audit()
    numbers = [VISA, *DECLINES, *IN_DOUBT_THERE]
    ended = subprocess.run(["grep", "-rlaF", *(word for number in numbers for word in ("-e", number)), world.folder + "/a", world.folder + "/a.log",
                            world.folder + "/b.log"], capture_output=True, text=True, check=False)
    assert ended.stdout == "", ended.stdout
    world.a.start()


async def the_configuration_is_checked(world):
    def refusal(**settings):
        world.a.sections = world.a_sections(**settings)
        world.a.write_config()
        ended = subprocess.run([world.a.binary, "config", "check", world.a.config], capture_output=True, text=True, check=False)
        assert ended.returncode == 2, ended
        return ended.stderr

    assert "acquirers.name" in refusal(name="Not A Name")
    assert "timeout_ms" in refusal(timeout_ms=5000)
    assert "acquirers.kind" in refusal(kind="iso8583")
    assert "acquirers.sectret" in refusal(sectret="x")
    world.a.stop()
    world.a.sections = world.a_sections(base_url="http://psp.example")
    world.a.write_config()
    world.a.start_only()
    assert world.a.process.wait(30) != 0 and "https://" in world.a.tail(), world.a.tail()
    world.restart_a()


TESTS = [a_sale_is_charged_once_there, declines_come_back_with_their_codes, what_the_upstream_does_not_know_is_asked_until_it_does,
         authorizations_are_raised_captured_and_canceled, refunds_are_made_once_and_pending_ones_are_followed, cards_are_verified_there,
         a_key_gives_one_answer_and_one_charge, test_keys_reach_the_sandbox_and_nobody_elses_acquirer, live_keys_without_an_acquirer_are_refused,
         an_acquirer_that_hangs_holds_nobody_else, an_answer_that_is_lost_on_the_way_is_found,
         answers_that_are_held_back_leave_no_charge_unnoticed, an_upstream_with_a_wrong_certificate_gets_no_card,
         a_key_that_the_upstream_refuses_declines_for_certain, the_configuration_is_checked, no_card_data_is_left_anywhere]


def run(binary, wanted):
    passed, failed = 0, 0
    world = World(binary)
    try:
        for test in TESTS:
            if wanted and not any(word in test.__name__ for word in wanted):
                continue
            name = test.__name__.replace("_", " ")
            started = time.monotonic()
            try:
                asyncio.run(test(world))
                passed += 1
                print(f"ok      {name} ({time.monotonic() - started:.1f} s)", flush=True)
            except Exception as error:  # a test may fail in any way
                failed += 1
                print(f"FAILED  {name}: {type(error).__name__}: {error}\n{world.a.tail()}", flush=True)
                world.proxy.hold = world.proxy.hold_answers = False
                world.proxy.cut_share = 0.0
                world.restart_a()
        world.a.stop()
        world.b.stop()
        world.a.audit()
        world.b.audit()
    finally:
        world.remove()
    return passed, failed
