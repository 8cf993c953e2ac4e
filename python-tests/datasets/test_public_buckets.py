"""`s3://anonymous@bucket`: public buckets are read without anybody's credentials."""

import http.client
import http.server
import io
import threading
import urllib.parse

import numpy as np
import pytest
from support import clustered

ROWS = clustered(60, 8, seed=5)


class Gate(http.server.ThreadingHTTPServer):
    """In front of the S3 server: notes who asks, and lets only the right ones through."""

    daemon_threads = True

    def __init__(self, target):
        super().__init__(("127.0.0.1", 0), Passing)
        self.target = urllib.parse.urlparse(target).netloc
        self.signed, self.is_public = [], True
        self.url = f"http://127.0.0.1:{self.server_port}"


class Passing(http.server.BaseHTTPRequestHandler):
    """One request on its way through the gate."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Says nothing."""

    def answer(self):
        is_signed = "Authorization" in self.headers
        self.server.signed.append(is_signed)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if is_signed or self.server.is_public:
            onward = http.client.HTTPConnection(self.server.target, timeout=20)
            kept = {key: value for key, value in self.headers.items() if key != "Connection"}
            onward.request(self.command, self.path, body, kept)
            answer = onward.getresponse()
            status, content = answer.status, answer.read()
            headers = [(k, v) for k, v in answer.getheaders()
                       if k.lower() not in ("transfer-encoding", "connection", "content-length")]
            length = answer.getheader("Content-Length") or len(content)
        else:
            status, headers = 403, [("Content-Type", "application/xml")]
            content = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
            length = len(content)
        self.send_response(status)
        for key, value in headers:
            self.send_header(key, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer


@pytest.fixture
def gate(s3, monkeypatch):
    """The gate, with an object behind it and credentials in the environment."""
    file = io.BytesIO()
    np.save(file, ROWS)
    s3.client.put_object(
        Bucket="vicinal", Key="in/a.npy", Body=file.getvalue(), ACL="public-read")
    with Gate(s3.url) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("VICINAL_REMOTE_TIMEOUT", "20")
        yield server
        server.shutdown()
        thread.join()


def build(vicinal, place, tmp_path, **more):
    return vicinal("build-index", "--embeddings", place, "--index-key", "Flat", cwd=tmp_path, **more)


def test_nobody_is_named(vicinal, gate, tmp_path):
    build(vicinal, "s3://anonymous@vicinal/in", tmp_path)
    assert gate.signed and not any(gate.signed)
    assert "anonymous" not in (tmp_path / "index_infos.json").read_text()


def test_credentials_are_used_otherwise(vicinal, gate, tmp_path):
    gate.is_public = False
    build(vicinal, "s3://vicinal/in", tmp_path)
    assert gate.signed and all(gate.signed)


def test_what_is_not_public_says_so(vicinal, gate, tmp_path):
    gate.is_public = False
    done = build(vicinal, "s3://anonymous@vicinal/in/a.npy", tmp_path, code=74)
    assert "s3://vicinal/in/a.npy" in done.stderr and "s3://anonymous@" in done.stderr
    assert "credentials" in done.stderr and len(done.stderr) < 600, done.stderr
    assert list(tmp_path.iterdir()) == []
