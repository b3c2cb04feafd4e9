"""Exchanges that touch every operation of the API and every kind of object in its usual states."""

CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}
ADDRESS = {"line1": "1 Main St", "city": "London", "country": "GB", "postal_code": "N1", "state": "LDN", "line2": "Flat 2"}
BILLING = {"name": "Ada", "email": "ada@example.test", "phone": "555", "address": ADDRESS}
SHIPPING = {"name": "Ada", "phone": "555", "carrier": "post", "tracking_number": "1", "address": ADDRESS}
NO_REDIRECTS = {"enabled": True, "allow_redirects": "never"}


def live_through(call, wait=None):
    """`call(method, path, params)` gives (status, JSON). `wait(condition)` for what the acquirer tells later."""
    post = lambda path, **params: call("POST", path, params)[1]
    get = lambda path, **params: call("GET", path, params)[1]

    customer = post("/v1/customers", name="Ada", email="ada@example.test", phone="555", address=ADDRESS, shipping=SHIPPING,
                    description="first", metadata={"k": "v"})["id"]
    empty = post("/v1/customers")["id"]
    method = post("/v1/payment_methods", type="card", card=CARD, billing_details=BILLING, metadata={"k": "v"})["id"]
    post(f"/v1/payment_methods/{method}/attach", customer=customer)
    post(f"/v1/payment_methods/{method}", card={"exp_month": 11, "exp_year": 2033}, billing_details={"name": "Grace"}, metadata={"k": ""})
    post(f"/v1/customers/{customer}", invoice_settings={"default_payment_method": method}, description="second")
    post("/v1/payment_methods/pm_card_visa/attach", customer=empty)
    post("/v1/customers", payment_method="pm_card_visa", invoice_settings={"default_payment_method": "pm_card_visa"}, preferred_locales=["en"], tax_exempt="none")

    paid = post("/v1/payment_intents", amount=2000, currency="usd", payment_method=method, customer=customer, confirm=True,
                description="a payment", receipt_email="ada@example.test", shipping=SHIPPING, metadata={"order": "1"},
                statement_descriptor="BAKERY", statement_descriptor_suffix="1", transfer_group="g", off_session=True,
                automatic_payment_methods=NO_REDIRECTS, expand=["latest_charge.balance_transaction", "customer", "payment_method"])
    post("/v1/payment_intents", amount=1200, currency="jpy", confirm=True, payment_method_types=["card"],
         payment_method_data={"type": "card", "card": CARD, "billing_details": BILLING}, capture_method="automatic_async",
         confirmation_method="automatic", setup_future_usage="off_session", customer=customer,
         payment_method_options={"card": {"request_three_d_secure": "automatic", "request_multicapture": "if_available"}})
    post("/v1/payment_intents", amount=900, currency="usd", confirm=True, payment_method="pm_card_chargeDeclinedInsufficientFunds")
    post("/v1/payment_intents", amount=900, currency="usd", confirm=True,
         payment_method_data={"type": "card", "card": {"token": "tok_chargeDeclinedExpiredCard"}})
    later = post("/v1/payment_intents", amount=700, currency="usd")["id"]
    post(f"/v1/payment_intents/{later}", amount=800, metadata={"k": "v"}, description="changed", payment_method="pm_card_visa", receipt_email="")
    post(f"/v1/payment_intents/{later}/confirm", return_url="https://shop.test/back", use_stripe_sdk=True, receipt_email="ada@example.test", shipping=SHIPPING,
         capture_method="manual", mandate_data={"customer_acceptance": {"type": "offline"}}, radar_options={"session": "rse_1"},
         payment_method_options={"card": {"request_three_d_secure": "any", "network": "visa"}, "link": {}})
    gone = post("/v1/payment_intents", amount=700, currency="eur")["id"]
    post(f"/v1/payment_intents/{gone}/cancel", cancellation_reason="duplicate")
    challenged = post("/v1/payment_intents", amount=700, currency="usd", confirm=True, payment_method="pm_card_authenticationRequired",
                      return_url="https://shop.test/back")
    held = post("/v1/payment_intents", amount=1000, currency="usd", capture_method="manual", confirm=True, payment_method="pm_card_visa")["id"]
    post(f"/v1/payment_intents/{held}/increment_authorization", amount=1500, description="more", metadata={"k": "v"})
    post(f"/v1/payment_intents/{held}/capture", amount_to_capture=600, final_capture=False, statement_descriptor="PART")
    post(f"/v1/payment_intents/{held}/capture", amount_to_capture=400)

    refund = post("/v1/refunds", payment_intent=paid["id"], amount=500, reason="requested_by_customer", metadata={"k": "v"})["id"]
    post(f"/v1/refunds/{refund}", metadata={"k": "w"})
    failing = post("/v1/payment_intents", amount=900, currency="usd", confirm=True, payment_method="pm_card_refundFail")["id"]
    failed = post("/v1/refunds", payment_intent=failing)["id"]
    if wait:
        wait(lambda: get(f"/v1/refunds/{failed}")["status"] == "failed")

    setup = post("/v1/setup_intents", customer=customer, payment_method="pm_card_visa", confirm=True, usage="off_session", description="d",
                 metadata={"k": "v"}, return_url="https://shop.test/back")["id"]
    open_setup = post("/v1/setup_intents", payment_method_types=["card"], automatic_payment_methods=NO_REDIRECTS)["id"]
    post(f"/v1/setup_intents/{open_setup}", description="e", metadata={"k": "v"}, customer=customer)
    post(f"/v1/setup_intents/{open_setup}/confirm", payment_method="pm_card_chargeDeclined")
    post(f"/v1/setup_intents/{open_setup}/confirm", payment_method="pm_card_visa")
    ended = post("/v1/setup_intents")["id"]
    post(f"/v1/setup_intents/{ended}/cancel", cancellation_reason="abandoned")
    asked = post("/v1/setup_intents", confirm=True, payment_method="pm_card_authenticationRequired", return_url="https://shop.test/back")["id"]

    charge = get("/v1/charges", payment_intent=paid["id"])["data"][0]["id"]
    transaction = get(f"/v1/charges/{charge}")["balance_transaction"]
    for path in (f"payment_intents/{paid['id']}", f"payment_intents/{challenged['id']}", f"charges/{charge}", f"refunds/{refund}", f"refunds/{failed}",
                 f"payment_methods/{method}", f"customers/{customer}", f"setup_intents/{setup}", f"setup_intents/{asked}",
                 f"balance_transactions/{transaction}", f"balance/history/{transaction}", "account", "balance",
                 f"payment_intents/{paid['id']}/timeline", f"payment_intents/{paid['id']}/receipt", f"customers/{customer}/payment_methods/{method}"):
        get("/v1/" + path)
    get("/v1/accounts/" + get("/v1/account")["id"])
    get(f"/v1/charges/{charge}", expand=["balance_transaction", "payment_intent", "customer", "refunds"])
    get(f"/v1/refunds/{refund}", expand=["charge.transfer", "payment_intent.invoice", "balance_transaction", "transfer_reversal"])
    get(f"/v1/customers/{customer}", expand=["sources", "subscriptions", "tax_ids", "cash_balance", "test_clock"])
    for name in ("payment_intents", "charges", "refunds", "payment_methods", "customers", "setup_intents", "events", "balance_transactions",
                 "balance/history"):
        get("/v1/" + name, limit=100)
        get("/v1/" + name, limit=2, created={"gte": 1, "lt": 4_000_000_000})
    get("/v1/payment_intents", customer=customer)
    get("/v1/charges", payment_intent=paid["id"])
    get("/v1/refunds", charge=charge)
    get("/v1/customers", email="ada@example.test")
    get(f"/v1/customers/{customer}/payment_methods", type="card")
    get("/v1/balance_transactions", type="refund", currency="usd")
    get("/v1/balance_transactions", source=charge)
    get("/v1/setup_intents", payment_method=method)
    events = get("/v1/events", types=["charge.succeeded", "refund.created"])["data"]
    get("/v1/events/" + events[0]["id"])
    post(f"/v1/payment_methods/{method}/detach")
    call("DELETE", f"/v1/customers/{empty}", {})
    get(f"/v1/customers/{empty}")
