"""The errors of Slipway.

Everything that Slipway raises on purpose is one of these; they are handled at the edge (a handler, the command line).

- `SlipwayError`
  - `ConfigError`: the environment or `slipway.yaml` holds wrong values
  - `InputError`: what a user or a repository gave us is wrong; retrying does not help
    - `LimitError`: it is larger, deeper or slower than a named limit allows
  - `ToolError`: a tool that we run (kubectl, helm) is missing or broke
  - `RetryLater`: the other side is down or asks us to wait; the message goes back to the queue
    - `Busy`: another worker is at it, which passes soon
"""


class SlipwayError(Exception):
    """Base of all errors that Slipway raises; the text says what is wrong, where, and what to do."""


class ConfigError(SlipwayError):
    """The environment or `slipway.yaml` holds wrong values; the text names every one of them."""


class InputError(SlipwayError):
    """What a user or a repository gave us is wrong.

    Attributes:
        message: what is wrong and what to do, without the place.
        file: path inside the repository, `""` if it is not about one file.
        line: 1-based line, 0 if unknown.
    """

    def __init__(self, message: str, *, file: str = "", line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line

    def __str__(self) -> str:
        """The message after its place: `clusters/a.yaml:3: …`."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}" if place else self.message


class LimitError(InputError):
    """Input beyond a named limit; the text names the limit and its value."""


class ToolError(SlipwayError):
    """A tool that Slipway runs is missing, of the wrong version, or broke."""


class RetryLater(SlipwayError):
    """The other side is down or asks us to wait.

    Attributes:
        after: seconds to wait before the next try.
    """

    def __init__(self, message: str, *, after: float) -> None:
        super().__init__(message)
        self.after = after


class Busy(RetryLater):
    """Another worker is at it: soon it is not, and until then nothing is down that would have to be spared."""
