"""The state of a stand-in: everything in memory, each change written through to SQLite."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from local.github.model import (
    App,
    CheckRun,
    Collaborator,
    Comment,
    Delivery,
    DeployKey,
    Installation,
    Issue,
    Options,
    Pull,
    Repository,
    Review,
    Status,
    Team,
    Token,
)

FIRST_ID = 1000
"""Ids start above this, so that none looks like a number of something else."""


class Item(Protocol):
    """What a table keeps."""

    @property
    def id(self) -> int:
        """A number, unique in the table."""
        ...

    @property
    def key(self) -> str:
        """A text, unique in the table."""
        ...


T = TypeVar("T", bound=Item)


class Table(Generic[T]):
    """All items of one kind, in the order in which they came. Safe for threads."""

    def __init__(self, database: sqlite3.Connection, lock: threading.RLock, kind: type[T]) -> None:
        self._database = database
        self._lock = lock
        self._kind = kind.__name__
        rows = database.execute("SELECT body FROM items WHERE kind = ? ORDER BY rowid", (self._kind,))
        loaded = [kind(**_from_json(body)) for (body,) in rows]
        self._items = {item.key: item for item in loaded}
        self._last_id = max((item.id for item in loaded), default=FIRST_ID)

    def next_id(self) -> int:
        """A number that no item has."""
        with self._lock:
            self._last_id += 1
            return self._last_id

    def get(self, key: str) -> T | None:
        """The item with a key."""
        return self._items.get(key)

    def all(self) -> list[T]:
        """All items, oldest first."""
        with self._lock:
            return list(self._items.values())

    def put(self, item: T) -> T:
        """Keep an item; one with the same key is replaced."""
        body = json.dumps({each.name: getattr(item, each.name) for each in fields(item)})  # type: ignore[arg-type]
        with self._lock:
            self._items[item.key] = item
            self._database.execute(
                "INSERT INTO items VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
                (self._kind, item.key, body),
            )
        return item

    def remove(self, key: str) -> T | None:
        """Forget an item; returns it if there was one."""
        with self._lock:
            self._database.execute("DELETE FROM items WHERE kind = ? AND key = ?", (self._kind, key))
            return self._items.pop(key, None)

    def update(self, key: str, change: Callable[[T], T]) -> T:
        """Replace an item by what `change` makes of it; nobody else changes it meanwhile."""
        with self._lock:
            return self.put(change(self._items[key]))


class Store:
    """The tables of a stand-in, in one file that outlives the process."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # The state has to outlive the process, not a power cut.
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("CREATE TABLE IF NOT EXISTS items (kind TEXT, key TEXT, body TEXT, UNIQUE (kind, key))")
        self._options = self._table(Options)
        self._apps = self._table(App)
        self.installations = self._table(Installation)
        self.tokens = self._table(Token)
        self.repositories = self._table(Repository)
        self.pulls = self._table(Pull)
        self.reviews = self._table(Review)
        self.issues = self._table(Issue)
        self.comments = self._table(Comment)
        self.statuses = self._table(Status)
        self.collaborators = self._table(Collaborator)
        self.teams = self._table(Team)
        self.deploy_keys = self._table(DeployKey)
        self.check_runs = self._table(CheckRun)
        self.deliveries = self._table(Delivery)

    def _table(self, kind: type[T]) -> Table[T]:
        return Table(self._database, self._lock, kind)

    @property
    def options(self) -> Options:
        """How the stand-in behaves."""
        return self._options.get("options") or Options()

    @options.setter
    def options(self, options: Options) -> None:
        self._options.put(options)

    @property
    def app(self) -> App | None:
        """The App, if one is registered."""
        return self._apps.get("app")

    @app.setter
    def app(self, app: App) -> None:
        self._apps.put(app)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()


def _from_json(body: str) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in json.loads(body).items()}
