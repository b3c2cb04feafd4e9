"""Random requests out of the description: mostly right, sometimes wrong in one way."""
from schema import resolve

NASTY = ["", " ", "0", "-1", "1e9", "99999999999999999999", "null", "true", "[]", "{}", "\x00", "\r\nX: y", "../..", "é" * 40, "A" * 6000, "4242424242424242",
         "%00", "pi_" + "z" * 22, "'; --", "<b>", "\U0001F4B3"]

# What makes a payment go further is given more often.
LIKELY = {"confirm": 0.6, "payment_method": 0.5, "customer": 0.3, "metadata": 0.2, "expand": 0.03}


class Generator:
    def __init__(self, document, random, known_ids):
        self.document, self.random, self.known_ids = document, random, known_ids

    def request(self, operation):
        """(query, body): dictionaries of parameters."""
        query, body = {}, {}
        for parameter in operation.get("parameters", []):
            parameter = resolve(self.document, parameter)
            if parameter["in"] == "query" and self.random.random() < (0.05 if parameter["name"] == "expand" else 0.25):
                query[parameter["name"]] = self.value(parameter["schema"], parameter["name"])
        if "requestBody" in operation:
            body = self.value(operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"], "")
        target = body if "requestBody" in operation else query
        if isinstance(target, dict) and self.random.random() < 0.25:
            self.spoil(target)
        return query, body if isinstance(body, dict) else {}

    def spoil(self, params):
        name = self.random.choice([*params, "unheard_of"])
        kind = self.random.randrange(4)
        if kind == 0:
            params[name] = self.random.choice(NASTY)
        elif kind == 1:
            params[name] = {self.random.choice(["x", "", "0", "metadata"]): self.random.choice(NASTY)}
        elif kind == 2:
            params[name] = [self.random.choice(NASTY) for _ in range(self.random.randrange(1, 30))]
        elif name in params:
            del params[name]

    def value(self, schema, name):
        schema, random = resolve(self.document, schema), self.random
        if "anyOf" in schema:
            return self.value(random.choice([s for s in schema["anyOf"] if s.get("type") != "null"]), name)
        if "enum" in schema:
            return random.choice(schema["enum"])
        kind = schema.get("type")
        if kind == "object":
            required = schema.get("required", [])
            if "properties" not in schema:
                return {f"k{i}": random.choice(["v", "", "é" * 10]) for i in range(random.randrange(0, 4))}
            made = {key: self.value(inner, key) for key, inner in schema["properties"].items()
                    if key in required or random.random() < LIKELY.get(key, 0.08)}
            if made.get("payment_method") and random.random() < 0.9:
                made.pop("payment_method_data", None)
            return made
        if kind == "array":
            return [self.value(schema.get("items", {"type": "string"}), name) for _ in range(random.randrange(0, 3))]
        if kind == "boolean":
            return random.random() < 0.5
        if kind == "integer":
            low, high = schema.get("minimum", 0), schema.get("maximum", 2_000_000_000)
            return random.choice([low, high, random.randint(low, high), random.randint(low, min(high, low + 2000))])
        return self.text(schema, name)

    def text(self, schema, name):
        random = self.random
        if name == "currency":
            return random.choice(["usd", "eur", "jpy", "kwd", "zzz"])
        if name == "number":
            return random.choice(["4242424242424242", "4000000000000002", "5555 5555 5555 4444", "4242424242424241"])
        if name == "token" or name == "payment_method":
            return random.choice([*self.known_ids.get("pm", []), "pm_card_visa", "pm_card_chargeDeclined", "pm_card_authenticationRequired"])
        if name == "email" or schema.get("format") == "email":
            return random.choice(["ada@example.test", "", "no address"])
        if schema.get("format") == "uri":
            return random.choice(["https://shop.test/back", "javascript:alert(1)", "/relative"])
        if name == "expand":
            return random.choice(["customer", "latest_charge", "payment_method", "data.customer", "latest_charge.balance_transaction", "nothing"])
        pattern = schema.get("pattern", "")
        for prefix, ids in self.known_ids.items():
            if pattern.startswith(f"^{prefix}_") and ids:
                return random.choice(ids)
        if name in ("starting_after", "ending_before", "source") and random.random() < 0.9:
            return random.choice([i for ids in self.known_ids.values() for i in ids] or ["x"])
        return random.choice(["text", "Grüße", "1", "x" * random.choice([1, 22, 23, 255])])
