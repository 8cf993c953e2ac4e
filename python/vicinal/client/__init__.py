"""A client of `vicinal serve`: `Client("tcp://127.0.0.1:14000")`.

Needs pyzmq and numpy, and nothing of the library. docs/service.md says what the service promises.
"""

from .client import Client
from .errors import NoReply, ServiceError

__all__ = ["Client", "NoReply", "ServiceError"]
