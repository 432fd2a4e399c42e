"""A POP3 server with one maildrop, outside of the machine that loses its power."""

import socket
import threading


class Maildrop:
    """Messages with their unique-ids, and when each was deleted."""

    def __init__(self, messages):
        self.messages = messages  # (uid, content in CRLF form)
        self.deleted = {}  # uid -> position in the record of the disks

    def present(self):
        return [(uid, content) for uid, content in self.messages if uid not in self.deleted]


class Server:
    """Serves a maildrop on a free port of the loopback."""

    def __init__(self, maildrop, position):
        """`position` tells how long the record of the disks is at the moment."""
        self.maildrop, self.position = maildrop, position
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                try:
                    _Session(self, client).run()
                except OSError:
                    pass  # the client has gone


class _Session:
    def __init__(self, server, client):
        self.server, self.client = server, client
        self.listed = server.maildrop.present()
        self.marked = set()

    def run(self):
        self.send("+OK ready")
        for line in self.client.makefile("rb"):
            verb, *words = line.decode().split()
            numbers = [int(word) for word in words if word.isdigit()]
            if not getattr(self, "do_" + verb.lower(), self.unknown)(*numbers):
                return

    def send(self, line, lines=None):
        text = line.encode() + b"\r\n"
        if lines is not None:
            text += lines + b".\r\n"
        self.client.sendall(text)
        return True

    def unknown(self, *_):
        return self.send("-ERR not known")

    def do_capa(self):
        return self.send("+OK", b"TOP\r\nUIDL\r\nUSER\r\nPIPELINING\r\nRESP-CODES\r\n")

    def do_user(self, *_):
        return self.send("+OK")

    def do_pass(self, *_):
        return self.send("+OK")

    def do_noop(self):
        return self.send("+OK")

    def do_rset(self):
        self.marked.clear()
        return self.send("+OK")

    def do_stat(self):
        sizes = [len(content) for _, content in self.listed]
        return self.send(f"+OK {len(sizes)} {sum(sizes)}")

    def do_uidl(self, number=None):
        return self.table(number, lambda uid, _: uid)

    def do_list(self, number=None):
        return self.table(number, lambda _, content: str(len(content)))

    def table(self, number, show):
        if number is not None:
            return self.one(number, lambda message: self.send(f"+OK {number} {show(*message)}"))
        rows = [f"{at} {show(*message)}\r\n" for at, message in enumerate(self.listed, 1) if at not in self.marked]
        return self.send("+OK", "".join(rows).encode())

    def one(self, number, act):
        if not 1 <= number <= len(self.listed) or number in self.marked:
            return self.send("-ERR no such message")
        return act(self.listed[number - 1])

    def do_retr(self, number):
        return self.one(number, lambda message: self.send("+OK", stuffed(message[1])))

    def do_top(self, number, lines):
        def top(message):
            head, _, body = message[1].partition(b"\r\n\r\n")
            some = b"".join(body.splitlines(keepends=True)[:lines])
            return self.send("+OK", stuffed(head + b"\r\n\r\n" + some))

        return self.one(number, top)

    def do_dele(self, number):
        def mark(_):
            self.marked.add(number)
            return self.send("+OK")

        return self.one(number, mark)

    def do_quit(self):
        # Before the answer: whatever the client does after it comes later in the record.
        at = self.server.position()
        for number in self.marked:
            self.server.maildrop.deleted[self.listed[number - 1][0]] = at
        self.send("+OK")
        return False


def stuffed(content):
    lines = content.split(b"\r\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)
