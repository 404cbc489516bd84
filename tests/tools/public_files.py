"""A real HTTP server on 127.0.0.1 with files, which breaks off or forgets ranges when told."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Files:
    """What the server holds, and how it behaves.

    Attributes:
        content: Of each path.
        cut: For each of the next answers, after how many bytes the connection is closed; then whole ones.
        has_ranges: Whether it sends the rest of a file where only that is asked for.
        status: Of every answer; 200 is as it should be.
        asked: What was asked for, in order: the path and the first byte.
    """

    def __init__(self, content):
        self.content = content
        self.cut = []
        self.has_ranges = True
        self.status = 200
        self.asked = []


@contextmanager
def public(content):
    """Yields the address of a server, and its `Files`."""
    files = Files(content)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *said):
            pass

        def do_GET(self):
            asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            first = int(asked[1]) if asked else 0
            files.asked.append((self.path, first))
            whole = files.content.get(self.path)
            if whole is None or files.status != 200:
                self.send_error(404 if whole is None else files.status)
                return
            if not files.has_ranges:
                asked, first = None, 0
            if first > len(whole):
                self.send_error(416)
                return
            self.send_response(206 if asked else 200)
            if asked:
                self.send_header("Content-Range", f"bytes {first}-{len(whole) - 1}/{len(whole)}")
            self.send_header("Content-Length", str(len(whole) - first))
            self.end_headers()
            end = files.cut.pop(0) if files.cut else None
            self.wfile.write(whole[first:][:end])
            if end is not None:
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", files
    finally:
        server.shutdown()
        server.server_close()
