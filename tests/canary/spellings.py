"""Every way in which a text could lie in a file, and the search for them."""
import base64
import os
import urllib.parse


def base64_at_any_offset(data):
    for offset in range(3):
        # Whole groups only: the rest depends on what stands beside it.
        part = data[offset:]
        part = part[:len(part) // 3 * 3]
        for text in (base64.b64encode(part), base64.urlsafe_b64encode(part)):
            yield text


def packed(digits, swapped=False):
    """BCD, two digits a byte; `swapped`: the first one in the lower half."""
    data = bytes.fromhex(digits[:len(digits) // 2 * 2])
    return bytes((byte >> 4) | (byte & 15) << 4 for byte in data) if swapped else data


def varint(number):
    data = bytearray()
    while number > 127:
        data.append(number & 127 | 128)
        number >>= 7
    data.append(number)
    return bytes(data)


def of_text(text):
    plain = text.encode()
    yield from (plain, plain.lower(), plain.upper(), plain[::-1], plain.hex().encode(), plain.hex().upper().encode(), text.encode("utf-16-le"), text.encode("utf-16-be"))
    yield from base64_at_any_offset(plain)
    yield urllib.parse.quote(text, safe="").encode()
    yield urllib.parse.quote_plus(text).encode()
    yield "".join(f"%{byte:02x}" for byte in plain).encode()
    yield "".join(f"\\u{ord(c):04x}" for c in text).encode()


def of_number(digits):
    yield from of_text(digits)
    for separator in (" ", "-", ".", "  ", "%20", "+"):
        for groups in ((4, 4, 4, 4, 3), (4, 6, 5)):
            parts, at = [], 0
            for size in groups:
                if at < len(digits):
                    parts.append(digits[at:at + size])
                at += size
            yield separator.join(parts).encode()
    for shifted in (digits, digits[1:], digits[::-1]):
        yield packed(shifted)
        yield packed(shifted, swapped=True)
    yield " ".join(digits).encode()
    number = int(digits)
    yield number.to_bytes(8, "little")
    yield number.to_bytes(8, "big")
    yield varint(number)


def of_cvc(digits):
    """Four digits are everywhere by chance: only where they are named, or stand alone with their length."""
    for name in ("cvc", "cvc]", "cvc%5D", '"cvc"', "CVC", "security_code"):
        for between in ("=", ":", ": ", ':"', ': "', " "):
            yield (name + between + digits).encode()
    yield b"\x04" + digits.encode()
    yield f'"{digits}"'.encode()
    yield f"'{digits}'".encode()


SPELLING_BYTES_MIN = {"text": 7, "number": 7, "cvc": 5}


class Canary:
    def __init__(self, what, text, kind="text"):
        self.what, self.text, self.kind = what, text, kind
        # Shorter ones are found by chance in enough random bytes.
        self.spellings = sorted({one for one in {"text": of_text, "number": of_number, "cvc": of_cvc}[kind](text) if len(one) >= SPELLING_BYTES_MIN[kind]})


def find(data, canaries):
    """What of them occurs: (canary, spelling)."""
    return [(canary, spelling) for canary in canaries for spelling in canary.spellings if spelling in data]


def files_of(root):
    """Every file once, also if it has several names."""
    seen = set()
    for folder, _, names in os.walk(root):
        for name in sorted(names):
            path = os.path.join(folder, name)
            about = os.lstat(path)
            if os.path.isfile(path) and (about.st_dev, about.st_ino) not in seen:
                seen.add((about.st_dev, about.st_ino))
                yield path


def search(root, canaries):
    """(path, canary, spelling) of everything that is found, how many files, how many bytes."""
    found, files, size = [], 0, 0
    for path in files_of(root):
        try:
            with open(path, "rb") as file:
                data = file.read()
        except FileNotFoundError:
            continue  # a running node has just removed it
        files += 1
        size += len(data)
        found += [(path, canary, spelling) for canary, spelling in find(data, canaries)]
    return found, files, size
