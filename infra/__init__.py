"""The CDK: one construct per capability, composed by one stack."""
