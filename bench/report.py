"""The results of bench/run as a page."""


def count(value):
    return f"{value:,.0f}"


def ms(us):
    return f"{us / 1000:,.2f}" if us < 100_000 else f"{us / 1000:,.0f}"


def errors(result):
    return (
        "none"
        if not result.get("errors")
        else ", ".join(f"{number} x {name}" for name, number in result["errors"].items())
    )


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


LOAD_HEADS = [
    "",
    "requests/s",
    "lowest to highest",
    "p50 ms",
    "p90 ms",
    "p99 ms",
    "p99.9 ms",
    "max ms",
    "node CPU us each",
    "errors",
]


def load_row(name, result):
    return [
        name,
        count(result["throughput_per_s"]),
        f"{count(result['lowest_per_s'])} to {count(result['highest_per_s'])}",
        ms(result["p50_us"]),
        ms(result["p90_us"]),
        ms(result["p99_us"]),
        ms(result["p99_9_us"]),
        ms(result["max_us"]),
        f"{result['cpu_us']:.1f}",
        errors(result),
    ]


def bare(result):
    return (
        "## The bare server\n\nThe HTTP front end on one thread with a handler that answers at once, 64 connections: the ceiling.\n\n"
        + table(
            LOAD_HEADS,
            [load_row("a trivial GET", result["trivial"]), load_row("a payment's request", result["payment"])],
        )
    )


def closed(result):
    rows = [
        load_row("64 connections", result["64"]),
        load_row("256 connections", result["256"]),
        load_row("64 connections, raw card number", result["raw-card"]),
    ]
    return (
        "## Payments, closed loop\n\nEach is created, confirmed and captured, and durable before it is answered. 1,000 partners.\n\n"
        + table(LOAD_HEADS, rows)
        + f"\nOn disk: {count(result['disk_bytes'])} bytes a payment (events, state, idempotency entry, index rows; write-ahead log "
        "included, as it is right after the run).\n"
    )


def open_loop(result):
    return (
        "## Payments, open loop\n\nAt a fixed rate; latency counts from the time when a request was due. 1,000 partners, 64 connections.\n\n"
        + table(
            LOAD_HEADS,
            [load_row("500/s, the average", result["average"]), load_row("5,000/s, the peak", result["peak"])],
        )
    )


def slow_disk(result):
    return "## The peak on a slower disk\n\n5,000/s, open loop, with time added to each sync.\n\n" + table(
        LOAD_HEADS, [load_row(f"+{int(delay) // 1000} ms", one) for delay, one in result.items()]
    )


def reads(result):
    names = {"retrieve": "one payment", "list": "a list of 10", "replay": "an idempotent replay"}
    return "## Reads and replays\n\nClosed loop, 64 connections, 1,000 partners.\n\n" + table(
        LOAD_HEADS, [load_row(names[name], one) for name, one in result.items()]
    )


def in_turn(heading, what, result):
    rows = [
        [name, f"{one['cpu_us']:.1f}", f"{one['cpu_more_percent']:+.1f} %", count(one["throughput_per_s"]), ms(one["p50_us"]), ms(one["p99_us"])]
        for name, one in result.items()
    ]
    runs = next(iter(result.values()))["runs"]
    return (
        f"## {heading}\n\nPayments, closed loop, 64 connections, "
        f"{runs} runs of each, taken in turn; medians, and the median of the differences between neighbours.\n\n"
        + table([what, "node CPU us each", "more CPU", "payments/s", "p50 ms", "p99 ms"], rows)
    )


def watching(result):
    return in_turn("What watching costs", "measured and logged", result)


def signing(result):
    return in_turn("What proofs cost", "checkpoints", result)


def reports(result):
    rows = []
    for name, one in result["rebuilt"].items():
        rows.append(load_row(name, one["at rest"]))
        rows.append(load_row(f"{name}, while reports are rebuilt ({one['rebuilds']} times)", one["during"]))
    return (
        in_turn("What reports cost", "daily figures", result["kept"])
        + "\nPayments while the reports are made again from the log, over and over, 1,000 partners:\n\n"
        + table(LOAD_HEADS, rows)
    )


def partners(result):
    rows = [
        [*load_row(f"{count(int(number))} partners", one), count(one["resident_mib"])] for number, one in result.items()
    ]
    return "## By number of partners\n\nClosed loop, 64 connections.\n\n" + table([*LOAD_HEADS, "resident MiB"], rows)


def memory(result):
    return "## Memory at rest\n\n" + table(
        ["partners", "resident MiB"], [[number, count(mib)] for number, mib in result.items()]
    )


def history(result):
    rows = [
        [
            count(point["payments"]),
            count(point["throughput_per_s"]),
            ms(point["p99_us"]),
            count(point["resident_mib"]),
            f"{point['disk_bytes'] / 2**30:.2f}",
            count(point["disk_bytes"] / point["payments"]),
            errors(point),
        ]
        for point in result["points"]
    ]
    records = result["records"]
    first, last = result["points"][0], result["points"][-1]
    grown = (last["disk_bytes"] - first["disk_bytes"]) / max(last["payments"] - first["payments"], 1) if last is not first else 0
    growth = f"\nDisk grows by {grown * 1e6 / 2**30:.2f} GiB per million payments (between the first and the last line).\n" if grown > 0 else ""
    return (
        "## With history\n\nClosed loop, 64 connections, 1,000 partners, after so many payments.\n\n"
        + table(
            ["payments made", "payments/s", "p99 ms", "resident MiB", "disk GiB", "disk bytes a payment", "errors"],
            rows,
        )
        + growth
        + f"\nThen, over {count(records)} events of {count(result['payments'])} payments:\n\n"
        + table(
            ["", "seconds", "events/s"],
            [
                [
                    "`tollgate audit verify` (hashes, legality, money, state)",
                    f"{result['verify_seconds']:.1f}",
                    count(records / result["verify_seconds"]),
                ],
                [
                    "`tollgate audit replay --json`",
                    f"{result['replay_seconds']:.1f}",
                    count(records / result["replay_seconds"]),
                ],
                ["restart until it serves", f"{result['restart_seconds']:.2f}", ""],
            ],
        )
        + f"\nThe first five seconds after the restart, at 5,000/s: p99 {ms(result['restart_p99_us'])} ms.\n"
    )


def drill(result):
    return "## A machine is lost\n\n`tools/drill`: a loaded node is killed, its data removed, and restored from its backup and archive.\n\n" + table(
        ["acknowledged requests", "lost", "oldest lost, s (RPO)", "loss to first answer, s (RTO)", "of it restore and verification, s", "records replayed"],
        [[count(result["acknowledged"]), count(result["lost"]), f"{result['rpo_seconds']:.2f}", f"{result['rto_seconds']:.2f}",
          f"{result['restore_seconds']:.2f}", count(result["replayed_records"])]],
    )


def isolation(result):
    names = {
        "flood": "one at 20 times its limit",
        "hanging": "one whose acquirer hangs",
        "garbage": "one with slow bodies and garbage",
    }
    rows = [
        [
            text,
            ms(result[key]["alone"]["p50_us"]),
            ms(result[key]["alone"]["p99_us"]),
            ms(result[key]["beside"]["p50_us"]),
            ms(result[key]["beside"]["p99_us"]),
            f"{result[key]['beside']['p99_us'] / result[key]['alone']['p99_us']:.2f}",
            errors(result[key]["beside"]),
        ]
        for key, text in names.items()
    ]
    return (
        "## Beside a partner that misbehaves\n\n100 partners that behave, 1,000 payments a second of theirs in all, open loop; alone and beside it in turns. What makes the "
        "trouble runs on the same machine.\n\n"
        + table(["beside", "alone: p50 ms", "p99 ms", "beside it: p50 ms", "p99 ms", "p99, times that alone", "errors of theirs"], rows)
    )


def overload(result):
    names = {"small": "5 ms syncs, 32 commands a write", "machine": "this machine, shared with the generator"}
    rows = []
    for key, text in names.items():
        for mode, words in (("shedding", "yes"), ("without", "no")):
            one = result[key][mode]
            rows.append(
                [
                    text,
                    words,
                    count(result[key]["peak_per_s"]),
                    count(one["goodput_per_s"]),
                    f"{one['goodput_per_s'] / result[key]['peak_per_s']:.0%}",
                    ms(one["p50_us"]),
                    ms(one["p99_us"]),
                    errors(one),
                    f"{one['recovery_seconds']:.1f}" if one["recovered"] else "not in 30",
                ]
            )
    return (
        "## Twice the load\n\nPayments at twice the peak of a closed loop, 4,000 connections; then at half of it, until a second passes without an error.\n\n"
        + table(["node", "shedding", "peak/s", "served/s at twice that", "of the peak", "p50 ms", "p99 ms", "others", "recovered after, s"], rows)
    )


def postgres(result, results):
    rows = [
        [
            name,
            count(result[key]["closed"]["throughput_per_s"]),
            ms(result[key]["closed"]["p50_us"]),
            ms(result[key]["closed"]["p99_us"]),
            count(result[key]["open"]["throughput_per_s"]),
            ms(result[key]["open"]["p50_us"]),
            ms(result[key]["open"]["p99_us"]),
        ]
        for name, key in (("five statements", "statements"), ("one statement", "one_statement"))
    ]
    text = (
        f"## PostgreSQL {result['version'].split()[0]}, the same payment as a transaction\n\nPayment, event, idempotency row and balance, durable "
        f"settings, prepared, {result['connections']} connections, pgbench over a local socket: no HTTP, keys, acquirer or hash chain.\n\n"
        + table(
            ["", "closed loop, payments/s", "p50 ms", "p99 ms", "5,000/s open loop: reached", "p50 ms", "p99 ms"], rows
        )
    )
    if "closed" in results:
        ratio = results["closed"]["64"]["throughput_per_s"] / result["best_per_s"]
        text += f"\ntollgate, with 64 connections and all of that: {ratio:.1f} times the better one.\n"
    return text


def seeds(results):
    """What each part was assumed to manage, beside what was measured for it here."""
    rows = []

    def add(what, assumed, section, name, measured):
        if section in results:
            rows.append([what, assumed, f"{name}: {count(measured(results[section]))}/s"])

    add(
        "API gateway", "1,000/s", "bare", "HTTP front end, payment requests", lambda r: r["payment"]["throughput_per_s"]
    )
    if "history" in results and "closed" in results:
        per_payment = results["history"]["records"] / results["history"]["payments"]
        add(
            "message queue",
            "800/s",
            "closed",
            "events appended, durable",
            lambda r: r["64"]["throughput_per_s"] * per_payment,
        )
    add("cache read", "5,000/s", "reads", "one payment over the API", lambda r: r["retrieve"]["throughput_per_s"])
    add(
        "cache write",
        "1,000/s",
        "closed",
        "payments, state rows in the same write",
        lambda r: r["64"]["throughput_per_s"],
    )
    add("database read", "2,000/s", "reads", "lists of 10 over the API", lambda r: r["list"]["throughput_per_s"])
    add("database write", "500/s", "closed", "payments, durable", lambda r: r["64"]["throughput_per_s"])
    add("core process", "700/s", "closed", "payments, whole", lambda r: r["64"]["throughput_per_s"])
    if "open" in results:
        for what, assumed, key in (("peak load", "5,000/s", "peak"), ("average load", "500/s", "average")):
            one = results["open"][key]
            rows.append([what, assumed, f"served at {count(one['throughput_per_s'])}/s, p99 {ms(one['p99_us'])} ms"])
    return (
        "## Beside the figures it was planned with\n\n" + table(["", "assumed", "measured here"], rows) if rows else ""
    )


SECTIONS = {
    "closed": closed,
    "open": open_loop,
    "slow-disk": slow_disk,
    "reads": reads,
    "watching": watching,
    "signing": signing,
    "reports": reports,
    "partners": partners,
    "memory": memory,
    "history": history,
    "isolation": isolation,
    "overload": overload,
    "drill": drill,
    "bare": bare,
}


def render(results):
    machine = results["machine"]
    text = (
        "# Measured\n\nWritten by `bench/run"
        + (" --quick" if results["quick"] else "")
        + f"` on {machine['date']}, commit {machine['commit']}. "
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, Linux {machine['kernel']}, {machine['file_system']}, "
        f"a small synced write {machine['sync_us']:.0f} us.\n\n"
        f"Medians of {results['repeats']} runs of {results['seconds']:g} seconds. The load generator shares the machine, and keeps its connections "
        "alive. Latencies are the client's.\n"
    )
    parts = [text]
    if results["quick"]:
        parts.append("This is the short form: single runs, little history. Not for comparing.\n")
    parts.append(seeds(results))
    parts += [render_section(results[name]) for name, render_section in SECTIONS.items() if name in results]
    if "postgres" in results:
        parts.append(postgres(results["postgres"], results))
    for name, why in results.get("failed", {}).items():
        parts.append(f"## {name}\n\nFailed: {why}\n")
    return "\n".join(part for part in parts if part)
