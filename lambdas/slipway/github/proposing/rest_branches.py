"""Branches, trees and commits by GitHub's REST API for git ("REST API endpoints for Git database")."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from slipway.errors import InputError
from slipway.github.calls import Answer, Calls
from slipway.github.entries import entries_of
from slipway.github.failures import Refused, Wish
from slipway.github.names import is_sha, is_slug
from slipway.github.proposing.branches import StoredCommit
from slipway.github.proposing.files import Changes, Entry, Written
from slipway.github.tokens import TokenSource

MAX_INLINE = 1024 * 1024
"""Bytes of a text that is sent within the tree; larger ones, and what is no text, are sent before it, one by one."""
BOT = "[bot]"
"""How the logins of Apps end."""


class RestBranches:
    """`Branches` of a repository."""

    def __init__(self, calls: Calls, repository: str) -> None:
        self._calls = calls
        self._repository = repository
        self._git = f"/repos/{repository}/git"
        self.pause = calls.pause

    def default(self) -> str:
        """The name of the default branch."""
        wish = Wish(f"repository {self._repository}", "metadata: read")
        return self._calls.get(f"/repos/{self._repository}", lambda answer: str(answer.json["default_branch"]), wish)

    def tip(self, name: str) -> str | None:
        """See `Branches`."""
        wish = Wish(f"branch {name} of {self._repository}", "contents: read")
        try:
            return self._calls.get(f"{self._git}/ref/heads/{quote(name)}", _target, wish)
        except Refused as err:
            if err.status == 404:
                return None
            raise

    def commit(self, sha: str) -> StoredCommit:
        """See `Branches`."""
        wish = Wish(f"commit {sha} of {self._repository}", "contents: read")
        return self._calls.get(f"{self._git}/commits/{sha}", _commit, wish)

    def listing(self, tree: str) -> Mapping[str, Entry]:
        """See `Branches`."""
        wish = Wish(f"files of {self._repository} in tree {tree[:12]}", "contents: read")
        return {each.path: Entry(each.mode, each.sha) for each in entries_of(self._calls, self._repository, tree, wish)}

    def write_tree(self, base: str, changes: Changes) -> str:
        """See `Branches`."""
        entries = [self._entry(path, written) for path, written in changes.items()]
        wish = Wish(f"new tree of {self._repository}", "contents: write")
        return self._calls.write("POST", f"{self._git}/trees", {"base_tree": base, "tree": entries}, _sha, wish)

    def _entry(self, path: str, written: Written | None) -> dict[str, Any]:
        if written is None:
            return {"path": path, "mode": "100644", "type": "blob", "sha": None}
        entry = {"path": path, "mode": written.mode, "type": "blob"}
        text = _text(written.content)
        return {**entry, "sha": self._blob(path, written.content)} if text is None else {**entry, "content": text}

    def _blob(self, path: str, content: bytes) -> str:
        wish = Wish(f"new file {path} of {self._repository}", "contents: write")
        sent = {"content": base64.b64encode(content).decode(), "encoding": "base64"}
        return self._calls.write("POST", f"{self._git}/blobs", sent, _sha, wish)

    def write_commit(self, tree: str, parent: str, message: str) -> str:
        """See `Branches`: with an author or a committer GitHub would not sign it."""
        wish = Wish(f"new commit of {self._repository}", "contents: write")
        sent = {"message": message, "tree": tree, "parents": [parent]}
        return self._calls.write("POST", f"{self._git}/commits", sent, _sha, wish)

    def make(self, name: str, sha: str) -> bool:
        """See `Branches`."""
        wish = Wish(f"new branch {name} of {self._repository}", "contents: write")
        sent = {"ref": f"refs/heads/{name}", "sha": sha}
        return self._unless(
            "already exists", lambda: self._calls.write("POST", f"{self._git}/refs", sent, _target, wish)
        )

    def move(self, name: str, sha: str) -> bool:
        """See `Branches`."""
        wish = Wish(f"branch {name} of {self._repository}", "contents: write")
        path, sent = f"{self._git}/refs/heads/{quote(name)}", {"sha": sha, "force": True}
        return self._unless("does not exist", lambda: self._calls.write("PATCH", path, sent, _target, wish))

    def delete(self, name: str) -> None:
        """See `Branches`."""
        wish = Wish(f"branch {name} of {self._repository}", "contents: write")
        path = f"{self._git}/refs/heads/{quote(name)}"
        self._unless("does not exist", lambda: self._calls.write("DELETE", path, None, lambda _: None, wish))

    def _unless(self, words: str, write: Callable[[], object]) -> bool:
        """False if GitHub refuses a write with these words, which stand behind a 422 of many meanings."""
        try:
            write()
        except Refused as err:
            if err.status == 422 and words in err.reason.lower():
                return False
            raise
        return True


def _text(content: bytes) -> str | None:
    """What can be sent within a tree: JSON carries text only, and who knows what becomes of a NUL in it."""
    if len(content) > MAX_INLINE or b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def is_own_commit(calls: Calls, repository: str, sha: str, tokens: TokenSource) -> bool:
    """See `Proposals.is_own_commit`; that its bot is our App's, the App of the bot's name tells."""
    if not is_sha(sha):
        raise InputError(f"{sha!r} is not the full id of a commit of {repository}")
    wish = Wish(f"commit {sha} of {repository}", "contents: read")
    bot = calls.get(f"/repos/{repository}/commits/{sha}", _signed_bot, wish, parameters={"per_page": 1})
    slug = bot.removesuffix(BOT)
    if slug == bot or not is_slug(slug):
        return False
    try:
        return calls.get(
            f"/apps/{slug}", lambda answer: int(answer.json["id"]), Wish(f"App {slug}", "metadata: read")
        ) == (tokens.current().app_id)
    except Refused as err:
        if err.status == 404:
            return False
        raise


def _signed_bot(answer: Answer) -> str:
    """The login of the bot for which GitHub has signed a commit; `""` if it did for nobody, or for a person."""
    author, verification = answer.json["author"], answer.json["commit"]["verification"]
    is_bot = author is not None and author.get("type") == "Bot" and verification["verified"] is True
    return str(author["login"]) if is_bot else ""


def _target(answer: Answer) -> str:
    return str(answer.json["object"]["sha"])


def _sha(answer: Answer) -> str:
    return str(answer.json["sha"])


def _commit(answer: Answer) -> StoredCommit:
    found = answer.json
    return StoredCommit(found["sha"], tuple(parent["sha"] for parent in found["parents"]), found["tree"]["sha"])
