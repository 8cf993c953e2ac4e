"""Keys of CURVE, ØMQ's encryption."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Keys:
    """The public key of a service, and the pair of a client."""

    server: bytes
    public: bytes
    secret: bytes

    def apply(self, socket):
        """Has a socket encrypt; before it connects."""
        socket.curve_serverkey = self.server
        socket.curve_publickey = self.public
        socket.curve_secretkey = self.secret


def keys(server_file, client_file):
    """The keys in two files; a new pair without the second, `None` without both."""
    if server_file is None:
        if client_file is not None:
            raise ValueError("client_key needs server_key, the file of the service's public key")
        return None
    import zmq
    from zmq.auth import load_certificate
    server, _ = load_certificate(server_file)
    if client_file is None:
        return Keys(server, *zmq.curve_keypair())
    public, secret = load_certificate(client_file)
    if secret is None:
        raise ValueError(f"{client_file} holds no secret key; NAME.key_secret of vicinal keys NAME does")
    return Keys(server, public, secret)
