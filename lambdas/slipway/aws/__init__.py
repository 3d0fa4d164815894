"""AWS behind small Protocols: the only package that imports boto3."""
