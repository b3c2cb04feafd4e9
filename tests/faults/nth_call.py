"""The N-th call fails: while the node starts, or while it serves."""
import errno
import pathlib
import signal

from node import SHORT, FaultyNode, check, run

# kind, error, part of the path, whether it goes on failing
FAULTS = [("write", errno.EIO, "/log/", False), ("write", errno.ENOSPC, "", True), ("write", SHORT, "", False),
          ("sync", errno.EIO, "/log/", False), ("sync", errno.EIO, "/vault/", False), ("sync", errno.EIO, "/anchor", False),
          ("write", errno.EIO, "/anchor", False), ("write", errno.EIO, "/sandbox/", False), ("truncate", errno.ENOSPC, "", True),
          ("rename", errno.EIO, "", False), ("open", errno.EMFILE, "", False), ("open", errno.EACCES, "", True), ("read", errno.EIO, "", False),
          ("accept", errno.EMFILE, "", False)]


def name_of(fault, when, number):
    kind, error, match, sticky = fault
    what = "does half" if error == SHORT else f"fails with {errno.errorcode[error]}"
    return f"{kind} {number}{' and all later ones' if sticky else ''}{f' on {match}' if match else ''} {what} while it {when}"


async def one(node, rng, fault, when, number):
    """One round with one fault. Gives the count of calls that were seen, and what came of it."""
    kind, error, match, sticky = fault
    control, gateway = node.control, node.gateway
    begin = node.log_size()
    if when == "starts":
        control.arm(kind, error, number, sticky, match)
        if not node.try_start():
            seen, fired = control.seen, control.fired
            check(fired, "it refused to start without a fault")
            return seen, f"{fired}: refused to start; {await node.recover_and_check()}"
    else:
        node.start()
        control.arm(kind, error, number, sticky, match)
    served = await node.work(rng)
    # The one connection that was turned away ends the work, not the node.
    served = served or (kind == "accept" and gateway.running())
    served = served and gateway.running() and await node.is_serving()
    seen, fired = control.seen, control.fired
    if served:
        came = "served on"
        if number % 2:
            gateway.kill()
        else:
            # What it could not write it may find out only now.
            gateway.process.send_signal(signal.SIGTERM)
            status = gateway.process.wait(30)
            check(status == 0 or (status == 1 and control.fired), "it stopped with", status, gateway.tail())
    else:
        check(fired, "it went away without a fault:", gateway.tail())
        node.ended_clearly(begin)
        came = "stopped"
    return seen, f"{fired or 'no fault'}: {came}; {await node.recover_and_check()}"


def tests(binary, rng, long_form, watch):
    """Yields (name, function). The long form goes through every call, from the first to the last that is seen."""
    node = FaultyNode(binary)

    def prepare():
        node.start()
        run(node.make_partners())
        run(node.work(rng))
        node.gateway.kill()
        # RocksDB's own logger, which tells of every start, ends the process at the first line behind one that the disk did not take.
        for path in pathlib.Path(node.data).rglob("LOG"):
            check(path.stat().st_size == 0, path, "is written by RocksDB's own logger:", path.read_text()[:300])
        return run(node.recover_and_check())

    yield "a round without faults", prepare
    for when in ("starts", "serves"):
        for fault in FAULTS:
            if fault[0] == "accept" and when == "starts":
                continue
            total, _ = run(one(node, rng, fault, when, 0))
            if total == 0:
                continue  # no such call then
            last = max(1, total)
            numbers = range(1, last + 1) if long_form else spread(rng, when, last)
            for number in numbers:
                if watch.is_over():
                    break
                yield name_of(fault, when, number), lambda fault=fault, number=number, when=when: run(one(node, rng, fault, when, number))[1]
    if not watch.failed:
        node.remove()
    else:
        print(f"the data directory is kept: {node.data}")


def spread(rng, when, last):
    """Two of them; at the start the first one is always among them."""
    return sorted({1 if when == "starts" else rng.randint(1, last), rng.randint(1, last)})
