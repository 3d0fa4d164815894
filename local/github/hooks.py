"""The App's webhook: signs events, delivers them from worker threads, and keeps the log of deliveries.

As with GitHub, a delivery is tried once, within 10 seconds, follows no redirect, and is not repeated unless asked for.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import queue
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from local.github.model import Delivery, Json
from local.github.store import Store

HOOK_ID = 400100
"""`X-GitHub-Hook-ID` of the App's one webhook."""
MAX_RESPONSE = 64 * 1024
"""Bytes of a receiver's answer that the log keeps."""


class Hooks:
    """Sends deliveries. Those that a stopped stand-in had not made yet are made by the next one on the same state."""

    def __init__(self, store: Store, workers: int) -> None:
        self._store = store
        self._queue: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._pending = 0
        self._idle = threading.Condition()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(workers)]
        for delivery in store.deliveries.all():
            if delivery.delivered_at is None:
                self._enqueue(delivery)
        for thread in self._threads:
            thread.start()

    def send(self, event: str, payload: Json, *, installation: int, repository: int | None) -> None:
        """Deliver an event to the App, if it has a webhook and is subscribed."""
        app = self._store.app
        action = payload.get("action")
        wanted = app is not None and {event, f"{event}.{action}"} & {*app.events, "ping"}
        if wanted and self._store.options.webhook_url:
            body = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
            self._add(str(uuid.uuid4()), event, action, installation, repository, body, redelivery=False)

    def redeliver(self, delivery: Delivery) -> None:
        """Deliver once more what was delivered before: same id, to the URL and with the secret of today."""
        self._add(
            delivery.guid,
            delivery.event,
            delivery.action,
            delivery.installation_id,
            delivery.repository_id,
            delivery.payload,
            redelivery=True,
        )

    def settle(self, timeout: float) -> bool:
        """Wait until no delivery is under way; False if some still are after `timeout` seconds."""
        with self._idle:
            return self._idle.wait_for(lambda: self._pending == 0, timeout)

    def stop(self) -> None:
        """Stop the workers; what they have not begun stays in the store."""
        while not self._queue.empty():
            self._queue.get()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(self._store.options.delivery_timeout)

    def _add(
        self,
        guid: str,
        event: str,
        action: str | None,
        installation: int,
        repository: int | None,
        body: str,
        *,
        redelivery: bool,
    ) -> None:
        options = self._store.options
        delivery = Delivery(
            id=self._store.deliveries.next_id(),
            guid=guid,
            event=event,
            action=action,
            installation_id=installation,
            repository_id=repository,
            redelivery=redelivery,
            url=options.webhook_url,
            headers=self._headers(guid, event, body.encode(), options.webhook_secret),
            payload=body,
        )
        self._enqueue(self._store.deliveries.put(delivery))

    def _headers(self, guid: str, event: str, body: bytes, secret: str) -> dict[str, str]:
        app = self._store.app
        headers = {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/5711d8a",
            "X-GitHub-Delivery": guid,
            "X-GitHub-Event": event,
            "X-GitHub-Hook-ID": str(HOOK_ID),
            "X-GitHub-Hook-Installation-Target-ID": str(app.id if app else 0),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
        }
        if secret:
            headers["X-Hub-Signature"] = "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
            headers["X-Hub-Signature-256"] = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return headers

    def _enqueue(self, delivery: Delivery) -> None:
        with self._idle:
            self._pending += 1
        self._queue.put(delivery.id)

    def _work(self) -> None:
        while (number := self._queue.get()) is not None:
            delivery = self._store.deliveries.get(str(number))
            assert delivery is not None
            try:
                self._store.deliveries.put(attempt(delivery, self._store.options.delivery_timeout))
            finally:
                with self._idle:
                    self._pending -= 1
                    self._idle.notify_all()


def attempt(delivery: Delivery, timeout: float) -> Delivery:
    """Make a delivery; returns it with its outcome, in the words and codes of GitHub's log."""
    started = time.monotonic()
    status_code, response_headers, response = 0, dict[str, str](), ""
    try:
        status_code, response_headers, response = _post(delivery.url, delivery.headers, delivery.payload, timeout)
        status = "OK" if status_code < 400 else f"Invalid HTTP Response: {status_code}"
    except TimeoutError:
        status_code, status = 504, "timed out"
    except (OSError, http.client.HTTPException):
        status_code, status = 502, "failed to connect to host"
    ended = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return replace(
        delivery,
        delivered_at=ended,
        duration=round(time.monotonic() - started, 2),
        status=status,
        status_code=status_code,
        response_headers=response_headers,
        response=response,
    )


def _post(url: str, headers: Mapping[str, str], body: str, timeout: float) -> tuple[int, dict[str, str], str]:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=timeout)
    try:
        connection.request("POST", parts._replace(scheme="", netloc="").geturl() or "/", body.encode(), dict(headers))
        answer = connection.getresponse()
        text = answer.read(MAX_RESPONSE).decode(errors="replace")
        return answer.status, dict(answer.getheaders()), text
    finally:
        connection.close()
