"""Requests made at random from the description: never a 500, never an answer that is not described, and books that balance afterwards."""
import argparse
import os
import random
import re
import sys
import time

from check import Caller, Description, Gateway, Wrong

IDS = {"pi": "payment_intents", "ch": "charges", "re": "refunds", "pm": "payment_methods", "cus": "customers", "seti": "setup_intents", "evt": "events",
       "txn": "balance_transactions"}
IDS_KEPT_MAX = 200


def remember(known, answer):
    if isinstance(answer, dict):
        found = answer.get("id")
        if isinstance(found, str) and "_" in found:
            kept = known.setdefault(found.split("_")[0], [])
            kept.append(found)
            del kept[:-IDS_KEPT_MAX]
        for inner in answer.values():
            remember(known, inner)
    elif isinstance(answer, list):
        for inner in answer:
            remember(known, inner)


def real_path(path, known, rng):
    def one(match):
        kind = path[:match.start()].rstrip("/").split("/")[-1]
        kind = "balance_transactions" if kind == "history" else kind
        prefix = next((p for p, name in IDS.items() if name == kind), None)
        ids = known.get(prefix, []) if rng.random() < 0.95 else []
        return rng.choice(ids) if ids else "xx_" + "0" * 22
    return re.sub(r"\{[^}]*\}", one, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--requests", type=int, default=3000)
    arguments = parser.parse_args()
    from generate import Generator
    gateway = Gateway(os.path.realpath(arguments.binary)).start()
    statuses, problems = {}, []
    try:
        call = Caller(gateway.where)
        description = Description(call("GET", "/openapi.json")[1])
        rng, known = random.Random(arguments.seed), {}
        generator = Generator(description.document, rng, known)
        operations = [(k, o) for k, o in description.operations.items() if "security" not in o]
        # What ends an object comes seldom, so that there is something left to work with.
        weights = [0.1 if path.endswith(("/cancel", "/detach")) or method == "DELETE" else 1 for (method, path), _ in operations]
        for i in range(arguments.requests):
            (method, path), operation = rng.choices(operations, weights)[0]
            query, body = generator.request(operation)
            real = real_path(path, known, rng)
            version = rng.choice([None, None, "2022-08-01"])
            status, answer = call(method, real, body if method == "POST" else query, version)
            statuses[status] = statuses.get(status, 0) + 1
            remember(known, answer)
            try:
                if status >= 500:
                    raise Wrong(f"status {status}")
                description.check_answer(method, real, status, answer)
            except Wrong as wrong:
                problems.append(f"request {i}: {method} {real} {body or query}: {wrong}")
        if gateway.stop() != 0:
            problems.append("the node did not stop well")
        gateway.audit()
    except (AssertionError, OSError) as error:
        problems.append(str(error) + "\n" + gateway.tail())
    finally:
        gateway.remove()
    for problem in problems[:10]:
        print("FAIL", problem[:1500])
    print(f"seed {arguments.seed}: {sum(statuses.values())} requests, by status {dict(sorted(statuses.items()))}")
    print("1 passed, 0 failed" if not problems else "0 passed, 1 failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
