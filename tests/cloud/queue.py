"""The validation's queue in our own hands: messages put straight into it, and the time that it hides them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from local.cloud import Cloud
from slipway.events import SOURCE, Delivery, PullRequestEvent
from tests.cloud.fleet import OWNER
from tests.cloud.follow import Pull

QUEUE, DEAD_LETTERS = "ValidationQueue", "ValidationDeadLetters"


@contextmanager
def hidden_for(cloud: Cloud, seconds: int) -> Iterator[None]:
    """Have the queue hide what it hands out for less long, so that a test need not wait for minutes."""
    sqs, queue = cloud.client("sqs"), cloud.outputs[QUEUE]
    name = "VisibilityTimeout"
    before = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=[name])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={name: str(seconds)})
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=queue, Attributes=before)


def send(cloud: Cloud, *bodies: str) -> None:
    """Put messages into the queue."""
    for body in bodies:
        cloud.client("sqs").send_message(QueueUrl=cloud.outputs[QUEUE], MessageBody=body)


def dead_letters(cloud: Cloud) -> dict[str, int]:
    """Take the messages out of the dead-letter queue: how often each body had been received before."""
    sqs, queue = cloud.client("sqs"), cloud.outputs[DEAD_LETTERS]
    found = {}
    while messages := sqs.receive_message(
        QueueUrl=queue, MaxNumberOfMessages=10, AttributeNames=["ApproximateReceiveCount"]
    ).get("Messages"):
        for message in messages:
            found[message["Body"]] = int(message["Attributes"]["ApproximateReceiveCount"]) - 1
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return found


def message(cloud: Cloud, pull: Pull) -> str:
    """What the bus puts into the queue when a pull request was opened."""
    delivery = Delivery(
        id=str(uuid.uuid4()),
        hook="1",
        event="pull_request",
        action="opened",
        installation=cloud.install(OWNER),
        repository=pull.repository,
        sender="octocat",
        received_at=datetime.now(UTC).isoformat(),
        body_key="",
    )
    event = PullRequestEvent(delivery, pull.number, pull.head)
    return json.dumps({"source": SOURCE, "detail-type": event.DETAIL_TYPE, "detail": event.to_detail()})


def batch(*bodies: str, receives: int = 1) -> dict[str, Any]:
    """What Lambda hands to a function that gets several messages at once, each for the `receives`th time."""
    return {
        "Records": [
            {
                "messageId": f"message-{number}",
                "receiptHandle": "-",
                "body": body,
                "attributes": {"ApproximateReceiveCount": str(receives)},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
            }
            for number, body in enumerate(bodies)
        ]
    }
