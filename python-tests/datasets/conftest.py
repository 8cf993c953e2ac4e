"""A local S3 server."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import boto3
import pytest

BUCKET = "vicinal"


class Server:
    """moto's server, and what it was asked for."""

    def __init__(self, url, log):
        self.url, self.log = url, log
        self.client = boto3.client(
            "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="key",
            aws_secret_access_key="secret")

    def put(self, key, content):
        """Stores an object and returns its URI."""
        self.client.put_object(Bucket=BUCKET, Key=key, Body=content)
        return f"s3://{BUCKET}/{key}"

    def get(self, key):
        """The bytes of an object."""
        return self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    def keys(self, prefix=""):
        """The keys of all objects that begin in a way."""
        listed = self.client.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return sorted(item["Key"] for item in listed.get("Contents", []))

    def uploads(self):
        """Uploads that were begun and neither completed nor given up."""
        return self.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])

    def requests(self):
        """The lines that the server logged since the last call."""
        lines = self.log.read_text().splitlines()
        seen, self.seen = getattr(self, "seen", 0), len(lines)
        return lines[seen:]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory):
    """moto's server on loopback, one for the session."""
    log = tmp_path_factory.mktemp("s3") / "log"
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=output, stderr=output, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        for _ in range(600):
            assert process.poll() is None, log.read_text()
            try:
                urllib.request.urlopen(url, timeout=5).close()
                break
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        server = Server(url, log)
        server.client.create_bucket(Bucket=BUCKET)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def s3(s3_server, monkeypatch):
    """An empty bucket, with an environment in which vicinal finds the server."""
    for key in s3_server.keys():
        s3_server.client.delete_object(Bucket=BUCKET, Key=key)
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    s3_server.requests()
    return s3_server
