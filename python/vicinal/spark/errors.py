"""The error of a failed build."""


class VicinalError(RuntimeError):
    """A step of a build failed; `code` is the exit code of `vicinal` (docs/command.md)."""

    def __init__(self, message, code=70):
        super().__init__(message)
        self.code = code
