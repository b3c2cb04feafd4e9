"""The clock is set, forwards and backwards, while payments are taken."""
from node import FaultyNode, check, run

STEPS_S = (3600, -7200, 86400 * 3, -86400 * 5, 0.5, -0.5, 86400 * 400, -86400 * 400)


def tests(binary, rng, long_form, watch):
    node = FaultyNode(binary)

    async def steps():
        node.start()
        await node.make_partners()
        for by_s in STEPS_S * (20 if long_form else 1):
            node.control.step_clock(by_s)
            check(await node.work(rng, stories=1), "it went away when the clock was set by", by_s, "s:", node.gateway.tail())
        for partner in node.partners:
            times = [item["created"] for item in await partner.client.all("/v1/events")]
            check(times == sorted(times, reverse=True), "events out of their order:", times)
        node.gateway.kill()
        # Back to what it was, which is before much of what is in the log.
        node.control.reset_clock()
        return await node.recover_and_check()

    async def restarts():
        for by_s in (86400, -86400 * 2):
            node.control.step_clock(by_s)
            node.start()
            await node.work(rng)
            check(node.gateway.stop() == 0, node.gateway.tail())
        node.control.reset_clock()
        return await node.recover_and_check()

    yield "the clock is set under load", lambda: run(steps())
    yield "the clock is set between a stop and a start", lambda: run(restarts())
    node.remove()
