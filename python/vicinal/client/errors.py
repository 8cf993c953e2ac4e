"""What may go wrong with a request."""


class ServiceError(Exception):
    """The service refused a request. `code` is one of the closed list of docs/service.md."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class NoReply(TimeoutError):
    """No answer came, however often the request was sent."""
