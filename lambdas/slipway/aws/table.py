"""The one DynamoDB table: items of texts and whole numbers, by `pk` and `sk`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from slipway.aws.errors import aws_errors

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEEP_SECONDS = 7 * 24 * 3600
"""What expires does so after this long, with a good margin over the three days in which GitHub redelivers."""

Value = str | int
Item = Mapping[str, Value]


class Table:
    """Reads that see every write before them, and updates under conditions."""

    def __init__(self, client: DynamoDBClient, name: str) -> None:
        self._client = client
        self._name = name

    def get(self, pk: str, sk: str) -> Item | None:
        """The item, or `None`."""
        with aws_errors(f"table {self._name}"):
            answer = self._client.get_item(
                TableName=self._name, Key=_encoded({"pk": pk, "sk": sk}), ConsistentRead=True
            )
        return _decoded(answer["Item"]) if "Item" in answer else None

    def update(
        self,
        pk: str,
        sk: str,
        values: Item,
        *,
        remove: Iterable[str] = (),
        condition: str = "",
        compare: Item | None = None,
    ) -> Item | None:
        """Set attributes, and make the item if there is none.

        Args:
            pk: partition key.
            sk: sort key.
            values: attributes to set.
            remove: attributes to remove.
            condition: DynamoDB condition that must hold, with `#name` for an attribute and `:name` for a value of
                `compare`; any attribute of the item may be named in it.
            compare: values that the condition names.

        Returns:
            `None` if it was done; otherwise, if the condition did not hold, the item as it is.
        """
        removed = list(remove)
        sets = ", ".join(f"#{name} = :set_{name}" for name in values)
        expression = (f"SET {sets} " if sets else "") + ("REMOVE #" + ", #".join(removed) if removed else "")
        request: dict[str, Any] = {
            "TableName": self._name,
            "Key": _encoded({"pk": pk, "sk": sk}),
            "UpdateExpression": expression.strip(),
            "ExpressionAttributeNames": {f"#{name}": name for name in (*values, *removed, *_named(condition))},
        }
        placed = _encoded(
            {f":set_{name}": value for name, value in values.items()}
            | {f":{name}": value for name, value in (compare or {}).items()}
        )
        if placed:  # DynamoDB refuses an empty map
            request["ExpressionAttributeValues"] = placed
        if condition:
            request |= {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        with aws_errors(f"table {self._name}"):
            try:
                self._client.update_item(**request)
            except self._client.exceptions.ConditionalCheckFailedException as err:
                return _decoded(cast("dict[str, Any]", err.response).get("Item", {}))
        return None


def _named(condition: str) -> list[str]:
    """Names of the attributes that a condition compares."""
    return [word.strip("()")[1:] for word in condition.replace("(", " ").split() if word.startswith("#")]


def _encoded(item: Item) -> dict[str, dict[str, str]]:
    return {name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in item.items()}


def _decoded(item: Mapping[str, Any]) -> Item:
    return {name: int(value["N"]) if "N" in value else value["S"] for name, value in item.items()}
