"""A node whose calls can be made to fail, and one round of work on it with everything that must hold afterwards."""
import asyncio
import errno
import mmap
import os
import struct
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from gateway import Cut, Gateway, Operator  # noqa: E402
from story import (SETTLE_TIMEOUT_S, Load, Partner, acknowledged_are_repeated, books_agree, check,  # noqa: E402
                   unacknowledged_come_to_one_outcome)

WORKERS = 3
STORIES = 2  # of each worker in a round
OPTIONS = ["--sandbox-latency-ms", "1", "--acquirer-timeout-ms", "300"]
# Those whose outcome is known soon, also when nobody answers.
CARDS = ["pm_card_visa"] * 4 + ["pm_card_chargeDeclined", "pm_card_tollgate_answerLost", "pm_card_tollgate_captureAnswerLost",
                               "pm_card_tollgate_refundAnswerLost", "pm_card_tollgate_answeredTwice"]
END_TIMEOUT_S = 20  # for a node that has said that it stops

KINDS = {"write": 1, "sync": 2, "truncate": 4, "rename": 8, "open": 16, "accept": 32, "read": 64}
SHORT = 0  # as an error: half of the write is done


class Control:
    """The mapped file that libfaultfs.so reads: struct control of faultfs.c."""

    LAYOUT = "<QQIIIiqQ128s256s"

    def __init__(self, folder):
        self.path = os.path.join(folder, "control")
        with open(self.path, "wb") as file:
            file.write(bytes(4096))
        with open(self.path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 4096)

    def set(self, offset, layout, value):
        struct.pack_into(layout, self.map, offset, value)

    def arm(self, kind, error=errno.EIO, fail_at=0, sticky=False, match=""):
        self.disarm()
        for offset, layout, value in ((0, "<Q", 0), (8, "<Q", fail_at), (20, "<I", int(sticky)), (24, "<I", KINDS[kind]), (28, "<i", error),
                                      (40, "<Q", 0), (48, "<128s", match.encode()), (176, "<256s", b"")):
            self.set(offset, layout, value)
        self.set(16, "<I", 1)

    def disarm(self):
        self.set(16, "<I", 0)

    def step_clock(self, by_s):
        self.set(32, "<q", struct.unpack_from("<q", self.map, 32)[0] + int(by_s * 1e9))

    def reset_clock(self):
        self.set(32, "<q", 0)

    @property
    def seen(self):
        return struct.unpack_from("<Q", self.map, 0)[0]

    @property
    def fired(self):
        """What failed first; empty if nothing did."""
        return struct.unpack_from("<256s", self.map, 176)[0].split(b"\0")[0].decode(errors="replace")


class FaultyNode:
    """`tollgate dev` under libfaultfs.so, on one data directory through any number of rounds."""

    def __init__(self, binary, data=None):
        self.folder = tempfile.mkdtemp(prefix="tollgate-fault-")
        self.control = Control(self.folder)
        self.gateway = Gateway(binary, OPTIONS, data)
        self.data = self.gateway.data
        library = os.path.join(os.path.dirname(binary), "libfaultfs.so")
        check(os.path.exists(library), "there is no", library)
        self.faulty = dict(os.environ, LD_PRELOAD=library, FAULTFS_CONTROL=self.control.path, FAULTFS_DIR=self.data)
        self.partners = []
        self.rounds = 0

    def remove(self):
        self.gateway.remove()
        os.unlink(self.control.path)
        os.rmdir(self.folder)

    def start(self):
        self.gateway.environment = self.faulty
        self.gateway.start()

    def try_start(self):
        """False if the node refuses to start: it must say why."""
        begin = self.log_size()
        try:
            self.start()
            return True
        except AssertionError:
            self.ended_clearly(begin)
            return False

    def log_size(self):
        self.gateway.log.flush()
        return os.fstat(self.gateway.log.fileno()).st_size

    def log_since(self, begin):
        with open(self.gateway.log.name, "rb") as log:
            log.seek(begin)
            return log.read().decode(errors="replace")

    def ended_clearly(self, begin):
        """The process has ended, or is about to: with a status that says so, and with words that a person can use."""
        status = self.gateway.process.wait(END_TIMEOUT_S)
        said = self.log_since(begin)
        check(status == 1, "it ended with", status, "and said:", said)
        check("tollgate: " in said and len(said) < 8000, "it said:", said)
        return said

    async def make_partners(self, count=2):
        operator = Operator(self.gateway.admin())
        self.partners = [Partner(*await operator.partner(name="Faults")) for _ in range(count)]

    def connect(self):
        for partner in self.partners:
            partner.client = self.gateway.client(partner.key, 8)

    async def work(self, rng, stories=STORIES):
        """False: the node went away meanwhile."""
        self.rounds += 1
        self.connect()
        return await Load(self.partners, rng, f"fault {self.rounds}", WORKERS, CARDS).run_stories(stories)

    async def is_serving(self):
        """False: it is going away, on what was found behind the last answer (the next sync or the anchor)."""
        for last in (False, True):
            try:
                answer = await self.gateway.client(self.partners[0].key, 1).get("/v1/balance")
                check(answer.status == 200, "it runs and does not serve:", answer)
                return True
            except Cut:
                if last and not self.control.fired:
                    raise
        return False

    async def nothing_is_lost(self):
        """On a node that runs without faults."""
        operator = Operator(self.gateway.admin())
        self.connect()
        clients = {partner.id: partner.client for partner in self.partners}
        for request in (request for partner in self.partners for request in partner.requests):
            if request.answer is not None and request.answer.status >= 500:
                request.answer = None  # an error acknowledges nothing
        acknowledged = [request for partner in self.partners for request in partner.requests if request.answer is not None]
        await acknowledged_are_repeated(acknowledged, clients)
        for partner in self.partners:
            await unacknowledged_come_to_one_outcome(partner)
        await operator.nothing_in_doubt(SETTLE_TIMEOUT_S)
        payments = sum([await books_agree(partner, operator) for partner in self.partners])
        for client in clients.values():
            client.close()
        return f"{len(acknowledged)} acknowledged, {payments} payments"

    async def recover_and_check(self):
        """Starts without faults, checks everything, and leaves the node stopped, with fresh partners for the next round."""
        self.control.disarm()
        self.start()
        what = await self.nothing_is_lost()
        await self.make_partners()
        check(self.gateway.stop() == 0, "it did not stop cleanly:", self.gateway.tail())
        self.gateway.audit()
        return what


def run(coroutine):
    return asyncio.run(coroutine)
