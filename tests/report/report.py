"""Reports of a node that takes payments: they say what the API says, day by day, through crashes, rebuilds and backups."""
import asyncio
import csv
import io
import json
import os
import pathlib
import random
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from gateway import Cut, Gateway, Operator, run_tests  # noqa: E402
from served import Served  # noqa: E402

WAIT_S = 60
DAY_S = 86_400
NAMES = ['=HYPERLINK("http://x.test","y")', 'Comma, "quote" & sons', "-1+1", "Plain"]
CURRENCIES = ["usd", "eur", "jpy", "kwd"]
CARDS = ["pm_card_visa"] * 6 + ["pm_card_chargeDeclined", "pm_card_chargeDeclinedInsufficientFunds", "pm_card_tollgate_answerLost",
                                "pm_card_tollgate_neverArrives", "pm_card_tollgate_refundAnswerLost", "pm_card_refundFail"]
SUMS = ("payments_created", "authorized", "authorized_amount", "captured", "captured_amount", "fees", "refunds", "refunded_amount", "refunds_failed",
        "refunds_returned_amount", "net", "canceled", "expired", "in_doubt_opened", "in_doubt_resolved", "declined")


FAST = ["--acquirer-timeout-ms", "300"]  # answers that are lost are given up soon


def gateway(binary, *options):
    return Gateway(binary, [*FAST, *options])


def check(holds, *what):
    if not holds:
        raise AssertionError(" ".join(map(str, what)))


def tollgate(binary, *arguments, status=0):
    done = subprocess.run([binary, *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False)
    check(done.returncode == status, arguments, "ended with", done.returncode, done.stdout, done.stderr)
    return done


async def run(binary, *arguments, status=0):
    """Beside the load of this process."""
    return await asyncio.to_thread(tollgate, binary, *arguments, status=status)


async def ask(node, *arguments):
    return json.loads((await run(node.binary, "report", *arguments, "--json", "--data", node.data)).stdout)


async def complete(node, *arguments):
    """The report when everything that was acknowledged is in it."""
    deadline = time.monotonic() + WAIT_S
    while True:
        report = await ask(node, *arguments)
        if report["records_behind"] == 0 and report["rebuilding"] is None:
            return report
        check(time.monotonic() < deadline, "still behind:", report)
        await asyncio.sleep(0.1)


def figures(report):
    """What must be the same however it was made."""
    return report["rows"], report["totals"]


class Shop:
    """A partner and what it does."""

    def __init__(self, partner, name, key, client, seed):
        self.id, self.name, self.key, self.client, self.rng, self.number = partner, name, key, client, random.Random(seed), 0
        self.failing = set()  # refunds that the test bank takes, and gives back later

    async def post(self, path, **params):
        self.number += 1
        return await self.client.settled_post(path, params, f"{self.id} {self.number}")

    async def story(self, currencies):
        rng = self.rng
        currency = rng.choice(currencies)
        params = {"amount": rng.randint(1_000, 90_000) * (10 if currency == "kwd" else 1), "currency": currency}
        if rng.random() < 0.1:
            made = await self.post("/v1/payment_intents", **params)  # abandoned, or canceled
            if made.status == 200 and rng.random() < 0.5:
                await self.post(f"/v1/payment_intents/{made.json['id']}/cancel")
            return
        params.update(confirm=True, payment_method=rng.choice(CARDS), payment_method_types=["card"])
        if rng.random() < 0.3:
            params["capture_method"] = "manual"
        answer = await self.post("/v1/payment_intents", **params)
        if answer.status != 200:
            return
        payment = answer.json
        if payment["status"] == "requires_capture":
            if rng.random() < 0.3:
                await self.post(f"/v1/payment_intents/{payment['id']}/cancel")
                return
            answer = await self.post(f"/v1/payment_intents/{payment['id']}/capture", amount_to_capture=payment["amount"] // 20 * 10)
            payment = answer.json if answer.status == 200 else payment
        if payment["status"] == "succeeded" and rng.random() < 0.5:
            answer = await self.post("/v1/refunds", payment_intent=payment["id"], amount=payment["amount_received"] // 20 * 10)
            if params["payment_method"] == "pm_card_refundFail" and answer.status == 200:
                self.failing.add(answer.json["id"])

    async def settled(self):
        """Nothing of it is open at the acquirer any more."""
        deadline = time.monotonic() + WAIT_S
        while True:
            payments = await self.client.all("/v1/payment_intents")
            refunds = await self.client.all("/v1/refunds")
            open_ones = [one["id"] for one in payments if one["status"] == "processing"]
            open_ones += [one["id"] for one in refunds if one["status"] == "pending" or (one["id"] in self.failing and one["status"] != "failed")]
            if not open_ones:
                return payments, refunds
            check(time.monotonic() < deadline, "still open:", open_ones)
            await asyncio.sleep(0.1)


async def shops_of(node, names=NAMES):
    operator = Operator(node.admin())
    shops = []
    for seed, name in enumerate(names):
        partner, key = await operator.partner(name=name, fees=[{"basis_points": 140 + seed, "fixed": 25}])
        shops.append(Shop(partner, name, key, node.client(key), seed))
    return shops


async def trade(shops, stories, currencies=CURRENCIES):
    async def one(shop):
        for _ in range(stories):
            await shop.story(currencies)
    await asyncio.gather(*(one(shop) for shop in shops for _ in range(3)))


async def from_the_api(shop):
    """The same figures from what the partner itself is told, by currency."""
    payments, refunds = await shop.settled()
    found = {}

    def of(currency):
        return found.setdefault(currency, dict.fromkeys(("payments_created", "captured", "captured_amount", "fees", "refunds", "refunded_amount",
                                                         "refunds_returned_amount", "net", "canceled", "declined"), 0))

    for payment in payments:
        of(payment["currency"])["payments_created"] += 1
        of(payment["currency"])["canceled"] += payment["status"] == "canceled"
    for item in await shop.client.all("/v1/balance_transactions"):
        to = of(item["currency"])
        to["fees"] += item["fee"]
        to["net"] += item["net"]
        if item["type"] == "charge":
            to["captured"] += 1
            to["captured_amount"] += item["amount"]
        elif item["type"] == "refund":
            to["refunds"] += 1
            to["refunded_amount"] -= item["amount"]
        else:
            to["refunds_returned_amount"] += item["amount"]
    for charge in await shop.client.all("/v1/charges"):
        of(charge["currency"])["declined"] += charge["status"] == "failed"
    balance = await shop.client.must("GET", "/v1/balance")
    for currency, to in found.items():
        owed = sum(part["amount"] for part in balance["pending"] + balance["available"] if part["currency"] == currency)
        check(owed == to["net"], "balance and balance transactions differ", currency, owed, to)
    return found, len(refunds)


def added_up(rows):
    sums = {}
    for row in rows:
        to = sums.setdefault((row["mode"], row["currency"]), dict.fromkeys(SUMS, 0))
        for name in SUMS:
            to[name] += row[name]
    return sums


async def reports_say_what_the_api_says(binary):
    node = gateway(binary).start()
    try:
        shops = await shops_of(node)
        await trade(shops, 12)
        await Operator(node.admin()).nothing_in_doubt()
        of_all, declines, refunds = {}, 0, 0
        for shop in shops:
            expected, count = await from_the_api(shop)
            refunds += count
            report = await complete(node, "partner", shop.id)
            check(report["partner"] == shop.id and report["partner_name"] == shop.name, report)
            sums = added_up(report["rows"])
            check({currency for _, currency in sums} == set(expected), "currencies", sums, expected)
            for (mode, currency), got in sums.items():
                check(mode == "test", report)
                for name, value in expected[currency].items():
                    check(got[name] == value, shop.name, currency, name, "reported", got[name], "and the API says", value)
                check(got["net"] == got["captured_amount"] - got["fees"] - got["refunded_amount"] + got["refunds_returned_amount"], got)
                check(got["in_doubt_opened"] == got["in_doubt_resolved"], "nothing is in doubt any more", got)
            for total in report["totals"]:
                check(all(total[name] == sums[total["mode"], total["currency"]][name] for name in SUMS), "totals", total)
            for row in report["rows"]:
                check(sum(row["declined_by_reason"].values()) == row["declined"], row)
                check(row["exponent"] == {"usd": 2, "eur": 2, "jpy": 0, "kwd": 3}[row["currency"]], row)
                check(all(isinstance(row[name], int) for name in SUMS), row)
                declines += row["declined"]
            for key, sum_ in sums.items():
                to = of_all.setdefault(key, dict.fromkeys(SUMS, 0))
                for name in SUMS:
                    to[name] += sum_[name]
        # The node's own first partner has taken no payments.
        daily = await complete(node, "daily")
        check(added_up(daily["rows"]) == of_all, "all partners together are not their sum:", added_up(daily["rows"]), of_all)
        check(declines > 5 and refunds > 5 and sum(one["in_doubt_opened"] for one in of_all.values()) > 0, "too little happened", of_all)
        reasons = {reason for row in daily["rows"] for reason in row["declined_by_reason"]}
        check("insufficient_funds" in reasons and "generic_decline" in reasons, reasons)
        text = (await run(binary, "report", "daily", "--data", node.data)).stdout
        check("all partners, test mode, USD" in text and "* not over yet" in text and "complete until 20" in text and "total" in text, text)
        check("insufficient_funds" in text, text)
        await complete(node, "daily")
        check(node.stop() == 0, node.tail())
        # The same from the log of a node that does not run.
        for shop in shops[:2]:
            offline = await ask(node, "partner", shop.id)
            check(offline["partner_name"] == shop.name, offline)
        offline = await ask(node, "daily")
        check(added_up(offline["rows"]) == of_all, "from the log itself:", added_up(offline["rows"]), of_all)
    finally:
        node.remove()


async def csv_is_for_spreadsheets_and_for_programs(binary):
    node = gateway(binary).start()
    try:
        shops = await shops_of(node)
        await trade(shops, 3, ["jpy", "usd"])
        for shop in shops:
            report = await complete(node, "partner", shop.id)
            text = (await run(binary, "report", "partner", shop.id, "--format", "csv", "--data", node.data)).stdout
            rows = list(csv.DictReader(io.StringIO(text, newline="")))
            check(len(rows) == len(report["rows"]) and rows, rows)
            for cells, row in zip(rows, report["rows"]):
                formula = shop.name[0] in "=+-@"
                check(cells["partner_name"] == ("'" if formula else "") + shop.name, cells)
                check(cells["partner"] == shop.id and cells["day"] == row["day"] and cells["mode"] == "test", cells)
                check(cells["complete"] == json.dumps(row["complete"]) and cells["currency"] == row["currency"], cells)
                for name in SUMS + ("exponent",):
                    check(int(cells[name]) == row[name], name, cells, row)
                reasons = {name[9:]: int(value) for name, value in cells.items() if name.startswith("declined_") and value != "0"}
                check(reasons == row["declined_by_reason"], reasons, row)
            check(list(rows[0])[:7] == ["day", "complete", "partner", "partner_name", "mode", "currency", "exponent"], list(rows[0]))
        done = await asyncio.to_thread(subprocess.run, [binary, "report", "daily", "--format", "csv", "--data", node.data], capture_output=True, check=True)
        check(done.stdout.count(b"\n") == done.stdout.count(b"\r\n") > 1, done.stdout[:200])
        text = done.stdout.decode()
        check(text.startswith("day,complete,mode,currency,exponent,payments_created,"), text[:200])
        # A report of nothing has its header all the same.
        text = (await run(binary, "report", "daily", "--format", "csv", "--to", "2001-01-01", "--data", node.data)).stdout
        check(len(text.splitlines()) == 1, text)
    finally:
        node.remove()


async def a_rebuild_under_load_gives_the_same_figures(binary):
    node = gateway(binary).start()
    try:
        shops = await shops_of(node, ["One", "Two"])
        await trade(shops, 10, ["usd"])
        trading = asyncio.create_task(trade(shops, 25, ["usd"]))
        for _ in range(3):
            said = await run(binary, "report", "rebuild", "--data", node.data)
            check("were made again" in said.stdout, said)
        await trading
        for shop in shops:
            await shop.settled()
        live = {shop.id: figures(await complete(node, "partner", shop.id)) for shop in shops}
        daily = figures(await complete(node, "daily"))
        again = await run(binary, "report", "rebuild", "--data", node.data)
        check(again.stdout, again)
        for shop in shops:
            check(figures(await complete(node, "partner", shop.id)) == live[shop.id], "after the rebuild", shop.id)
        check(figures(await complete(node, "daily")) == daily, "all partners after the rebuild")
        state = json.loads((await run(binary, "report", "status", "--json", "--data", node.data)).stdout)
        check(state["rebuilds_done"] >= 4 and state["rebuilds_failed"] == 0 and state["problem"] is None, state)
        check(node.stop() == 0, node.tail())
        check(figures(await ask(node, "daily"))[1] == daily[1], "from the log itself")
    finally:
        node.remove()


async def a_crash_takes_nothing_and_counts_nothing_twice(binary):
    node = gateway(binary).start()
    try:
        shops = await shops_of(node, ["One", "Two"])
        for turn in range(3):
            trading = asyncio.create_task(trade(shops, 200, ["usd", "eur"]))
            await asyncio.sleep(1.2 + 0.4 * turn)
            if turn == 1:
                # In the middle of a rebuild as well.
                await run(binary, "report", "rebuild", "--no-wait", "--data", node.data)
            node.kill()
            await asyncio.gather(trading, return_exceptions=True)
            offline = await ask(node, "daily")  # of what is durable
            check(offline["records_behind"] == 0, offline)
            node.start()
            for shop in shops:
                shop.client = node.client(shop.key)
                shop.number += 1_000
                await shop.settled()
            await Operator(node.admin()).nothing_in_doubt()
            online = await complete(node, "daily")
            for key, before in added_up(offline["rows"]).items():
                check(added_up(online["rows"])[key]["payments_created"] >= before["payments_created"], "a payment is missing", before, online)
        check(node.stop() == 0, node.tail())
        offline = await ask(node, "daily")
        check(offline["totals"] == online["totals"], "twice or not at all:", offline["totals"], online["totals"])
        check(sum(total["captured"] for total in offline["totals"]) > 50, offline["totals"])
    finally:
        node.remove()


async def what_happens_after_midnight_counts_on_the_next_day(binary):
    node = gateway(binary, "--test-clock").start()
    try:
        (shop,) = await shops_of(node, ["Night shop"])
        admin = node.admin()
        answer = await shop.post("/v1/payment_intents", amount=1_000, currency="usd", confirm=True, payment_method="pm_card_visa",
                                 payment_method_types=["card"])
        payment = answer.json["id"]
        first = (await complete(node, "daily"))["to"]
        await admin.must("POST", "/admin/v1/clock/advance", body={"seconds": DAY_S})
        answer = await shop.post("/v1/refunds", payment_intent=payment, amount=400)
        check(answer.status == 200, answer)
        deadline = time.monotonic() + WAIT_S
        while True:
            report = await complete(node, "partner", shop.id)
            days = {row["day"]: row for row in report["rows"]}
            if report["to"] in days and days[first]["complete"]:
                break
            check(time.monotonic() < deadline, "the first day is not complete:", report)
            await asyncio.sleep(0.1)
        check(len(days) == 2 and report["to"] > first, report)
        yesterday, today = days[first], days[report["to"]]
        check(not today["complete"], "today is not over", today)
        check((yesterday["captured"], yesterday["captured_amount"], yesterday["refunds"]) == (1, 1_000, 0), yesterday)
        check((today["payments_created"], today["refunds"], today["refunded_amount"], today["net"]) == (0, 1, 400, -400), today)
        only = await ask(node, "daily", "--from", first, "--to", first)
        check([row["day"] for row in only["rows"]] == [first] and only["totals"][0]["refunds"] == 0, only)
        check((await ask(node, "daily", "--mode", "live"))["rows"] == [], "no live payment was made")
    finally:
        node.remove()


async def who_may_read_and_who_may_rebuild(binary):
    node = gateway(binary).start()
    try:
        (shop,) = await shops_of(node, ["One"])
        await trade([shop], 2, ["usd"])
        await complete(node, "daily")
        tokens = {}
        for role in ("viewer", "auditor", "partner_manager", "operator"):
            name = role.replace("_", "-")
            await run(binary, "admin", "user", "create", name, "--role", role, "--data", node.data)
            tokens[role] = os.path.join(node.data, f"{name}.token")
            await run(binary, "admin", "token", "create", name, "--out", tokens[role], "--data", node.data)
        for role, token in tokens.items():
            for report in (["daily"], ["partner", shop.id], ["status"]):
                await run(binary, "report", *report, "--data", node.data, "--token-file", token)
            allowed = role == "operator"
            said = await run(binary, "report", "rebuild", "--data", node.data, "--token-file", token, status=0 if allowed else 1)
            check(allowed or "operate" in said.stderr, said)
        partners_key = os.path.join(node.data, "partner.token")
        with open(partners_key, "w") as file:
            file.write(shop.key)
        os.chmod(partners_key, 0o600)
        for token in (partners_key, os.path.join(node.data, "metrics.token")):
            await run(binary, "report", "daily", "--data", node.data, "--token-file", token, status=1)
        trail = (await run(binary, "admin", "audit", "--json", "--data", node.data)).stdout
        check("report.rebuild" in trail, trail[-2_000:])
    finally:
        node.remove()


async def wrong_questions_are_told_so(binary):
    node = gateway(binary).start()
    try:
        await complete_once_made(node, "daily")
        admin = node.admin()
        for query in ("from=yesterday", "from=2025-02-30", "from=2025-02-02&to=2025-02-01", "from=1975-01-01&to=2025-01-01", "mode=both", "day=1"):
            answer = await admin.get(f"/admin/v1/reports/daily?{query}")
            check(answer.status == 400, query, answer)
        check((await admin.get("/admin/v1/reports/partners/acct_00000000000")).status == 404)
        check((await admin.get("/admin/v1/reports/partners/4242424242424242")).status == 404)
        check((await admin.get("/admin/v1/reports/weekly")).status == 404)
        check((await admin.request("POST", "/admin/v1/reports/rebuild", body={"fast": True})).status == 400)
        for arguments in (["daily", "--from", "yesterday"], ["daily", "--mode", "both"], ["partner"], ["partner", "pi_1"], ["daily", "--format", "xml"]):
            await run(binary, "report", *arguments, "--data", node.data, status=2)
        said = await run(binary, "report", "daily", "--data", node.data + "-nowhere", status=1)
        check("there is no event log in" in said.stderr, said)
    finally:
        node.remove()


async def switched_off_there_are_none_and_nothing_is_kept(binary):
    node = gateway(binary, "--reports", "off").start()
    try:
        (shop,) = await shops_of(node, ["One"])
        await trade([shop], 3, ["usd"])
        await shop.settled()
        said = await run(binary, "report", "daily", "--data", node.data, status=1)
        check("reports.enabled is off" in said.stderr, said)
        check(not os.path.exists(os.path.join(node.data, "reports")), "there are files")
        check(node.stop() == 0, node.tail())
        # Switched on later they are made from the log.
        node.options = FAST
        node.start()
        report = await complete_once_made(node, "daily")
        check(report["totals"][0]["payments_created"] > 0, report)
        metrics = await Operator(node.admin()).client.get("/metrics")
        check('tollgate_projection_lag_seconds{projection="reports"}' in metrics.text, "the lag is no metric")
    finally:
        node.remove()


async def complete_once_made(node, *arguments):
    deadline = time.monotonic() + WAIT_S
    while True:
        try:
            return await complete(node, *arguments)
        except AssertionError:
            check(time.monotonic() < deadline, "never made")
            await asyncio.sleep(0.1)


async def backups_and_forgotten_records(binary):
    node = Served(binary)
    node.sections = {"archive": {"directory": node.archive, "interval_ms": 100, "segment_mib": 1}, "backup": {"directory": node.backups},
                     "log": {"keep_days": 1}, "acquirer": {"call_timeout_ms": 300}}
    try:
        node.start()
        partner, key = await node.operator().partner(name="Kept", fees=[{"basis_points": 100, "fixed": 5}])
        shop = Shop(partner, "Kept", key, node.client(key), 5)
        await trade([shop], 30, ["usd", "eur"])
        await shop.settled()
        await node.operator().nothing_in_doubt()
        before = await complete_once_made(node, "daily")
        await node.archived()
        node.run("backup", "create", "--data", node.data)
        node.stop()
        check(figures(await ask(node, "daily"))[1] == before["totals"], "of the stopped node")
        backup = json.loads(node.run("report", "daily", "--json", "--data", node.backups))
        check(backup["totals"] == before["totals"], "of the backup", backup["totals"], before["totals"])
        forgotten = node.json("archive", "prune", node.archive, "--data", node.data, "--keep-days", "0")
        check(forgotten["records"] > 50, forgotten)
        # Never wrong figures: without the beginning of the log there are none, and it says where it is to be found.
        said = node.run("report", "daily", "--data", node.data, expect=1)
        check("moved to the archive" in said and "--archive" in said, said)
        from_archive = json.loads(node.run("report", "daily", "--json", "--data", node.data, "--archive", node.archive))
        check(from_archive["totals"] == before["totals"], "from the archive")
        # The node itself has its figures still, and makes them again with the archive's records.
        node.start()
        check((await complete_once_made(node, "daily"))["totals"] == before["totals"], "after the restart")
        node.run("report", "rebuild", "--data", node.data)
        check((await complete(node, "daily"))["totals"] == before["totals"], "after the rebuild")
        node.stop()
        # Without the archive a rebuild fails and says so, and the figures stay.
        archive = node.sections.pop("archive")
        node.sections["log"] = {"keep_days": 0}
        node.start()
        check((await complete_once_made(node, "daily"))["totals"] == before["totals"], "without the archive")
        said = node.run("report", "rebuild", "--data", node.data, expect=1)
        check("moved to the archive" in said and "as they were" in said, said)
        after = await complete(node, "daily")
        check(after["totals"] == before["totals"] and "moved to the archive" in after["problem"], after)
        node.sections["archive"] = archive
    finally:
        node.remove()


run_tests([reports_say_what_the_api_says, csv_is_for_spreadsheets_and_for_programs, a_rebuild_under_load_gives_the_same_figures,
           a_crash_takes_nothing_and_counts_nothing_twice, what_happens_after_midnight_counts_on_the_next_day, who_may_read_and_who_may_rebuild,
           wrong_questions_are_told_so, switched_off_there_are_none_and_nothing_is_kept, backups_and_forgotten_records], sys.argv[1])
