"""What a process still knows: its memory, as /proc shows it, searched for a card's number and security code."""
import os
import re

CHUNK = 4 << 20
OVERLAP = 64


def patterns(number, code):
    """The number as it is; the code, which is too short for that, behind its name as it was sent or read, and as a text of its own in memory."""
    number, code = number.encode(), code.encode()
    size = len(code).to_bytes(8, "little")
    spellings = [number] + [before + code for before in (b"cvc%5D=", b"cvc]=", b"cvc]", b"cvc", b'"cvc": "', b'"cvc":"', b"cvcs" + size[:4])]
    return spellings + [size + code + b"\0"]


def search_memory(pid, number, code):
    """Where they were found, and how many bytes were read; None if the memory may not be read."""
    found, size = [], 0
    wanted = re.compile(b"|".join(re.escape(one) for one in patterns(number, code)))
    try:
        with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for line in maps:
                span, rights, *_, name = (line.rstrip().split(None, 5) + [""])[:6]
                if not rights.startswith("rw"):
                    continue
                begin, end = (int(one, 16) for one in span.split("-"))
                for at in range(begin, end, CHUNK):
                    try:
                        data = os.pread(memory.fileno(), min(CHUNK + OVERLAP, end - at), at)
                    except OSError:
                        continue  # it was given back meanwhile
                    size += len(data)
                    for match in wanted.finditer(data):
                        around = data[max(match.start() - 48, 0):match.end() + 16]
                        found.append(f"{at + match.start():x} in {name or 'the heap'}: {around!r}")
    except PermissionError:
        return None
    return found, size
