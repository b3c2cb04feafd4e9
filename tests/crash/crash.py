"""kill -9 under load, again and again. After each: every acknowledged request gives the same answer for the same key, what was not
acknowledged is there whole or not at all, everything in flight comes to one outcome, the acquirer's own books agree with ours,
and the log verifies."""
import argparse
import asyncio
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from gateway import Gateway, Operator  # noqa: E402
from story import (SETTLE_TIMEOUT_S, Load, Partner, acknowledged_are_repeated, books_agree,  # noqa: E402
                   unacknowledged_come_to_one_outcome)

PARTNERS = 4  # a round; they are spread over the partitions
WORKERS = 24
LOAD_S = (0.15, 1.2)  # how long a node lives under load before it is killed
RESTART_KILL_SHARE = 0.25  # of the rounds: killed once more while it recovers
OLD_ANSWERS_KEPT = 300  # of earlier rounds, repeated as well


async def one_round(gateway, rng, round_number, old_answers):
    operator = Operator(gateway.admin())
    partners = [Partner(*await operator.partner(name=f"Round {round_number}")) for _ in range(PARTNERS)]
    for partner in partners:
        partner.client = gateway.client(partner.key, WORKERS)
    await Load(partners, rng, f"round {round_number}", WORKERS).run_until(rng.uniform(*LOAD_S), gateway.kill)
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
