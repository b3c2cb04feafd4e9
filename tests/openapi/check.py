"""Holds GET /openapi.json against the node: every route, every parameter and every answer."""
import http.client
import json
import os
import pathlib
import re
import sys
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
from gateway import Gateway, flat  # noqa: E402
from schema import Wrong, check, resolve  # noqa: E402
from world import live_through  # noqa: E402

ROOT = HERE.parent.parent
SETTLE_TIMEOUT_S = 20
VERSIONS = (None, "2022-08-01")


class Caller:
    def __init__(self, where):
        parts = urllib.parse.urlsplit(where["api"])
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        self.key = where["secret_key"]

    def json(self, method, path, value):
        self.connection.request(method, path, json.dumps(value), {"Authorization": "Bearer " + self.key, "Content-Type": "application/json"})
        answer = self.connection.getresponse()
        text = answer.read()
        assert answer.status == 200, f"{method} {path}: {answer.status} {text}"
        return json.loads(text)

    def __call__(self, method, path, params=None, version=None, key=None):
        headers = {"Authorization": "Bearer " + (key or self.key)}
        if version:
            headers["Stripe-Version"] = version
        pairs = urllib.parse.urlencode(flat(params or {}))
        body = None
        if method == "POST":
            headers["Content-Type"], body = "application/x-www-form-urlencoded", pairs
        elif pairs:
            path += "?" + pairs
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if "json" in answer.headers.get("Content-Type", "") else text.decode()


class Description:
    def __init__(self, document):
        self.document = document
        self.operations = {}  # (method, path) -> operation
        for path, entry in document["paths"].items():
            for method, operation in entry.items():
                if method != "parameters":
                    self.operations[method.upper(), path] = operation

    def find(self, method, path):
        """The operation of a real path; one without a placeholder goes first."""
        path = path.split("?")[0]
        fits = [p for m, p in self.operations if m == method and re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", p), path)]
        if not fits:
            raise Wrong(f"{method} {path} is not described")
        return min(fits, key=lambda p: p.count("{"))

    def params(self, method, path):
        """Dotted name -> schema, of the query or the body."""
        operation, found = self.operations[method, path], {}
        if "requestBody" in operation:
            self._walk(operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"], (), found)
        for parameter in operation.get("parameters", []):
            parameter = resolve(self.document, parameter)
            if parameter["in"] == "query":
                self._walk(parameter["schema"], (parameter["name"],), found)
        return found

    def _walk(self, schema, at, found):
        schema = resolve(self.document, schema)
        if at:
            found[at] = schema
        for option in schema.get("anyOf", [schema]):
            for name, inner in resolve(self.document, option).get("properties", {}).items():
                self._walk(inner, (*at, name), found)

    def check_answer(self, method, path, status, answer):
        responses = self.operations[method, self.find(method, path)]["responses"]
        if str(status) not in responses:
            raise Wrong(f"the status {status} is not described: {str(answer)[:200]}")
        response = resolve(self.document, responses[str(status)])
        if "application/json" in response.get("content", {}):
            check(self.document, response["content"]["application/json"]["schema"], answer)


def bracketed(name):
    return name[0] + "".join(f"[{part}]" for part in name[1:])


def nested(name, value):
    for part in reversed(name):
        value = {part: value}
    return value


class Tests:
    def __init__(self, gateway):
        self.call = Caller(gateway.where)
        self.other_key = next(key for key in map(self.key_of, open(os.path.join(gateway.data, "keys.jsonl"))) if key != self.call.key)
        admin = Caller({"api": gateway.where["admin"], "secret_key": gateway.where["admin_token"]})
        self.live_key = admin.json("POST", f"/admin/v1/partners/{gateway.where['partner']}/keys", {"mode": "live"})["secret_key"]
        status, document = self.call("GET", "/openapi.json")
        assert status == 200, status
        self.description = Description(document)

    @staticmethod
    def key_of(line):
        return json.loads(line)["secret_key"]

    def test_every_route_is_described_and_every_described_path_is_a_route(self):
        routes = set()
        for source in (ROOT / "src/api/v1").glob("*.cc"):
            routes |= set(re.findall(r'\{Method::(\w+), "([^"]+)"', source.read_text()))
        routes = {({"del": "DELETE"}.get(method, method.upper()), path) for method, path in routes}
        described = {(method, re.sub(r"\{[^}]*\}", "{}", path)) for method, path in self.description.operations}
        assert routes == described, f"not described: {routes - described}; no route: {described - routes}"

    def test_every_parameter_that_the_code_reads_is_described(self):
        described = {part for m, p in self.description.operations for name in self.description.params(m, p) for part in name}
        readers = r'(?:text|need_text|text_or_unset|integer|need_integer|boolean|choice|list|id|object|unset|read\w*|need_amount)' \
                  r'(?:<[^>]*>)?\((?:params, |\*?call, |shipping, )?"([a-z_0-9]+)"'
        read = set()
        for source in [*(ROOT / "src/api/v1").glob("*.cc"), *(ROOT / "src/api").glob("*.cc")]:
            read |= set(re.findall(r"(?:params|card|data|range|settings|options|automatic|parent|source|root\(\))(?:\.|->)" + readers, source.read_text()))
        assert len(read) > 40, f"the pattern finds too little: {read}"
        assert read <= described, f"not described: {read - described}"

    def test_every_answer_is_as_described_in_both_forms(self):
        for version in VERSIONS:
            seen = set()

            def call(method, path, params=None):
                status, answer = self.call(method, path, params, version)
                if status not in (200, 402):
                    raise AssertionError(f"{method} {path} {params}: {status} {answer}")
                try:
                    self.description.check_answer(method, path, status, answer)
                except Wrong as wrong:
                    raise AssertionError(f"{method} {path}: {wrong}") from None
                seen.add((method, self.description.find(method, path)))
                return status, answer

            def wait(condition):
                deadline = time.monotonic() + SETTLE_TIMEOUT_S
                while not condition():
                    assert time.monotonic() < deadline, "it does not settle"
                    time.sleep(0.02)

            live_through(call, wait)
            untouched = {o for o in self.description.operations if "security" not in self.description.operations[o]} - seen
            assert not untouched, f"no exchange touches {untouched}"

    def test_every_described_parameter_is_known_and_of_the_described_kind(self):
        for (method, path), operation in self.description.operations.items():
            if "security" in operation:
                continue
            real = self.real_path(method, path)
            for name, schema in self.description.params(method, path).items():
                scalar = "properties" not in schema and schema.get("type") not in ("array", "object") and "anyOf" not in schema
                wrong = {"x": "1"} if scalar else "not that"
                if name[0] in ("expand", "metadata") or "anyOf" in schema:
                    continue
                status, answer = self.call(method, real, {**self.needed(method, path, name), **nested(name, wrong)})
                error = answer.get("error", {})
                what = f"{method} {path} {bracketed(name)}: {status} {error}"
                assert status == 400 and error.get("code") != "parameter_unknown", what
                assert error.get("param", "").startswith(name[0]), what

    def test_a_parameter_that_is_not_described_is_refused_by_its_name(self):
        for (method, path), operation in self.description.operations.items():
            if "security" in operation:
                continue
            params = {**self.needed(method, path, ()), "no_such_parameter": "1"}
            status, answer = self.call(method, self.real_path(method, path), params)
            error = answer.get("error", {})
            assert status == 400 and error.get("code") == "parameter_unknown" and error.get("param") == "no_such_parameter", \
                f"{method} {path}: {status} {error}"

    def test_no_key_a_wrong_key_and_no_such_object_are_answered_as_described(self):
        for (method, path), operation in self.description.operations.items():
            if "security" in operation:
                continue
            params = self.needed(method, path, ())
            for key, expected in (("sk_test_wrong", 401), (None, None)):
                if key is None and "{" not in path:
                    continue
                real = re.sub(r"\{[^}]*\}", "xx_0000000000000000000000", path)
                status, answer = self.call(method, real, params, key=key)
                assert status == (expected or (403 if "accounts" in path else 404)), f"{method} {real}: {status} {answer}"
                self.description.check_answer(method, real, status, answer)

    def test_no_route_reaches_an_object_of_another_partner_or_mode(self):
        for (method, path), operation in self.description.operations.items():
            if "security" in operation or "{" not in path:
                continue
            real = self.real_path(method, path)
            own, _ = self.call("GET", real) if method == "GET" else (200, None)
            assert own == 200, f"GET {real} with its own key: {own}"
            for whose, key in (("another partner", self.other_key), ("its own live mode", self.live_key)):
                if "accounts" in path and whose != "another partner":
                    continue
                status, answer = self.call(method, real, self.needed(method, path, ()), key=key)
                # A live key without an acquirer gets no further than that when it writes.
                refused = "accounts" in path or (method != "GET" and whose != "another partner")
                # attach names the customer in a parameter: that is not there either.
                missing = path.endswith("/attach") and status == 400 and answer["error"]["code"] == "resource_missing"
                assert status == 404 or missing or (refused and status == 403), f"{method} {real} by {whose}: {status} {answer}"

    def test_no_parameter_reaches_an_object_of_another_partner_or_mode(self):
        tried = 0
        for (method, path), operation in self.description.operations.items():
            if "security" in operation or "{" in path:
                continue
            for name, kind in (("customer", "customers"), ("payment_intent", "payment_intents"), ("charge", "charges"), ("payment_method", "payment_methods"),
                               ("source", "charges"), ("starting_after", path.split("/")[-1]), ("ending_before", path.split("/")[-1])):
                if (name,) not in self.description.params(method, path):
                    continue
                foreign = self.object("balance_transactions" if kind == "history" else kind)
                params = {**self.needed(method, path, (name,)), name: foreign}
                if path == "/v1/refunds" and name == "charge":
                    params.pop("payment_intent", None)
                for whose, key in (("another partner", self.other_key), ("its own live mode", self.live_key)):
                    status, answer = self.call(method, path, params, key=key)
                    what = f"{method} {path} {name}={foreign} by {whose}: {status} {answer}"
                    # A list by a foreign object is empty, or the object is not there.
                    if status == 200 and method == "GET":
                        assert answer["data"] == [], what
                    elif not (status == 403 and whose == "its own live mode"):
                        assert status in (400, 404) and answer["error"]["code"] == "resource_missing", what
                    tried += 1
        assert tried > 40, tried

    # An object for each path, so that handlers get as far as their parameters.
    def real_path(self, method, path):
        if not hasattr(self, "objects"):
            post = lambda p, **params: self.call("POST", p, params)[1]
            customer = post("/v1/customers")["id"]
            card = post("/v1/payment_methods/pm_card_visa/attach", customer=customer)["id"]
            paid = post("/v1/payment_intents", amount=900, currency="usd", confirm=True, payment_method="pm_card_visa")
            refund = post("/v1/refunds", payment_intent=paid["id"], amount=1)["id"]
            transaction = self.call("GET", "/v1/balance_transactions", {"limit": 1})[1]["data"][0]["id"]
            self.objects = {
                "payment_intents": post("/v1/payment_intents", amount=900, currency="usd")["id"], "charges": paid["latest_charge"], "refunds": refund,
                "payment_methods": card, "customers": customer, "setup_intents": post("/v1/setup_intents")["id"], "history": transaction,
                "balance_transactions": transaction, "events": self.call("GET", "/v1/events", {"limit": 1})[1]["data"][0]["id"],
                "accounts": self.call("GET", "/v1/account")[1]["id"]}
        parts = path.split("/")
        return "/".join(self.objects[parts[i - 1]] if part.startswith("{") else part for i, part in enumerate(parts))

    def needed(self, method, path, tried):
        """The parameters without which the tried one is not looked at."""
        given = {"POST /v1/payment_intents": {"amount": 900, "currency": "usd"}, "POST /v1/payment_methods/{id}/attach": {"customer": self.object("customers")},
                 "POST /v1/payment_intents/{id}/increment_authorization": {"amount": 900}, "POST /v1/refunds": {"payment_intent": self.object("payment_intents")},
                 "POST /v1/payment_methods": {"type": "card", "card": {"token": "tok_visa"}}}.get(f"{method} {path}", {})
        given = {key: value for key, value in given.items() if not tried or key != tried[0]}
        if tried and tried[0] in ("off_session", "error_on_requires_action", "return_url") and not path.endswith("confirm"):
            given["confirm"] = True
        return given

    def object(self, kind):
        return self.real_path("GET", f"/{kind}/{{id}}").split("/")[-1]


def main(binary, wanted):
    gateway, passed, failed = Gateway(binary, ["--partners", "2"]).start(), 0, 0
    try:
        tests = Tests(gateway)
        for name in [n for n in dir(tests) if n.startswith("test_") and all(w in n for w in wanted)]:
            try:
                getattr(tests, name)()
                passed += 1
                print("ok  ", name[5:].replace("_", " "))
            except AssertionError as error:
                failed += 1
                print("FAIL", name[5:].replace("_", " "), "\n    ", error)
    finally:
        gateway.remove()
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main(os.path.realpath(sys.argv[1]), sys.argv[2:]))
