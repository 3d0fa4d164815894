"""A store of what was fetched, in memory."""

from dataclasses import dataclass, field


@dataclass
class MemoryStore:
    """See `slipway.tools.charts.ChartStore`."""

    contents: dict[str, bytes] = field(default_factory=dict)

    def get(self, key: str) -> bytes | None:
        return self.contents.get(key)

    def put(self, key: str, content: bytes) -> None:
        self.contents[key] = content
