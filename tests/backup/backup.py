"""Backups, archive and restore of a node, as an operator uses them."""
import asyncio
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from gateway import run_tests  # noqa: E402
from served import KEYS, Journal, Refused, Served  # noqa: E402


def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(part) for part in what))


def flip_byte(path, at):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 0x10]))


def files_of(backups):
    return sorted(path for path in glob.glob(os.path.join(backups, "files", "*", "*")) if os.path.isfile(path))


def on_a_node(archive=False, **sections):
    """A test that is given a node with a partner and its client."""
    def decorate(test):
        async def run(binary):
            node = Served(binary)
            node.sections = dict(sections)
            if archive:
                node.sections["archive"] = {"directory": node.archive, "interval_ms": 100}
            try:
                node.start()
                partner, key = await node.operator().partner()
                journal = Journal(key, test.__name__)
                await test(node, journal, node.client(key))
            finally:
                node.remove()
        run.__name__ = test.__name__
        return run
    return decorate


async def signed(node, generation, timeout_s=30):
    """Waits until the node has signed that generation of every partition, and has put down the keys for it."""
    folder, deadline = os.path.join(node.data, "checkpoints"), time.monotonic() + timeout_s
    partitions = [partition for partition, sequence in (await node.heads()).items() if sequence > 0]
    suffix = "" if generation == 1 else f"-{generation}"

    def done(partition):
        signed = os.path.join(folder, "signed")
        if not os.path.exists(signed):
            return False
        with open(signed) as file:
            return f"partition {partition} generation {generation} " in file.read()

    while not all(map(done, partitions)):
        check(time.monotonic() < deadline, f"generation {generation} is not signed")
        await asyncio.sleep(0.05)


async def go_on(node, kept, journal):
    """Starts the restored node, and shows that partners can go on with it. Gives the client."""
    node.put_keys(kept)
    node.start()
    client = node.client(journal.key)
    await journal.load(client, 4)
    with open(os.path.join(node.data, "log_generation")) as file:
        await signed(node, int(file.read()))
    node.run("audit", "verify", node.data)
    return client


@on_a_node()
async def a_restored_node_signs_as_another_log(node, journal, client):
    await journal.load(client, 8)
    await signed(node, 1)
    node.run("backup", "create", "--data", node.data, "--to", node.backups)
    # Signed, and lost: the backup's log ends before it.
    await journal.load(client, 4)
    kept = node.lose()
    node.run("restore", "--from", node.backups, "--to", node.data)
    for name in ("tlog", "anchor", "vault/anchor"):
        check(not os.path.exists(os.path.join(node.data, name)), "it is made from the log, and not restored:", name)
    node.put_keys(kept)
    node.run("audit", "verify", node.data)
    await go_on(node, kept, journal)
    await signed(node, 2)
    node.stop()
    with open(os.path.join(node.data, "checkpoints", "history")) as file:
        check(" generation 1 " in file.read(), "what the lost node has signed is forgotten")
    keys = sorted(os.listdir(os.path.join(node.data, "checkpoints")))
    check(any(name.endswith("-2.vkey") for name in keys), keys)
    node.run("audit", "verify", node.data)
    # Again, from the stopped node: the evidence of both.
    node.run("backup", "create", "--data", node.data, "--to", node.backups)
    elsewhere = os.path.join(node.root, "elsewhere")
    check(node.json("restore", "--from", node.backups, "--to", elsewhere)["log_generation"] == 3, "third")
    node.run("audit", "verify", elsewhere)
    node.run("audit", "verify", node.backups)


@on_a_node()
async def a_restored_backup_answers_every_key_as_before(node, journal, client):
    await journal.load(client, 20)
    before = list(journal.acknowledged())
    made = node.json("backup", "create", "--data", node.data, "--to", node.backups)
    check([key["file"] for key in made["keys"]] == ["vault/vault.key", "pepper.key", "checkpoint.key"] and not any(key["in_backup"] for key in made["keys"]), made)
    await journal.load(client, 8)
    after = journal.acknowledged()[len(before):]
    kept = node.lose()
    restored = node.json("restore", "--from", node.backups, "--to", node.data)
    check(restored["ok"] and restored["backup"] == made["id"] and restored["log_generation"] == 2, restored)
    check([key["file"] for key in restored["keys_missing"]] == ["vault/vault.key", "pepper.key", "checkpoint.key"], restored)
    node.put_keys(kept)
    node.start()
    client = node.client(journal.key)
    same, lost = await journal.compare(client, before)
    check(len(same) == len(before) and not lost, "of", len(before), "lost", lost)
    # What came after the backup is gone, whole: its keys are free again, and in the same order lead to the same kind of answers.
    customers = {customer["id"] for customer in await client.all("/v1/customers")}
    for path, _, _, answer, _ in after:
        if path == "/v1/customers":
            check(answer.json["id"] not in customers, "it is there, and was not in the backup:", answer)
    # Personal data opens, and a stored card can be charged.
    for path, params, _, answer, _ in before:
        if path == "/v1/customers":
            found = await client.must("GET", f"/v1/customers/{answer.json['id']}")
            check(found["email"] == params["email"], found)
    payment = next(answer.json for path, _, _, answer, _ in before if path == "/v1/payment_intents")
    charged = await client.post("/v1/payment_intents", {"amount": 500, "currency": "usd", "customer": payment["customer"], "payment_method": payment["payment_method"],
                                                        "confirm": True, "off_session": True, "payment_method_types": ["card"]}, "again with the stored card")
    check(charged.status == 200 and charged.json["status"] == "succeeded", charged)
    epochs = {one["epoch"] for one in (await node.status())["partitions"] if one["sequence"] > 0}
    check(max(epochs) >= 2 << 32, "the restored node writes with an epoch that the lost one may have used:", epochs)
    node.run("audit", "verify", node.data)


@on_a_node(archive=True)
async def with_an_archive_nothing_that_was_archived_is_lost(node, journal, client):
    await journal.load(client, 10)
    node.run("backup", "create", "--data", node.data, "--to", node.backups)
    await journal.load(client, 20)
    archived = await node.archived()
    acknowledged = list(journal.acknowledged())
    kept = node.lose()
    restored = node.json("restore", "--from", node.backups, "--archive", node.archive, "--to", node.data)
    check(restored["ok"] and not restored["folded"] and restored["replayed"] > 0, restored)
    check({str(one["partition"]): one["sequence"] for one in restored["partitions"]} == archived, restored["partitions"], archived)
    client = await go_on(node, kept, journal)
    same, lost = await journal.compare(client, acknowledged)
    check(len(same) == len(acknowledged) and not lost, "of", len(acknowledged), "lost", len(lost))
    await node.archived()
    check(node.json("archive", "verify", node.archive)["ok"], "the archive goes on in the new generation")
    # The lost node's archive stays as it was.
    check(node.json("archive", "list", node.archive, "--generation", "1")["log_generation"] == 1, "")


@on_a_node(archive=True)
async def an_archive_alone_is_enough(node, journal, client):
    await journal.load(client, 12)
    await node.archived()
    acknowledged = list(journal.acknowledged())
    kept = node.lose()
    restored = node.json("restore", "--archive", node.archive, "--to", node.data)
    check(restored["ok"] and restored["folded"] and restored["backup"] is None, restored)
    client = await go_on(node, kept, journal)
    same, lost = await journal.compare(client, acknowledged)
    check(len(same) == len(acknowledged) and not lost, "lost", lost)


@on_a_node(archive=True)
async def a_day_s_amount_is_known_after_a_restore(node, journal, client):
    partner = (await client.must("GET", "/v1/account"))["id"]
    day = time.gmtime().tm_yday

    def today():
        return node.json("partner", "show", partner, "--data", node.data)["use"]["test"]["amount_today"]["now"]

    async def pay(client, amount, key):
        return await client.post("/v1/payment_intents", {"amount": amount, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
                                                         "payment_method_types": ["card"]}, key)

    node.run("partner", "update", partner, "--amount-per-day", "10000", "--data", node.data)
    check((await pay(client, 4000, "before the backup")).status == 200, "within the limit")
    node.run("backup", "create", "--data", node.data, "--to", node.backups)
    check((await pay(client, 5000, "behind the backup")).status == 200, "within the limit")
    await node.archived()
    before = today()
    kept = node.lose()
    for options in (["--from", node.backups, "--archive", node.archive], ["--archive", node.archive]):
        shutil.rmtree(node.data, ignore_errors=True)
        node.run("restore", *options, "--to", node.data)
        node.put_keys(kept)
        node.start()
        if time.gmtime().tm_yday == day:  # else a new day has begun, with nothing in it
            check(before == today() == {"usd": 9000}, options, before, today())
            refused = await pay(node.client(journal.key), 1001, f"too much {options}")
            check(refused.status == 429, refused.status, refused.json)
        node.stop()


@on_a_node(archive=True)
async def a_restore_goes_back_to_a_time_or_a_record(node, journal, client):
    node.run("backup", "create", "--data", node.data, "--to", node.backups)
    await journal.load(client, 10)
    early = list(journal.acknowledged())
    await asyncio.sleep(0.01)
    moment = time.time()
    heads = await node.heads()
    await asyncio.sleep(0.01)
    await journal.load(client, 10)
    node.run("backup", "create", "--data", node.data, "--to", node.backups)
    await node.archived()
    kept = node.lose()
    when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f".{int(moment % 1 * 1e6):06}Z"
    elsewhere = os.path.join(node.root, "elsewhere")
    for options in (["--from", node.backups, "--archive", node.archive], ["--archive", node.archive], ["--from", node.backups]):
        # With the second backup alone, everything up to the moment is folded from the records that it holds.
        if "--archive" not in options:
            first = node.json("backup", "list", node.backups)[0]["id"]
            os.unlink(os.path.join(node.backups, "backups", first + ".json"))
        restored = node.json("restore", *options, "--to", elsewhere, "--until", when)
        check(restored["ok"] and restored["left_out"] > 0, restored)
        check({str(one["partition"]): one["sequence"] for one in restored["partitions"]} == heads, options, restored["partitions"], heads)
        shutil.rmtree(elsewhere)
    partition = max(heads, key=lambda one: heads[one])
    restored = node.json("restore", "--archive", node.archive, "--to", node.data, "--until", f"{partition}:{heads[partition]}")
    check({str(one["partition"]): one["sequence"] for one in restored["partitions"]} == heads, restored, heads)
    client = await go_on(node, kept, journal)
    same, lost = await journal.compare(client, early)
    check(len(same) == len(early) and not lost, "lost", lost)


@on_a_node(archive=True)
async def every_restore_is_another_generation(node, journal, client):
    await journal.load(client, 4)
    node.run("backup", "create", "--data", node.data, "--to", node.backups)
    await node.archived()
    kept = node.lose()
    check(node.json("restore", "--from", node.backups, "--archive", node.archive, "--to", node.data)["log_generation"] == 2, "first")
    await go_on(node, kept, journal)
    await node.archived()
    kept = node.lose()
    # Of the restored node there is no backup yet, but its archive: nothing that it acknowledged is lost.
    restored = node.json("restore", "--from", node.backups, "--archive", node.archive, "--to", node.data)
    check(restored["log_generation"] == 3, restored)
    client = await go_on(node, kept, journal)
    same, lost = await journal.compare(client)
    check(not lost, "lost", lost)
    with open(os.path.join(node.data, "log_generation")) as file:
        check(file.read() == "3\n", "log_generation")
    # The same old backup once more, to elsewhere: again another one, because the third may have signed something.
    elsewhere = os.path.join(node.root, "elsewhere")
    check(node.json("restore", "--from", node.backups, "--to", elsewhere)["log_generation"] == 4, "fourth")
    epochs = [json.loads(line)["epoch"] for line in node.run("audit", "replay", node.data, "--json").splitlines()]
    check({epoch >> 32 for epoch in epochs} == {0, 2, 3}, "epochs of all three generations", set(epochs))


@on_a_node()
async def a_second_backup_copies_only_what_is_new(node, journal, client):
    await journal.load(client, 60)
    first = node.json("backup", "create", "--data", node.data, "--to", node.backups)
    names = set(files_of(node.backups))
    await journal.load(client, 2)
    second = node.json("backup", "create", "--data", node.data, "--to", node.backups)
    check(first["new_bytes"] <= first["bytes"] and second["new_bytes"] < second["bytes"] / 2, first, second)
    check(names <= set(files_of(node.backups)), "files of the first backup are gone")
    listed = node.json("backup", "list", node.backups)
    check([one["id"] for one in listed] == [first["id"], second["id"]], listed)
    # Of a stopped node, directly; and while it is running, not behind its back.
    node.stop()
    third = node.json("backup", "create", "--data", node.data, "--to", node.backups)
    check({one["partition"]: one["sequence"] for one in third["partitions"]} == {one["partition"]: one["sequence"] for one in second["partitions"]}, second, third)
    verified = node.json("backup", "verify", node.backups, "--audit")
    check(verified["ok"] and len(verified["backups"]) == 3, verified)


@on_a_node()
async def pruning_keeps_what_other_backups_need(node, journal, client):
    for _ in range(4):
        await journal.load(client, 6)
        node.run("backup", "create", "--data", node.data, "--to", node.backups)
    ids = [one["id"] for one in node.json("backup", "list", node.backups)]
    files = set(files_of(node.backups))
    check("--keep-last" in node.run("backup", "prune", node.backups, expect=2), "pruning must be told what to keep")
    pruned = node.json("backup", "prune", node.backups, "--keep-last", "2")
    check(pruned["removed"] == ids[:2] and pruned["files"] > 0, pruned, ids)
    check(set(files_of(node.backups)) < files, "no file was removed")
    verified = node.json("backup", "verify", node.backups, "--audit")
    check(verified["ok"] and [one["id"] for one in verified["backups"]] == ids[2:], verified)
    # All are younger than a day.
    check(node.json("backup", "prune", node.backups, "--keep-days", "1")["removed"] == [], "younger than a day")
    kept = node.lose()
    node.run("restore", "--from", node.backups, "--to", node.data)
    client = await go_on(node, kept, journal)
    _, lost = await journal.compare(client)
    check(not lost, "lost", lost)


@on_a_node(archive=True)
async def a_flipped_byte_is_found_wherever_it_is(node, journal, client):
    await journal.load(client, 10)
    node.run("backup", "create", "--data", node.data, "--to", node.backups)
    await node.archived()
    node.lose()
    for path in files_of(node.backups):
        size = os.path.getsize(path)
        if size == 0:
            continue
        flip_byte(path, size // 2)
        said = node.run("backup", "verify", node.backups, expect=1)
        check(os.path.basename(path) in said, "the file is not named:", said)
        flip_byte(path, size // 2)
    node.run("backup", "verify", node.backups)
    manifest = glob.glob(os.path.join(node.backups, "backups", "*.json"))[0]
    flip_byte(manifest, os.path.getsize(manifest) // 2)
    check("manifest" in node.run("backup", "verify", node.backups, expect=1), "manifest")
    flip_byte(manifest, os.path.getsize(manifest) // 2)
    for path in glob.glob(os.path.join(node.archive, "g*", "p*", "*.seg")):
        size = os.path.getsize(path)
        for at in (0, 30, 100, 170, size // 2, size - 60, size - 1):
            flip_byte(path, at)
            said = node.run("archive", "verify", node.archive, expect=1)
            check(path in said, "the segment is not named:", at, said)
            flip_byte(path, at)
    node.run("archive", "verify", node.archive)
    # A restore from a damaged file stops, and nothing starts on what it left.
    sst = next(path for path in files_of(node.backups) if os.path.getsize(path) > 1000)
    flip_byte(sst, os.path.getsize(sst) // 2)
    check("SHA-256" in node.run("restore", "--from", node.backups, "--to", node.data, expect=1), "restored from a damaged file")
    try:
        node.start()
        raise AssertionError("a node started on half a restore")
    except Refused as refused:
        check("did not finish" in str(refused), refused)


@on_a_node()
async def a_log_that_was_cut_or_exchanged_is_not_backed_up_as_a_whole_one(node, journal, client):
    await journal.load(client, 3)
    node.stop()
    older = os.path.join(node.root, "older")
    shutil.copytree(node.data, older)
    node.start()
    await journal.load(node.client(journal.key), 3)
    node.stop()
    whole = os.path.join(node.root, "whole")
    shutil.copytree(node.data, whole)
    node.run("backup", "create", "--data", node.data, "--to", node.backups)
    shutil.rmtree(os.path.join(node.data, "log"))
    shutil.copytree(os.path.join(older, "log"), os.path.join(node.data, "log"))
    said = node.run("backup", "create", "--data", node.data, "--to", node.backups, expect=1)
    check("were acknowledged" in said and "a checkpoint over" in said, said)
    os.unlink(os.path.join(node.data, "anchor"))
    said = node.run("backup", "create", "--data", node.data, "--to", node.backups, expect=1)
    check("a checkpoint over" in said, said)
    check(len(node.json("backup", "list", node.backups)) == 1, "a backup was made")
    # Verified against the signed roots, with the keys in the backup or an auditor's.
    checked = node.json("backup", "verify", node.backups)["backups"][0]
    check(checked["checkpoints"] > 0, checked)
    keys = os.path.join(whole, "checkpoints")
    compared = node.json("audit", "verify", node.backups, "--key", os.path.join(keys, "1.vkey"))["compared"]
    check(compared["checkpoints"] > 0 and compared["checkpoint_partitions"] == 1, compared)
    # Of another node, and long enough.
    other = os.path.join(node.root, "other")
    os.rename(node.data, other)
    node.start()
    _, key = await node.operator().partner()
    other_journal = Journal(key, "another log")
    await other_journal.load(node.client(key), 12)
    node.stop()
    shutil.rmtree(os.path.join(whole, "log"))
    shutil.copytree(os.path.join(node.data, "log"), os.path.join(whole, "log"))
    os.unlink(os.path.join(whole, "anchor"))
    exchanged = os.path.join(node.root, "exchanged")
    node.run("backup", "create", "--data", whole, "--to", exchanged)
    said = node.run("backup", "verify", exchanged, expect=1)
    check("a checkpoint was signed over" in said, said)
    check("a checkpoint was signed over" in node.run("audit", "verify", exchanged, expect=1), "the auditor is not told")


@on_a_node(archive=True)
async def what_is_left_of_a_log_goes_on_once_it_is_accepted(node, journal, client):
    await journal.load(client, 3)
    node.stop()
    older = os.path.join(node.root, "older")
    shutil.copytree(os.path.join(node.data, "log"), older)
    node.start()
    await journal.load(node.client(journal.key), 3)
    await signed(node, 1)
    node.stop()
    shutil.rmtree(os.path.join(node.data, "log"))
    shutil.copytree(older, os.path.join(node.data, "log"))
    shutil.rmtree(node.archive)
    try:
        node.start()
        raise AssertionError("a cut log was started")
    except Refused as refused:
        check("missing at its end" in str(refused), refused)
    said = node.run("anchor", "accept", node.data, "--reason", "there is no backup")
    check("given up" in said and "log_generation is now 2" in said, said)
    node.start()
    await Journal(journal.key, "afterwards").load(node.client(journal.key), 2)
    await signed(node, 2)
    node.stop()
    node.run("audit", "verify", node.data)


@on_a_node()
async def a_generation_is_a_number_that_a_log_can_have(node, journal, client):
    await journal.load(client, 1)
    node.stop()
    node.run("backup", "create", "--data", node.data, "--to", node.backups)
    to = os.path.join(node.root, "restored")
    for wrong in ("0", "-1", "4294967296", "18446744073709551615", "1e3", "0x10", "010"):
        said = node.run("restore", "--from", node.backups, "--to", to, f"--generation={wrong}", expect=2)
        check("--generation" in said and not os.path.exists(to), wrong, said)
    for option in ("--until", "--backup"):
        check(option in node.run("restore", "--from", node.backups, "--to", to, option, "", expect=2), option)
    check(node.json("restore", "--from", node.backups, "--to", to, "--generation", "10")["log_generation"] == 10, "given")


@on_a_node()
async def a_path_that_is_no_text_is_told_in_json_as_well(node, journal, client):
    await journal.load(client, 1)
    node.stop()
    backups, to = (os.fsencode(os.path.join(node.root, name)) + b"\xff" for name in ("backups", "restored"))
    for arguments in (("backup", "create", "--data", node.data, "--to", backups), ("restore", "--from", backups, "--to", to), ("audit", "export-tiles", to, to + b"-tiles")):
        ended = subprocess.run([node.binary, *arguments, "--json"], capture_output=True, timeout=600, check=False)
        check(ended.returncode == 0 or b"nothing was signed" in ended.stderr, arguments, ended)
        check(ended.returncode != 0 or json.loads(ended.stdout.decode()), arguments, ended)


@on_a_node(archive=True)
async def a_missing_or_cut_segment_is_a_clear_error(node, journal, client):
    for _ in range(3):
        await journal.load(client, 4)
        await node.archived()
    node.lose()
    segments = sorted(glob.glob(os.path.join(node.archive, "g0001", "p*", "*.seg")))
    middle = [path for path in segments if "p00000" not in path][1]
    with open(middle, "rb") as file:
        content = file.read()
    os.unlink(middle)
    check("gap" in node.run("archive", "verify", node.archive, expect=1), "a gap")
    check("gap" in node.run("restore", "--archive", node.archive, "--to", os.path.join(node.root, "one"), expect=1), "a gap")
    with open(middle, "wb") as file:
        file.write(content[:-10])
    check("length" in node.run("restore", "--archive", node.archive, "--to", os.path.join(node.root, "two"), expect=1), "a cut segment")


@on_a_node(archive=True)
async def a_damaged_copy_of_the_vault_in_an_archive_is_named(node, journal, client):
    for _ in range(2):
        await journal.load(client, 4)
        await node.archived()
    node.lose()
    newest = max(glob.glob(os.path.join(node.archive, "side", "backups", "*.json")))
    flip_byte(newest, os.path.getsize(newest) // 2)
    said = node.run("restore", "--archive", node.archive, "--to", os.path.join(node.root, "one"), expect=1)
    check(newest in said and "vault" in said, "the manifest is not named:", said)
    check(newest in node.run("archive", "verify", node.archive, expect=1), "not found by archive verify")
    flip_byte(newest, os.path.getsize(newest) // 2)
    largest = max(glob.glob(os.path.join(node.archive, "side", "files", "*", "*")), key=os.path.getsize)
    flip_byte(largest, os.path.getsize(largest) // 2)
    check(largest in node.run("archive", "verify", node.archive, expect=1), "a damaged file")
    flip_byte(largest, os.path.getsize(largest) // 2)
    node.run("archive", "verify", node.archive)
    check(node.json("restore", "--archive", node.archive, "--to", os.path.join(node.root, "two"))["ok"], "the whole one")
    # Removed by somebody who knows what that means: the one before.
    os.unlink(newest)
    node.json("restore", "--archive", node.archive, "--to", os.path.join(node.root, "three"))


@on_a_node()
async def a_crash_in_the_middle_of_a_backup_leaves_the_older_ones_whole(node, journal, client):
    await journal.load(client, 20)
    whole = node.json("backup", "create", "--data", node.data, "--to", node.backups)
    await journal.load(client, 20)
    node.stop()
    done = 0
    for delay_s in (0.0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08):
        process = subprocess.Popen([node.binary, "backup", "create", "--data", node.data, "--to", node.backups, "--mib-per-s-max", "1"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay_s)
        process.send_signal(signal.SIGKILL)
        process.wait()
        listed = node.json("backup", "list", node.backups)
        check(listed[0]["id"] == whole["id"], listed)
        done = max(done, len(listed))
        check(node.json("backup", "verify", node.backups, "--audit")["ok"], "after a kill at", delay_s)
    made = node.json("backup", "create", "--data", node.data, "--to", node.backups)
    check(node.json("backup", "list", node.backups)[-1]["id"] == made["id"], "the next one succeeds")
    # What the killed ones left is removed.
    left = glob.glob(os.path.join(node.backups, "files", "*.part"))
    node.run("backup", "prune", node.backups, "--keep-last", "1")
    check(not glob.glob(os.path.join(node.backups, "files", "*.part")), left)
    check(node.json("backup", "verify", node.backups, "--audit")["ok"], "after pruning")


@on_a_node()
async def wrong_and_missing_key_files_are_named(node, journal, client):
    await journal.load(client, 4)
    made = node.json("backup", "create", "--data", node.data, "--to", node.backups)
    kept = node.lose()
    said = node.run("restore", "--from", node.backups, "--to", node.data)
    for key in made["keys"]:
        check(f"{key['file']} (id {key['id']})" in said, "not named:", key, said)

    def refusal():
        try:
            node.start()
        except Refused as refused:
            return str(refused)
        raise AssertionError("a node started without its keys")

    check("vault/vault.key" in refusal(), "missing")
    node.put_keys(kept)
    os.unlink(os.path.join(node.data, "pepper.key"))
    said = refusal()
    check("pepper.key" in said and "vault.key" not in said, said)
    check(not os.path.exists(os.path.join(node.data, "pepper.key")), "a new key was made")
    with open(os.path.join(node.data, "pepper.key"), "w") as file:
        file.write("another" * 8)
    os.chmod(os.path.join(node.data, "pepper.key"), 0o600)
    check("another key" in refusal(), "wrong")
    node.put_keys(kept)
    node.start()
    _, lost = await journal.compare(node.client(journal.key))
    check(not lost, "lost", lost)


@on_a_node()
async def keys_are_in_a_backup_only_when_asked_for(node, journal, client):
    await journal.load(client, 4)
    node.run("backup", "create", "--data", node.data, "--to", node.backups)
    secrets = []
    for name in KEYS:
        with open(os.path.join(node.data, name), "rb") as file:
            secrets += [part for part in file.read().split() if len(part) >= 32]
    stored = [path for path in glob.glob(os.path.join(node.backups, "**"), recursive=True) if os.path.isfile(path)]
    for path in stored:
        with open(path, "rb") as file:
            content = file.read()
        check(not any(secret in content for secret in secrets), "a key stands in", path)
    ended = subprocess.run([node.binary, "backup", "create", "--data", node.data, "--to", node.backups, "--with-keys"], capture_output=True, text=True, check=True)
    check("WARNING" in ended.stderr, ended.stderr)
    for path in glob.glob(os.path.join(node.backups, "keys", "*")):
        check(os.stat(path).st_mode & 0o777 == 0o600, "others may read", path)
    check(all(key["in_backup"] for key in node.json("backup", "list", node.backups)[-1]["keys"]), "listed")
    kept = node.lose()
    restored = node.json("restore", "--from", node.backups, "--to", node.data)
    check(restored["keys_missing"] == [], restored)
    node.start()
    _, lost = await journal.compare(node.client(journal.key))
    check(not lost and kept, "lost", lost)


@on_a_node()
async def directories_that_are_not_what_they_should_be_are_refused(node, journal, client):
    await journal.load(client, 2)
    full = os.path.join(node.root, "full")
    os.makedirs(full)
    with open(os.path.join(full, "letter.txt"), "w") as file:
        file.write("not ours")
    check("not empty" in node.run("backup", "create", "--data", node.data, "--to", full, expect=1), "a backup into another's directory")
    node.run("backup", "create", "--data", node.data, "--to", node.backups)
    check("not empty" in node.run("restore", "--from", node.backups, "--to", full, expect=1), "a restore into a directory in use")
    check("not empty" in node.run("restore", "--from", node.backups, "--to", node.data, expect=1), "a restore over a running node")
    check(os.listdir(full) == ["letter.txt"], os.listdir(full))
    check("no backup directory" in node.run("restore", "--from", full, "--to", os.path.join(node.root, "new"), expect=1), "no backups there")
    check("--until" in node.run("restore", "--from", node.backups, "--to", os.path.join(node.root, "new"), "--until", "tomorrow", expect=2), "no time")
    node.run("restore", "--to", os.path.join(node.root, "new"), expect=2)
    check("no backup" in node.run("restore", "--from", node.backups, "--backup", "20200101T000000.000000Z", "--to", os.path.join(node.root, "new"), expect=1), "no such")
    # Read-only storage: the number of the new generation must then be given.
    check(node.json("restore", "--from", node.backups, "--to", os.path.join(node.root, "new"), "--generation", "9")["log_generation"] == 9, "given")


@on_a_node(archive=True)
async def an_old_copy_does_not_start_against_a_newer_archive(node, journal, client):
    await journal.load(client, 3)
    node.stop()
    old = os.path.join(node.root, "old")
    shutil.copytree(node.data, old)
    node.start()
    await journal.load(node.client(journal.key), 3)
    await node.archived()
    node.stop()
    shutil.rmtree(node.data)
    os.rename(old, node.data)
    try:
        node.start()
        raise AssertionError("an old copy was started")
    except Refused as refused:
        check("older than its archive" in str(refused), refused)


async def the_node_makes_backups_on_its_own(binary):
    node = Served(binary)
    # The schedule is in minutes: the first backup is due at once when there is none.
    node.sections = {"backup": {"directory": node.backups, "interval_min": 1, "keep_last": 2, "keep_days": 0}}
    try:
        node.start()
        partner, key = await node.operator().partner()
        deadline = time.monotonic() + 30
        while (await node.status())["backup"]["last_success"] is None:
            check(time.monotonic() < deadline, await node.status())
            await asyncio.sleep(0.05)
        journal = Journal(key, "schedule")
        await journal.load(node.client(key), 5)
        for _ in range(3):
            node.run("backup", "create", "--data", node.data)
        status = (await node.status())["backup"]
        listed = node.json("backup", "list", node.backups)
        check(len(listed) == 2 and listed[-1]["id"] == status["last_id"] and status["failures"] == 0, "keep_last", listed, status)
        # A directory that cannot be written: the node goes on, and says so.
        shutil.rmtree(node.backups)
        with open(node.backups, "w") as file:
            file.write("in the way")
        node.run("backup", "create", "--data", node.data, expect=1)
        status = (await node.status())["backup"]
        check(status["failures"] >= 1 and status["last_error"], status)
        await journal.load(node.client(key), 2)
    finally:
        node.remove()


async def metric(node, name, wanted, timeout_s=30):
    """Waits until the series has such a value: the node looks every few seconds."""
    deadline = time.monotonic() + timeout_s
    while True:
        text = (await node.admin().get("/metrics")).text
        values = [float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name + " ")]
        if values and wanted(values[0]):
            return values[0]
        check(time.monotonic() < deadline, name, "is", values)
        await asyncio.sleep(0.2)


def errors_in(node):
    with open(node.log) as file:
        return [line["message"] for line in map(json.loads, file) if line["level"] == "error"]


async def a_backup_and_an_archive_that_fail_are_told_to_operators_until_they_work(binary):
    node = Served(binary)
    node.sections = {"backup": {"directory": node.backups, "interval_min": 60}, "archive": {"directory": node.archive, "interval_ms": 100}}
    try:
        for path in (node.backups, node.archive):
            with open(path, "w") as file:
                file.write("in the way")
        node.start()
        for work in ("backup", "archive"):
            await metric(node, f'tollgate_backup_failures{{work="{work}"}}', lambda value: value > 0)
        errors = errors_in(node)
        for work, path in (("the backup", node.backups), ("the archive of the log", node.archive)):
            told = [message for message in errors if message.startswith(f"{work} failed: ") and path in message]
            check(len(told) == 1, "told once, with the reason:", told, errors)
        shown = node.run("status", "--data", node.data)
        check("backup.failures" in shown and "archive.last_error" in shown, shown)
        for path in (node.backups, node.archive):
            os.remove(path)
        node.run("backup", "create", "--data", node.data)
        for work in ("backup", "archive"):
            await metric(node, f'tollgate_backup_failures{{work="{work}"}}', lambda value: value == 0)
        with open(node.log) as file:
            log = file.read()
        check("the backup works again" in log and "the archive of the log works again" in log, log)
    finally:
        node.remove()


async def the_age_of_the_newest_backup_survives_a_restart(binary):
    node = Served(binary)
    node.sections = {"backup": {"directory": node.backups, "interval_min": 60}}
    try:
        node.start()
        await node.operator().partner()
        deadline = time.monotonic() + 30
        while (await node.status())["backup"]["last_success"] is None:
            check(time.monotonic() < deadline, await node.status())
            await asyncio.sleep(0.05)
        for _ in range(2):
            node.run("backup", "create", "--data", node.data)
        made = time.time()
        manifests = sorted(glob.glob(os.path.join(node.backups, "backups", "*.json")))
        flip_byte(manifests[0], 20)
        await asyncio.sleep(3)
        node.stop()
        node.start()
        age_s = await metric(node, "tollgate_backup_age_seconds", lambda value: value > 0)
        check(int(age_s) >= 3, "counted from the start, since another backup is damaged:", age_s, "after", time.time() - made)
        # Nothing to be found: as old as what would be lost.
        node.stop()
        shutil.rmtree(node.backups)
        with open(node.backups, "w") as file:
            file.write("in the way")
        node.start()
        age_s = await metric(node, "tollgate_backup_age_seconds", lambda value: value > 0)
        check(int(age_s) >= 3, "counted from the start, since there is no backup:", age_s)
    finally:
        node.remove()


def moment_of(entry):
    """Of a timeline, to the microsecond."""
    seconds, us = divmod(entry["time_us"], 1_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{us:06}Z"


async def old_records_move_to_the_archive_and_are_read_from_there(binary):
    node = Served(binary)
    node.sections = {"archive": {"directory": node.archive, "interval_ms": 100, "segment_mib": 1}, "log": {"keep_days": 1}}
    try:
        node.start()
        partner, key = await node.operator().partner()
        journal = Journal(key, "forgotten")
        client = node.client(key)
        await journal.load(client, 300)
        await node.archived()
        node.stop()
        whole = node.run("audit", "replay", node.data, "--json")
        forgotten = node.json("archive", "prune", node.archive, "--data", node.data, "--keep-days", "0")
        check(forgotten["records"] > 500, forgotten)
        said = node.run("audit", "verify", node.data, expect=2)
        check("--archive" in said and "moved to the archive" in said and "WRONG" not in said, "it does not say where the records are:", said)
        node.run("audit", "verify", node.data, "--archive", node.archive)
        check(node.run("audit", "replay", node.data, "--json", "--archive", node.archive) == whole, "the replay over archive and node differs")
        # Partners see no difference: answers of old keys, timelines, events.
        node.start()
        client = node.client(key)
        same, lost = await journal.compare(client)
        check(same and not lost, "lost", lost)
        payment = next(answer.json["id"] for path, _, _, answer, _ in journal.acknowledged() if path == "/v1/payment_intents")
        timeline = await client.must("GET", f"/v1/payment_intents/{payment}/timeline")
        check(len(timeline["data"]) >= 4, timeline)
        first = timeline["data"][0]
        then = await client.must("GET", f"/v1/payment_intents/{payment}?as_of=seq:{first['sequence']}")
        check(then["status"] != "succeeded" and then["created"] == first["created"], then)
        check(then == await client.must("GET", f"/v1/payment_intents/{payment}?as_of={moment_of(first)}"), "by time")
        check(len(await client.all("/v1/events")) > 600, "events")
        await journal.load(client, 10)
        await node.archived()
        # A backup of such a node, and the archive, give everything again.
        node.run("backup", "create", "--data", node.data, "--to", node.backups)
        check(node.json("backup", "verify", node.backups, "--audit", "--archive", node.archive)["ok"], "backup of a node that has forgotten")
        kept = node.lose()
        restored = node.json("restore", "--from", node.backups, "--archive", node.archive, "--to", node.data)
        check(restored["ok"], restored)
        node.put_keys(kept)
        node.start()
        _, lost = await journal.compare(node.client(key))
        check(not lost, "lost", lost)
        # Without the archive, what is older is a clear error, and nothing else is.
        node.stop()
        node.sections = {}
        node.start()
        client = node.client(key)
        answer = await client.get(f"/v1/payment_intents/{payment}/timeline")
        check(answer.status >= 500, answer)
        check((await client.get(f"/v1/payment_intents/{payment}")).status == 200, "the payment itself")
        for moment in (f"seq:{first['sequence']}", moment_of(first)):
            answer = await client.get(f"/v1/payment_intents/{payment}?as_of={moment}")
            check(answer.status == 400 and answer.json["error"]["code"] == "as_of_too_old", answer.status, answer.json)
    finally:
        node.remove()


TESTS = [
    a_restored_backup_answers_every_key_as_before,
    a_restored_node_signs_as_another_log,
    with_an_archive_nothing_that_was_archived_is_lost,
    an_archive_alone_is_enough,
    a_day_s_amount_is_known_after_a_restore,
    a_restore_goes_back_to_a_time_or_a_record,
    every_restore_is_another_generation,
    a_second_backup_copies_only_what_is_new,
    pruning_keeps_what_other_backups_need,
    a_flipped_byte_is_found_wherever_it_is,
    a_log_that_was_cut_or_exchanged_is_not_backed_up_as_a_whole_one,
    what_is_left_of_a_log_goes_on_once_it_is_accepted,
    a_generation_is_a_number_that_a_log_can_have,
    a_path_that_is_no_text_is_told_in_json_as_well,
    a_missing_or_cut_segment_is_a_clear_error,
    a_damaged_copy_of_the_vault_in_an_archive_is_named,
    a_crash_in_the_middle_of_a_backup_leaves_the_older_ones_whole,
    wrong_and_missing_key_files_are_named,
    keys_are_in_a_backup_only_when_asked_for,
    directories_that_are_not_what_they_should_be_are_refused,
    an_old_copy_does_not_start_against_a_newer_archive,
    the_node_makes_backups_on_its_own,
    a_backup_and_an_archive_that_fail_are_told_to_operators_until_they_work,
    the_age_of_the_newest_backup_survives_a_restart,
    old_records_move_to_the_archive_and_are_read_from_there,
]

if __name__ == "__main__":
    run_tests(TESTS, sys.argv[1])
