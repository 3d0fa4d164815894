"""All that is said on the bus, kept in a queue for who wants to know at the end."""

from __future__ import annotations

import json

from local.cloud import Cloud

QUEUE = "heard"


def listen(cloud: Cloud) -> None:
    """Keep everything that comes over the bus from now on."""
    sqs, events = cloud.client("sqs"), cloud.client("events")
    url = sqs.create_queue(QueueName=QUEUE, Attributes={"MessageRetentionPeriod": "86400"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    bus = cloud.outputs["BusName"]
    events.put_rule(Name=QUEUE, EventBusName=bus, EventPattern=json.dumps({"account": [{"exists": True}]}))
    events.put_targets(Rule=QUEUE, EventBusName=bus, Targets=[{"Id": QUEUE, "Arn": arn}])


def heard(cloud: Cloud) -> list[str]:
    """What has come over the bus; once."""
    sqs = cloud.client("sqs")
    url = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    found: list[str] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [message["Body"] for message in messages]
        sqs.delete_message_batch(
            QueueUrl=url,
            Entries=[{"Id": str(at), "ReceiptHandle": message["ReceiptHandle"]} for at, message in enumerate(messages)],
        )
    return found
