"""Thousands of connections on which nothing happens."""
import asyncio
import os
import re
import resource
import socket
import time

from served import Served

CONNECTIONS = 10_000
PER_ADDRESS = 2_000  # a node takes 4,000 from one address
DESCRIPTORS_BESIDE = 2_000  # a node keeps 1,024 for itself
IDLE_TIMEOUT_MS = 12_000
COUNTED_EVERY_S = 5  # the gauge of open connections
KIB_PER_CONNECTION_MAX = 16  # 6 measured, half of them served once
CPU_MAX = 0.1

BALANCE = "GET /v1/balance HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n\r\n"


def resident_kib(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def cpu_s(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def connect(host, port, number):
    made = socket.socket()
    made.settimeout(30)
    made.bind((f"127.0.0.{2 + number // PER_ADDRESS}", 0))
    made.connect((host, port))
    return made


def descriptors(wanted):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < wanted:
        raise NotImplementedError(f"{wanted} file descriptors are needed, {hard} may be open")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def open_connections(node):
    metrics = (await node.admin().get("/metrics")).text
    return int(float(re.search(r'^tollgate_http_connections_open{[^}]*api[^}]*} (\S+)', metrics, re.M).group(1)))


async def until(holds, node, seconds):
    deadline = time.monotonic() + seconds
    while not holds(count := await open_connections(node)):
        assert time.monotonic() < deadline, f"{count} connections are open after {seconds} s"
        await asyncio.sleep(0.2)


async def ten_thousand_idle_connections_cost_little_and_are_closed(binary):
    descriptors(CONNECTIONS + DESCRIPTORS_BESIDE)
    node = Served(binary, api={"listen": "127.0.0.1:0", "idle_timeout_ms": IDLE_TIMEOUT_MS, "request_header_timeout_ms": 60_000}).start()
    connections = []
    try:
        _, key = await node.operator().partner()
        client = node.client(key)
        await client.must("GET", "/v1/balance")
        before_kib = resident_kib(node.process.pid)
        for number in range(CONNECTIONS):
            connections.append(connect(client.host, client.port, number))
            if number % 2:  # served once, and kept
                connections[-1].sendall(BALANCE.format(key).encode())
                assert connections[-1].recv(4096).startswith(b"HTTP/1.1 200"), number
        kib = (resident_kib(node.process.pid) - before_kib) / CONNECTIONS
        before_s = cpu_s(node.process.pid)
        time.sleep(1)
        cpu = cpu_s(node.process.pid) - before_s
        began = time.monotonic()
        await client.must("GET", "/v1/balance")
        print(f"        {CONNECTIONS} connections: {kib:.1f} KiB each, {cpu:.0%} of a core; a request beside them took {(time.monotonic() - began) * 1000:.1f} ms",
              flush=True)
        await until(lambda count: count >= CONNECTIONS, node, 2 * COUNTED_EVERY_S)
        assert kib < KIB_PER_CONNECTION_MAX, kib
        assert cpu < CPU_MAX, cpu
        await until(lambda count: count <= 1, node, IDLE_TIMEOUT_MS / 1000 + 3 * COUNTED_EVERY_S)
        await client.settled_post("/v1/customers", {"name": "After"}, "after", cuts_max=1)
    finally:
        for one in connections:
            one.close()
        node.remove()
