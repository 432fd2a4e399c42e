"""Block devices that remember every write and every flush.

A small FUSE file system, spoken straight over /dev/fuse, holds one file for each disk; a loop device sits on each file,
and a file system of the kernel on that. What the file system above sends as a flush arrives here as FSYNC of the file;
loop devices have no FUA, so the block layer turns a write with FUA into a write and a flush. The file system runs in a
process of its own, because whoever serves a disk must not wait for it.
"""

import ctypes
import errno
import os
import select
import signal
import stat
import struct
import subprocess
import time

PAGE = 4096

WRITE, FLUSH = 1, 2
_ENTRY = struct.Struct("<BBxxIQQ")  # kind, disk, length of the data behind it, batch, offset

_IN, _OUT = struct.Struct("<IIQQIIIHH"), struct.Struct("<IiQ")
_LOOKUP, _FORGET, _GETATTR, _SETATTR, _OPEN, _READ, _WRITE, _STATFS = 1, 2, 3, 4, 14, 15, 16, 17
_RELEASE, _FSYNC, _FLUSH, _INIT, _OPENDIR, _READDIR, _RELEASEDIR = 18, 20, 25, 26, 27, 28, 29
_INTERRUPT, _DESTROY, _BATCH_FORGET = 36, 38, 42
_MAX_WRITE = 128 * 1024

_libc = ctypes.CDLL(None, use_errno=True)


class DoesNotMount(OSError):
    """The kernel refuses a file system."""


class Disk:
    """The content of a disk: its size, and the pages that are not zero."""

    def __init__(self, size, pages=None):
        self.size = size
        self.pages = pages if pages is not None else {}

    def copy(self):
        return Disk(self.size, dict(self.pages))

    @staticmethod
    def load(path):
        """Reads an image, holes left out."""
        disk = Disk(os.path.getsize(path))
        zero = bytes(PAGE)
        with open(path, "rb") as file:
            at = 0
            while True:
                try:
                    at = os.lseek(file.fileno(), at, os.SEEK_DATA)
                except OSError as error:
                    if error.errno == errno.ENXIO:
                        return disk
                    raise
                end = os.lseek(file.fileno(), at, os.SEEK_HOLE)
                for page in range(at // PAGE, -(-end // PAGE)):
                    octets = os.pread(file.fileno(), PAGE, page * PAGE).ljust(PAGE, b"\0")
                    if octets != zero:
                        disk.pages[page] = octets
                at = end

    def save(self, path):
        with open(path, "wb") as file:
            file.truncate(self.size)
            for page, octets in self.pages.items():
                os.pwrite(file.fileno(), octets, page * PAGE)

    def read(self, offset, length):
        length = max(0, min(length, self.size - offset))
        first, zero = offset // PAGE, bytes(PAGE)
        pages = (self.pages.get(page, zero) for page in range(first, -(-(offset + length) // PAGE)))
        start = offset - first * PAGE
        return b"".join(pages)[start : start + length]

    def write(self, offset, octets):
        at = 0
        while at < len(octets):
            page, start = divmod(offset + at, PAGE)
            part = octets[at : at + PAGE - start]
            if len(part) < PAGE:
                old = self.pages.get(page, bytes(PAGE))
                part = old[:start] + part + old[start + len(part) :]
                at += PAGE - start
            else:
                at += PAGE
            self.pages[page] = part


class Entry:
    """One write or flush, in the order in which they were answered."""

    def __init__(self, kind, disk, batch, offset, octets, end):
        self.kind, self.disk, self.batch, self.offset, self.octets = kind, disk, batch, offset, octets
        self.end = end  # the length of the record behind this entry


class Rig:
    """Disks that are attached and mounted, and their record."""

    def __init__(self, disks, folder, kind):
        """Mounts disk 0 at FOLDER/0, disk 1 at FOLDER/1 .. with the file system `kind`."""
        self.folder, self.loops, self.mounts = folder, [], []
        self.record = os.memfd_create("record")
        self.store = os.path.join(folder, "store")
        os.makedirs(self.store, exist_ok=True)
        fuse = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        _mount("power", self.store, "fuse", f"fd={fuse},rootmode=40000,user_id=0,group_id=0")
        self.child = os.fork()
        if self.child == 0:
            try:
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                _Server(fuse, disks, self.record).run()
            finally:
                os._exit(0)
        os.close(fuse)
        try:
            for number in range(len(disks)):
                self._attach(number, kind)
        except BaseException:
            self.close()
            raise

    def _attach(self, number, kind):
        loop = _run("losetup", "--find", "--show", os.path.join(self.store, str(number))).strip()
        self.loops.append(loop)
        at = os.path.join(self.folder, str(number))
        os.makedirs(at, exist_ok=True)
        try:
            _mount(loop, at, kind, OPTIONS.get(kind, ""))
        except OSError as error:
            raise DoesNotMount(error.errno, error.strerror) from error
        self.mounts.append(at)

    def position(self):
        """How long the record is now: what is in it was answered before."""
        return os.fstat(self.record).st_size

    def entries(self, until):
        """The record up to a position."""
        octets, found, at = os.pread(self.record, until, 0), [], 0
        while at < len(octets):
            kind, disk, length, batch, offset = _ENTRY.unpack_from(octets, at)
            at += _ENTRY.size
            found.append(Entry(kind, disk, batch, offset, octets[at : at + length], at + length))
            at += length
        return found

    def close(self):
        for at in reversed(self.mounts):
            _unmount(at)
        for loop in self.loops:
            _run("losetup", "--detach", loop)
        _unmount(self.store)
        os.waitpid(self.child, 0)
        os.close(self.record)


class _Server:
    """Answers the kernel."""

    def __init__(self, fuse, disks, record):
        self.fuse, self.disks, self.record = fuse, [disk.copy() for disk in disks], record
        self.batch = 0

    def run(self):
        os.set_blocking(self.fuse, False)
        poll = select.poll()
        poll.register(self.fuse, select.POLLIN)
        while True:
            poll.poll()
            requests = self.waiting()
            if requests is None:
                return
            # A flush covers what was answered before it was asked for. All of these were asked for before any of
            # them is answered, so it covers none of those that came with it.
            self.batch += 1
            for request in requests:
                self.answer(request)

    def waiting(self):
        """All requests that are there now; `None` after the unmount."""
        requests = []
        while True:
            try:
                requests.append(os.read(self.fuse, _MAX_WRITE + 8192))
            except BlockingIOError:
                return requests
            except OSError as error:
                if error.errno == errno.ENODEV:
                    return None
                if error.errno not in (errno.ENOENT, errno.EINTR):
                    raise

    def answer(self, request):
        _, opcode, unique, node, *_ = _IN.unpack_from(request)
        if opcode in (_FORGET, _BATCH_FORGET, _INTERRUPT):
            return
        try:
            body, error = self.reply(opcode, node, request[_IN.size :]), 0
        except OSError as failed:
            body, error = b"", -failed.errno
        try:
            os.write(self.fuse, _OUT.pack(_OUT.size + len(body), error, unique) + body)
        except OSError as failed:
            if failed.errno not in (errno.ENOENT, errno.ENODEV):  # interrupted, unmounted
                raise

    def reply(self, opcode, node, body):
        if opcode == _INIT:
            _, minor, readahead, _ = struct.unpack_from("<IIII", body)
            return struct.pack("<IIIIHHIIHHI28x", 7, min(minor, 31), readahead, 1 << 5, 16, 12, _MAX_WRITE, 1, 0, 0, 0)
        if opcode == _LOOKUP:
            name = body.rstrip(b"\0").decode()
            if node != 1 or not name.isdigit() or int(name) >= len(self.disks):
                raise OSError(errno.ENOENT, name)
            return struct.pack("<QQQQII", int(name) + 2, 0, 60, 60, 0, 0) + self.attributes(int(name) + 2)
        if opcode in (_GETATTR, _SETATTR):
            return struct.pack("<QII", 60, 0, 0) + self.attributes(node)
        if opcode in (_OPEN, _OPENDIR):
            return struct.pack("<QII", 0, 0, 0)
        if opcode == _READ:
            _, offset, length = struct.unpack_from("<QQI", body)
            return self.disks[node - 2].read(offset, length)
        if opcode == _WRITE:
            _, offset, length = struct.unpack_from("<QQI", body)
            octets = body[40 : 40 + length]
            self.disks[node - 2].write(offset, octets)
            self.note(WRITE, node - 2, offset, octets)
            return struct.pack("<II", length, 0)
        if opcode == _FSYNC:
            self.note(FLUSH, node - 2, 0, b"")
            return b""
        if opcode == _STATFS:
            return struct.pack("<QQQQQIIII24x", 0, 0, 0, 0, 0, PAGE, 255, PAGE, 0)
        if opcode in (_FLUSH, _RELEASE, _RELEASEDIR, _READDIR, _DESTROY):
            return b""
        raise OSError(errno.ENOSYS, "not served")  # FALLOCATE among them: the block layer writes zeros instead

    def note(self, kind, disk, offset, octets):
        """Before the answer: whoever saw the answer finds it in the record."""
        os.write(self.record, _ENTRY.pack(kind, disk, len(octets), self.batch, offset) + octets)

    def attributes(self, node):
        mode, size = stat.S_IFDIR | 0o700, 0
        if node > 1:
            mode, size = stat.S_IFREG | 0o600, self.disks[node - 2].size
        return struct.pack("<QQQQQQIIIIIIIIII", node, size, size // 512, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, PAGE, 0)


def after_cut(disks, entries, sector, random):
    """What the disks hold after a power cut behind `entries`, and in words how that came.

    Everything that a flush covers is there. Of what came later, a disk with a cache may have written anything: all,
    nothing, some writes and not those before them, single sectors of a write.
    """
    disks = [disk.copy() for disk in disks]
    covered = [0] * len(disks)  # batches before this one are on the disk
    for entry in entries:
        if entry.kind == FLUSH:
            covered[entry.disk] = entry.batch
    fate = random.choices(["none", "all", "some", "torn"], [25, 10, 35, 30])[0]
    share = random.random()
    lost = kept = 0
    for entry in entries:
        if entry.kind != WRITE:
            continue
        size = len(entry.octets)
        whole = fate != "torn" or entry.offset < SUPERBLOCKS
        if entry.batch < covered[entry.disk] or fate == "all":
            pieces = [(0, size)]
        elif fate == "none":
            pieces = []
        elif whole:
            pieces = [(0, size)] if random.random() < share else []
        else:
            sectors = range(0, size, sector)
            pieces = [(at, min(at + sector, size)) for at in sectors if random.random() < share]
        for start, end in pieces:
            disks[entry.disk].write(entry.offset + start, entry.octets[start:end])
        if entry.batch >= covered[entry.disk]:
            kept, lost = (kept + 1, lost) if pieces else (kept, lost + 1)
    return disks, f"{fate} (share {share:.2f}): of {kept + lost} writes in the cache {lost} lost"


def make(kind, size, folder):
    """A new file system of this kind."""
    path = os.path.join(folder, "new." + kind)
    with open(path, "wb") as file:
        file.truncate(size)
    _run("mkfs." + kind, *MAKE[kind], path)
    disk = Disk.load(path)
    os.remove(path)
    return disk


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise OSError(errno.EIO, f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def _mount(source, at, kind, options):
    args = [text.encode() for text in (source, at, kind)]
    if _libc.mount(*args, ctypes.c_ulong(0), options.encode()) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"mount {source} ({kind}): {os.strerror(code)}")


def _unmount(at):
    for _ in range(200):
        if _libc.umount2(at.encode(), 0) == 0:
            return
        code = ctypes.get_errno()
        if code != errno.EBUSY:
            break
        time.sleep(0.02)
    _libc.umount2(at.encode(), 2)  # detached, so that nothing is left mounted
    raise OSError(code, f"unmount {at}: {os.strerror(code)}")


# No heuristics that write data of renamed files out in time: what is asked of the disk is all that it gets.
OPTIONS = {"ext4": "noauto_da_alloc"}

# Behind the superblocks of all three: no journal mends one that is torn, and disks do write 4 KiB at once.
SUPERBLOCKS = 68 * 1024

# What a disk writes whole. XFS logs parts of a metadata block, and has no remedy for one that is torn in place.
SECTORS = {"ext4": 512, "xfs": 4096, "btrfs": 512}

MAKE = {
    "ext4": ["-q", "-F", "-b", "4096", "-J", "size=4", "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0"],
    "xfs": ["-q", "-K"],
    "btrfs": ["-q", "-K", "--mixed"],
}

SIZES = {"ext4": 96 << 20, "xfs": 300 << 20, "btrfs": 256 << 20}
