"""A full file system, and too few file descriptors."""
import asyncio
import os
import resource
import subprocess
import tempfile
import time

from node import FaultyNode, check, run

SMALL_MIB = 40
CONNECTIONS = 60
SPIN_SHARE_MAX = 0.5  # of one CPU, by a node that has nothing to do


class SmallDisk:
    """A file system of its own, when this user may mount one."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="tollgate-small-")
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_MIB}m", "tollgate-test", self.path], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            os.rmdir(self.path)
            raise NotImplementedError(f"no file system can be mounted here: {made.stderr.strip() or made.returncode}")

    def grow(self):
        subprocess.run(["mount", "-o", "remount,size=1g", self.path], check=True)

    def remove(self):
        subprocess.run(["umount", self.path], check=True)
        os.rmdir(self.path)


def full_disk(binary, rng):
    disk = SmallDisk()
    data = os.path.join(disk.path, "data")
    os.mkdir(data)
    node = FaultyNode(binary, data)
    try:
        node.start()
        run(node.make_partners())
        run(node.work(rng))
        check(node.gateway.running(), node.gateway.tail())
        # Somebody else fills the disk, while payments are taken.
        filler = os.path.join(disk.path, "filler")
        stat = os.statvfs(disk.path)
        with open(filler, "wb") as file:
            file.write(bytes(max(0, stat.f_bavail * stat.f_frsize - (64 << 10))))
        begin = node.log_size()
        deadline_s = time.monotonic() + 60
        while run(node.work(rng, stories=20)):
            check(time.monotonic() < deadline_s, "it takes payments, and nothing can be written")
        said = node.ended_clearly(begin)
        check("No space left on device" in said, "it said:", said)
        # Still full: it refuses to start, or starts and stops at the first write.
        begin = node.log_size()
        if node.try_start() and run(node.work(rng)):
            check(False, "it takes payments on a full disk")
        elif node.gateway.running():
            node.ended_clearly(begin)
        disk.grow()
        os.unlink(filler)
        return run(node.recover_and_check())
    finally:
        if node.gateway.process.poll() is None:
            node.gateway.kill()
        node.remove()
        disk.remove()


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        parts = file.read().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


async def few_descriptors(node, rng):
    node.start()
    await node.make_partners()
    pid = node.gateway.process.pid
    await node.work(rng)
    check(await node.is_serving(), "it does not serve")
    await asyncio.sleep(0.2)
    limit = len(os.listdir(f"/proc/{pid}/fd")) + 15
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, limit))
    url = node.gateway.client()
    held = []
    for _ in range(CONNECTIONS):
        try:
            held.append(await asyncio.open_connection(url.host, url.port))
        except OSError:
            pass
    began_s, used_s = time.monotonic(), cpu_s(pid)
    await asyncio.sleep(1)
    share = (cpu_s(pid) - used_s) / (time.monotonic() - began_s)
    check(share < SPIN_SHARE_MAX, f"without descriptors it spins: {share:.2f} of a CPU")
    check(node.gateway.running(), "without descriptors it died:", node.gateway.tail())
    for _, writer in held:
        writer.close()
    await asyncio.sleep(0.3)
    check(await node.work(rng), "it did not serve again:", node.gateway.tail())
    node.gateway.kill()
    return f"{share:.2f} of a CPU meanwhile; {await node.recover_and_check()}"


def too_few_to_start(node):
    """Whatever the limit, it starts or says why not."""
    refused = 0
    for limit in (8, 16, 24, 32, 40, 48):
        node.gateway.prepare = lambda limit=limit: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        started = node.try_start()
        if started:
            node.gateway.kill()
        refused += not started
    node.gateway.prepare = None
    check(refused > 0, "it needs no descriptors")
    return f"refused {refused} times; {run(node.recover_and_check())}"


def tests(binary, rng, long_form, watch):
    yield "a disk that fills up", lambda: full_disk(binary, rng)
    node = FaultyNode(binary)
    yield "more connections than file descriptors", lambda: run(few_descriptors(node, rng))
    yield "too few file descriptors to start", lambda: too_few_to_start(node)
    node.remove()
