"""A TCP proxy in front of a server that notes when requests of one kind reach it."""

import socket
import threading
import time
import urllib.parse


class CountingProxy:
    """Listens on a free loopback port until `close`; `mark` is how a request of that kind begins."""

    def __init__(self, upstream, mark):
        parts = urllib.parse.urlsplit(upstream)
        self.upstream = (parts.hostname, parts.port)
        self.mark = mark
        self.times = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def calls(self, since, until):
        """How many came between these times (seconds since the epoch)."""
        return sum(since <= at <= until for at in list(self.times))

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return  # closed
            try:
                server = socket.create_connection(self.upstream, timeout=10)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._copy, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._copy, args=(server, client, False), daemon=True).start()

    def _copy(self, source, target, is_request):
        tail = b""
        try:
            while data := source.recv(65_536):
                if is_request:
                    # The mark may be cut by the end of what came.
                    text = tail + data
                    self.times += [time.time()] * text.count(self.mark)
                    tail = text[-(len(self.mark) - 1):]
                target.sendall(data)
        except OSError:
            pass  # one side is gone: both end
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # gone already
