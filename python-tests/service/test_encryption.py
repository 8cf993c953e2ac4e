"""CURVE: a plain pyzmq client with keys, and clients that must get no answer."""

import json
import os
import socket
import stat
import sys
import threading
import time

import pytest
import zmq
import zmq.auth
from support import ROOT

sys.path.insert(0, str(ROOT / "python"))

from vicinal.client import Client, NoReply  # noqa: E402

STATUS = json.dumps({"requests": ["status"]}).encode()
CREATE = json.dumps({"requests": ["create"], "create": [{"id": 7, "vector": [1, 2]}]}).encode()


@pytest.fixture
def keys(vicinal, tmp_path):
    """Makes key files: `.key` and `.key_secret` behind the name."""
    def make(name):
        vicinal("keys", tmp_path / name)
        return str(tmp_path / name)

    return make


def ask(address, request=STATUS, server=None, own=None, seconds=20.0):
    """What a plain client gets: `server` is a public key, `own` a pair, both as texts."""
    with zmq.Context.instance().socket(zmq.REQ) as client:
        client.linger = 0
        client.sndtimeo = int(seconds * 1000)
        if server:
            client.curve_serverkey = server
            client.curve_publickey, client.curve_secretkey = own or zmq.curve_keypair()
        client.connect(address)
        try:
            client.send(request)
        except zmq.Again:  # A handshake that was refused before leaves no peer to send to.
            return None
        if not client.poll(int(seconds * 1000)):
            return None
        return json.loads(client.recv())["result"]


def test_key_files(vicinal, keys, tmp_path):
    name = keys("a")
    assert stat.S_IMODE(os.stat(name + ".key_secret").st_mode) == 0o600
    public, nothing = zmq.auth.load_certificate(name + ".key")
    assert nothing is None
    assert zmq.auth.load_certificate(name + ".key_secret")[0] == public
    secret = zmq.auth.load_certificate(name + ".key_secret")[1]
    assert zmq.curve_public(secret) == public
    # Never written over, and nothing is left of a second try.
    before = open(name + ".key_secret").read()
    assert "is there already" in vicinal("keys", name, code=74).stderr
    assert open(name + ".key_secret").read() == before
    (tmp_path / "b.key").write_text("mine")
    vicinal("keys", tmp_path / "b", code=74)
    assert (tmp_path / "b.key").read_text() == "mine" and not (tmp_path / "b.key_secret").exists()
    assert keys("c") and open(name + ".key").read() != open(tmp_path / "c.key").read()


def test_only_those_who_know_the_key_are_answered(serve, keys):
    name = keys("server")
    service = serve("--curve-secret-key-file", name + ".key_secret")
    server, _ = zmq.auth.load_certificate(name + ".key")
    assert any("curve=any-client" in line for line in service.lines)
    assert not any("warning" in line for line in service.lines)
    assert ask(service.address, CREATE, server)["added"] == 1
    outcomes = []

    def ask_without():
        outcomes.append(ask(service.address, CREATE, seconds=1))

    def ask_with_another():
        outcomes.append(ask(service.address, CREATE, zmq.curve_keypair()[0], seconds=1))

    threads = [threading.Thread(target=ask_without) for _ in range(10)] + [
        threading.Thread(target=ask_with_another) for _ in range(10)]
    for thread in threads:
        thread.start()
    # Others are served meanwhile.
    served = 0
    while any(thread.is_alive() for thread in threads):
        assert ask(service.address, STATUS, server)["count"] == 1
        served += 1
    assert outcomes == [None] * 20 and served > 0
    status = ask(service.address, STATUS, server)
    assert (status["curve"], status["sequence"], status["curve_refused"]) == ("any-client", 1, 0)
    assert service.stop() == 0


def test_the_list_of_clients(serve, keys, tmp_path):
    name = keys("server")
    known, late, unknown = (zmq.curve_keypair() for _ in range(3))
    clients = tmp_path / "clients"
    clients.write_bytes(b"# who may connect\n\n" + known[0] + b" the first one\n")
    service = serve("--curve-secret-key-file", name + ".key_secret", "--curve-clients", clients)
    server, _ = zmq.auth.load_certificate(name + ".key")
    assert ask(service.address, STATUS, server, known)["curve"] == "listed-clients"
    assert ask(service.address, STATUS, server, unknown, seconds=0.4) is None
    assert ask(service.address, STATUS, server, late, seconds=0.4) is None
    # Knowing a public key of the list is not having it.
    assert ask(service.address, STATUS, server, (known[0], unknown[1]), seconds=0.4) is None
    deadline = time.monotonic() + 20
    while not ask(service.address, STATUS, server, known)["curve_refused"]:
        assert time.monotonic() < deadline
        assert ask(service.address, STATUS, server, unknown, seconds=0.4) is None
    # Read again when it changes; the one before holds if it is damaged.
    clients.write_bytes(b"public-key = \"" + late[0] + b"\"\n")
    assert ask(service.address, STATUS, server, late)["curve"] == "listed-clients"
    assert ask(service.address, STATUS, server, known, seconds=0.4) is None
    clients.write_text("rubbish\n")
    assert ask(service.address, STATUS, server, late)["curve"] == "listed-clients"
    assert any("stays what it was" in line for line in service.lines)
    assert service.stop() == 0


def test_a_key_that_leaves_the_list(serve, keys, tmp_path):
    """A connection that is there already is answered no more; it is again when the key comes back."""
    name = keys("server")
    stays, leaves = (zmq.curve_keypair() for _ in range(2))
    clients = tmp_path / "clients"
    clients.write_bytes(stays[0] + b"\n" + leaves[0] + b"\n")
    service = serve("--curve-secret-key-file", name + ".key_secret", "--curve-clients", clients)
    server, _ = zmq.auth.load_certificate(name + ".key")
    with zmq.Context.instance().socket(zmq.DEALER) as client:
        client.linger = 0
        client.curve_serverkey = server
        client.curve_publickey, client.curve_secretkey = leaves
        client.connect(service.address)

        def answers(request=STATUS, seconds=20.0):
            client.send_multipart([b"", request])
            return client.poll(int(seconds * 1000)) and client.recv_multipart()[1]

        assert answers(CREATE)
        clients.write_bytes(stays[0] + b"\n")
        deadline = time.monotonic() + 20
        while answers(seconds=0.3):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        # Nothing that it sends is done, whatever it is.
        assert not answers(CREATE, seconds=0.3)
        status = ask(service.address, STATUS, server, stays)
        assert status["sequence"] == 1 and status["curve_refused"] >= 2
        clients.write_bytes(stays[0] + b"\n" + leaves[0] + b"\n")
        while not answers(seconds=0.3):
            assert time.monotonic() < deadline + 20
            time.sleep(0.1)
    assert service.stop() == 0


def test_what_goes_over_the_wire_says_nothing(serve, keys):
    """Through a relay that keeps the bytes: they show a request without CURVE, none with it."""
    name = keys("server")
    server, _ = zmq.auth.load_certificate(name + ".key")
    for options, key, shows in (
            ((), None, True), (("--curve-secret-key-file", name + ".key_secret"), server, False)):
        service = serve(*options, folder=f"{name}-{shows}")
        seen = []
        listener = socket.create_server(("127.0.0.1", 0))

        def relay(source, target):
            while data := source.recv(65536):
                seen.append(data)
                target.sendall(data)

        def accept():
            near, _ = listener.accept()
            far = socket.create_connection(("127.0.0.1", int(service.address.rsplit(":")[-1])))
            for pair in ((near, far), (far, near)):
                threading.Thread(target=relay, args=pair, daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        port = listener.getsockname()[1]
        assert ask(f"tcp://127.0.0.1:{port}", CREATE, key)["added"] == 1
        listener.close()
        assert (b"create" in b"".join(seen)) == shows
        assert (b"sequence" in b"".join(seen)) == shows


def test_clients_of_the_project(vicinal, serve, keys, tmp_path):
    server, own, other = keys("server"), keys("own"), keys("other")
    # pyzmq's files serve as well.
    public, secret = zmq.auth.create_certificates(tmp_path, "pyzmq")
    with open(tmp_path / "clients", "w") as clients:
        clients.write(open(own + ".key").read() + open(public).read())
    service = serve(
        "--curve-secret-key-file", server + ".key_secret", "--curve-clients", tmp_path / "clients")
    for key in (own + ".key_secret", secret):
        with Client(service.address, server_key=server + ".key", client_key=key, timeout=20) as client:
            client.create([1], [[1.0, 2.0]])
            assert client.status()["count"] == 1
    for settings in ({}, {"server_key": other + ".key"}, {"server_key": server + ".key"},
                     {"server_key": server + ".key", "client_key": other + ".key_secret"}):
        with Client(service.address, timeout=0.3, tries=1, **settings) as client:
            with pytest.raises(NoReply, match="is it running"):
                client.status()
    # A handshake that was refused before the request leaves no peer, for which sending would wait for ever.
    early = [Client(service.address, timeout=0.1, tries=1) for _ in range(20)]
    for client in early:
        client._open()
    time.sleep(0.05)
    for client in early:
        with client, pytest.raises(NoReply, match="is it running"):
            client.status()
    with pytest.raises(ValueError, match="server_key"):
        Client(service.address, client_key=own + ".key_secret")
    with pytest.raises(ValueError, match="no secret key"):
        Client(service.address, server_key=server + ".key", client_key=own + ".key")

    given = ("--address", service.address)
    flags = (*given, "--server-key", server + ".key", "--client-key", own + ".key_secret")
    assert json.loads(vicinal("client", "status", *flags).stdout)["curve"] == "listed-clients"
    assert "Flat, l2" in vicinal("top", *flags, "--looks", 1).stdout
    environment = {"VICINAL_SERVER_KEY": server + ".key", "VICINAL_CLIENT_KEY": own + ".key_secret"}
    assert vicinal("client", "status", *given, environment=os.environ | environment).stdout
    refused = vicinal(
        "client", "status", *given, "--server-key", server + ".key", "--timeout", 0.2, code=74)
    assert "on its list" in refused.stderr
    assert "without keys" in vicinal("client", "status", *given, "--timeout", 0.2, code=74).stderr
    vicinal("client", "status", *given, "--client-key", own + ".key_secret", code=64)
    vicinal("client", "status", *given, "--server-key", tmp_path / "none", code=74)


def test_what_is_refused_before_anything_is_opened(vicinal, keys, tmp_path):
    good, other = keys("good"), keys("other")
    files = {
        "empty": "", "short": "abc", "not Z85": "~" * 40, "too large": "%" * 40,
        "two keys": open(good + ".key").read() + open(other + ".key").read().replace(
            "public", "secret")}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    folder = tmp_path / "data"

    def refused(code, *options):
        said = vicinal("serve", "--data-dir", folder, "--bind", "tcp://127.0.0.1:*", *options, code=code)
        assert not folder.exists()
        return said.stderr

    for name in files:
        assert name in refused(65, "--curve-secret-key-file", tmp_path / name)
    assert "no secret key" in refused(65, "--curve-secret-key-file", good + ".key")
    assert "cannot read" in refused(74, "--curve-secret-key-file", tmp_path / "none")
    assert "cannot read" in refused(74, "--curve-secret-key-file", tmp_path)
    assert "vicinal keys" in refused(64, "--curve-clients", good + ".key")
    keyed = ("--curve-secret-key-file", good + ".key_secret")
    (tmp_path / "clients").write_text("# good ones\n" + "0" * 40 + "\n" + open(
        good + ".key_secret").read())
    said = refused(65, *keyed, "--curve-clients", tmp_path / "clients")
    secret = zmq.auth.load_certificate(good + ".key_secret")[1].decode()
    assert "line 8" in said and secret not in said
    refused(74, *keyed, "--curve-clients", tmp_path / "none")


def test_warnings(serve, keys):
    name = keys("server")
    os.chmod(name + ".key_secret", 0o644)
    service = serve("--curve-secret-key-file", name + ".key_secret")
    assert any("warning" in line and "chmod 600" in line for line in service.lines)
    assert serve(folder=name + "-closed").lines[-1].count("curve=off") == 1
    exposed = serve("--bind", "tcp://*:*", folder=name + "-open")
    assert any("nothing is encrypted" in line for line in exposed.lines)
