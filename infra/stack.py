"""The stack: composes the capabilities, and says where to find them."""

from __future__ import annotations

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from infra.bus import Bus
from infra.function import Common
from infra.generation import Generation
from infra.identities import Identities
from infra.ingress import Ingress
from infra.keys import SealingKey
from infra.rotation import Rotation
from infra.storage import Storage
from infra.sweep import Sweep
from infra.validation import Validation


class SlipwayStack(Stack):
    """All of Slipway in one account and region."""

    def __init__(self, scope: Construct, construct_id: str, *, common: Common) -> None:
        settings = common.settings
        super().__init__(
            scope,
            construct_id,
            description="Slipway: automation for multi-cluster GitOps on Amazon EKS",
            termination_protection=not settings.local,
        )
        storage = Storage(self, "Storage", settings=settings)
        bus = Bus(self, "Bus", settings=settings)
        ingress = Ingress(self, "Ingress", common=common, storage=storage, bus=bus)
        sweep = Sweep(self, "Sweep", common=common, storage=storage)
        sealing_key = (
            SealingKey(self, "SealingKey", settings=settings)
            if settings.system_repository and settings.sealing
            else None
        )
        validation = Validation(self, "Validation", common=common, storage=storage, bus=bus, sealing_key=sealing_key)
        # Without a gitops-system there is nothing that requests could change.
        generation = (
            Generation(self, "Generation", common=common, storage=storage, bus=bus)
            if settings.system_repository
            else None
        )
        identities = (
            Identities(self, "Identities", common=common, storage=storage, bus=bus)
            if settings.system_repository and settings.git_identities
            else None
        )
        rotation = (
            Rotation(self, "Rotation", common=common, storage=storage, sealing_key=sealing_key) if sealing_key else None
        )

        outputs = {
            "WebhookUrl": ("Webhook URL of the GitHub App", ingress.webhook_url),
            "WebhookSecret": ("Secret whose `current` goes into the GitHub App", storage.webhook_secret.secret_arn),
            "AppSecret": ("Secret to fill with the App's id and private key", storage.app_secret.secret_arn),
            "Table": ("DynamoDB table", storage.table.table_name),
            "Bucket": ("S3 bucket", storage.bucket.bucket_name),
            "BusName": ("EventBridge bus", bus.bus.event_bus_name),
            "ValidationQueue": ("Pull requests that wait", validation.queue.queue_url),
            "ValidationDeadLetters": ("Pull requests that failed for good", validation.dead_letters.queue_url),
            "SweepDeadLetters": ("Sweeps that could not be started", sweep.dead_letters.queue_url),
        }
        if generation is not None:
            outputs |= {
                "GenerationQueue": ("Requests that wait", generation.queue.queue_url),
                "GenerationDeadLetters": ("Requests that failed for good", generation.dead_letters.queue_url),
            }
        if identities is not None:
            outputs |= {
                "IdentitiesQueue": ("Looks at the Git identities that wait", identities.queue.queue_url),
                "IdentitiesDeadLetters": ("Looks that failed for good", identities.dead_letters.queue_url),
            }
        if sealing_key is not None and rotation is not None:
            outputs |= {
                "SealingSecret": ("Secret with the fleet's sealing key pair", sealing_key.arn),
                "RotationStateMachine": ("Rotates the sealing key", rotation.state_machine.state_machine_arn),
                "RotationDeadLetters": ("Rotations that could not be started", rotation.dead_letters.queue_url),
            }
        for name, (description, value) in outputs.items():
            CfnOutput(self, name, description=description, value=value)
