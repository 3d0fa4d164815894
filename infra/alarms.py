"""Alarms: one way to make them, so that all of them go to the same place."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

PERIOD = Duration.minutes(5)


def alarm_above_zero(
    scope: Construct, construct_id: str, metric: cloudwatch.IMetric, *, description: str, topic_arn: str
) -> None:
    """Alarm as soon as a metric, over its period, is above zero; no data is good news."""
    alarm = cloudwatch.Alarm(
        scope,
        construct_id,
        metric=metric,
        alarm_description=description,
        threshold=1,
        evaluation_periods=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    if topic_arn:
        topic = sns.Topic.from_topic_arn(alarm, "Topic", topic_arn)
        alarm.add_alarm_action(actions.SnsAction(topic))
        alarm.add_ok_action(actions.SnsAction(topic))
