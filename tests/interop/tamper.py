"""What a forger with a hex editor can do to exported tiles, and the hashing that a good forger would not forget."""
import hashlib
import os
import pathlib
import shutil
import struct

WIDTH = 256


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root(hashes):
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while 2 * split < len(hashes):
        split *= 2
    return node_hash(root(hashes[:split]), root(hashes[split:]))


def index_path(index):
    path = f"{index % 1000:03}"
    while index >= 1000:
        index //= 1000
        path = f"x{index % 1000:03}/{path}"
    return path


def name(kind, index, width):
    return f"tile/{kind}/{index_path(index)}" + ("" if width == WIDTH else f".p/{width}")


class Tiles:
    """A copy of a folder of exported tiles, to be changed."""

    def __init__(self, source, to):
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(source, to)
        self.folder = pathlib.Path(to)
        self.size = int((self.folder / "checkpoint").read_text().split("\n")[1])

    def width(self, bundle):
        return min(WIDTH, self.size - bundle * WIDTH)

    def bundle_path(self, index):
        return self.folder / name("entries", index // WIDTH, self.width(index // WIDTH))

    def tile_path(self, level, index, width):
        return self.folder / name(level, index, width)

    def entries(self, path):
        found, data = [], path.read_bytes()
        while data:
            size, = struct.unpack(">H", data[:2])
            found.append(data[2:2 + size])
            data = data[2 + size:]
        return found

    def write_entries(self, path, entries):
        path.write_bytes(b"".join(struct.pack(">H", len(one)) + one for one in entries))

    def all_entries(self):
        return [one for bundle in range((self.size + WIDTH - 1) // WIDTH) for one in self.entries(self.bundle_path(bundle * WIDTH))]

    def write_all(self, entries):
        """Entries, and every tile as it follows from them."""
        shutil.rmtree(self.folder / "tile")
        for bundle in range((len(entries) + WIDTH - 1) // WIDTH):
            part = entries[bundle * WIDTH:(bundle + 1) * WIDTH]
            path = self.folder / name("entries", bundle, len(part))
            os.makedirs(path.parent, exist_ok=True)
            self.write_entries(path, part)
        hashes, level = [leaf_hash(one) for one in entries], 0
        while hashes:
            for tile in range((len(hashes) + WIDTH - 1) // WIDTH):
                part = hashes[tile * WIDTH:(tile + 1) * WIDTH]
                path = self.folder / name(level, tile, len(part))
                os.makedirs(path.parent, exist_ok=True)
                path.write_bytes(b"".join(part))
            hashes = [root(hashes[at:at + WIDTH]) for at in range(0, len(hashes) - WIDTH + 1, WIDTH)]
            level += 1


def rechain(records, start):
    """Makes the headers of records from `start` on fit: sequence and hash of the one before."""
    fixed = list(records[:start])
    for at in range(start, len(records)):
        record = bytearray(records[at])
        record[24:32] = struct.pack("<Q", at + 1)
        record[48:80] = hashlib.sha256(fixed[-1]).digest() if fixed else bytes(32)
        if fixed:
            before, = struct.unpack("<q", fixed[-1][32:40])
            now, = struct.unpack("<q", record[32:40])
            record[32:40] = struct.pack("<q", max(now, before + 1))
        fixed.append(bytes(record))
    return fixed


def flip(path, offset, bit=0):
    data = bytearray(path.read_bytes())
    data[offset] ^= 1 << bit
    path.write_bytes(data)
